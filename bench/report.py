"""Writes measured figures as tables into docs/performance.md, between markers; the prose around them stays."""

import os
import platform
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median

from bench.scale import Figure, Run
from portal.domain.instants import iso

RATIO = 30  # bare pages
SIZE = 100_000  # bytes


def write(path: Path, tables: Iterable[str], part: str = "bench") -> None:
    """Replace what stands between the markers of one part. Raises ValueError if they are not there."""
    text = path.read_text(encoding="utf-8")
    opening, closing = f"<!-- {part}:begin -->", f"<!-- {part}:end -->"
    before, begin, rest = text.partition(opening)
    _, end, after = rest.partition(closing)
    if not begin or not end:
        raise ValueError(f"{path.name} has no {opening} ... {closing}")
    path.write_text("\n\n".join([before + opening, *tables, closing + after]), encoding="utf-8")


def conditions(command: str, now: datetime) -> str:
    """When, on what and by which command."""
    return (
        f"Measured on {iso(now)[:10]} by `{command}`: {os.cpu_count()} cores ({platform.machine()}), "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}. Wanting a core over its "
        f"last minutes, itself among them: {os.getloadavg()[1]:.1f} processes."
    )


def seeding(run: Run) -> str:
    """How long it took to seed, and what was made."""
    rows = run.world.rows
    named = (
        "users",
        "applications",
        "submissions",
        "stream_applications",
        "reviews",
        "audit_events",
    )
    made = ", ".join(f"{rows.get(name, 0):,} {name.replace('_', ' ')}" for name in named)
    return (
        f"**{run.database}**: seeded in {run.world.seeding_seconds:.0f} s ({made}; "
        f"{sum(rows.values()):,} rows in all, {run.megabytes:.0f} MB). The busiest stream, whose lead reads below, "
        f"holds {run.in_stream:,} applications."
    )


def table(title: str, figures: Sequence[Figure], *, with_size: bool = True) -> str:
    """One line for each kind of request; what the bar is asked of says whether it holds."""
    yardstick = next(figure for figure in figures if figure.ask.bare)
    heads = ["page", "p50 ms", "p95 ms", "x bare"]
    if with_size:
        heads += ["CPU ms", "CPU x bare", "kB", "statements"]
    heads.append(f"within {RATIO} x and {SIZE // 1000} kB")
    lines = [
        f"**{title}**",
        "",
        "| " + " | ".join(heads) + " |",
        "| --- |" + " ---: |" * (len(heads) - 1),
    ]
    for figure in figures:
        cells = [
            figure.ask.label,
            f"{figure.p50:.1f}",
            f"{figure.p95:.1f}",
            f"{figure.p50 / yardstick.p50:.1f}",
        ]
        if with_size:
            computed = median(figure.cpu_ms)
            cells += [f"{computed:.1f}", f"{computed / median(yardstick.cpu_ms):.1f}"]
            cells += [f"{figure.size / 1000:.1f}", str(figure.statements)]
        cells.append(verdict(figure, yardstick))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def verdict(figure: Figure, yardstick: Figure) -> str:
    """Whether the bar holds, where it is asked for."""
    if not figure.ask.judged:
        return ""
    return "yes" if not misses(figure, yardstick) else "**no**"


def misses(figure: Figure, yardstick: Figure) -> bool:
    return figure.p50 > RATIO * yardstick.p50 or figure.size > SIZE
