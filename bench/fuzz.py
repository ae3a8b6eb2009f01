"""Odd requests by the thousand, at every form and address, in every phase of a round: does anything break, how slow is
the slowest?

    .venv/bin/python -m bench.fuzz            10,000 requests, some minutes

On SQLite in a temporary folder; PORTAL_TEST_DATABASE_URL, an address of a PostgreSQL server, adds the same there. What
is drawn is the same each time for one --seed.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import flask_migrate
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings

from bench import report
from portal import clock, paths
from portal.app import create_app
from portal.extensions import db
from tests.access.conftest import World, build
from tests.access.moments import Moment, bring_about
from tests.conftest import NOW
from tests.support import fuzzing
from tests.support.browsers import browser_for
from tests.support.builders import Builder
from tests.support.databases import fresh_database, pinned, settings_of_tests
from tests.support.fuzzing import Odd
from tests.support.house import HouseClient
from tests.support.recorded import addresses, filled, forms

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
PHASES = ("open", "grace", "closed", "decided", "released", "archived")
SLOW = 1.0  # s


@dataclass
class Found:
    """What came of the requests on one database."""

    database: str
    statuses: Counter[str] = field(default_factory=Counter)
    seconds: list[tuple[float, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def line(self) -> str:
        taken = sorted(each for each, _ in self.seconds)
        counts = [
            f"{sum(n for status, n in self.statuses.items() if status[0] == first):,}"
            for first in "2345"
        ]
        slow = sum(each > SLOW for each in taken)
        cells = [
            self.database,
            f"{len(taken):,}",
            *counts,
            str(len(self.broken)),
            f"{taken[len(taken) // 2] * 1000:.0f}",
            f"{taken[-1] * 1000:.0f}",
            str(slow),
        ]
        return "| " + " | ".join(cells) + " |"


@contextmanager
def portal_of(database: str | None) -> Iterator[Flask]:
    """A portal as the tests have it, in which every request is undone."""
    with ExitStack() as kept:
        folder = Path(kept.enter_context(tempfile.TemporaryDirectory()))
        address = f"sqlite:///{folder}/fuzz.db"
        if database:
            address = kept.enter_context(fresh_database("fuzz", folder, database))
        (folder / "data").mkdir()
        app = create_app(settings_of_tests(address, folder / "data"))
        app.test_client_class = HouseClient
        with app.app_context():
            flask_migrate.upgrade()
        yield app
        with app.app_context():
            db.engine.dispose()


def run(database: str | None, number: int, first: int) -> Found:
    """Ask `number` times, as often in each phase."""
    found = Found("PostgreSQL" if database else "SQLite")
    names = fuzzing.query_names(paths.PACKAGE / "web")
    with clock.set_to(NOW), portal_of(database) as app:
        for place, phase in enumerate(PHASES):
            with pinned(app):
                world = build(Builder(NOW), lambda *a, app=app, **k: browser_for(app, *a, **k))
                bring_about(Moment(phase, "submitted"), world.round, world.application)
                _ask(app, world, names, number // len(PHASES) + 1, first + place, found)
            print(f"{found.database}, {phase}: {found.statuses}", file=sys.stderr)
    return found


def _ask(app: Flask, world: World, names: list[str], number: int, first: int, found: Found) -> None:
    shown = [*map(filled, forms(app, world)), *addresses(world)]

    @seed(first)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(fuzzing.requests(shown, names))
    def each(asked: Odd) -> None:
        began = time.perf_counter()
        problem, status = fuzzing.outcome_of(app, world, asked)
        found.seconds.append((time.perf_counter() - began, str(asked)))
        found.statuses[status] += 1
        if problem:
            found.broken.append(f"{problem}\n    {asked}")

    each()


HEAD = (
    "| database | requests | 2xx | 3xx | 4xx | 5xx | broken | median ms | slowest ms | over 1 s |\n"
    "| --- |" + " ---: |" * 9
)


def report_all(command: str, *, write: bool, number: int = 10_000, first: int = 1) -> list[Found]:
    """What broke is printed, not written. Takes some minutes a database for 10,000."""
    server = os.environ.get("PORTAL_TEST_DATABASE_URL")
    every = [run(each, number, first) for each in ([None, server] if server else [None])]
    for found in every:
        for broken in found.broken:
            print(broken, file=sys.stderr)
        for seconds, asked in sorted(found.seconds)[-3:]:
            print(f"{seconds:.2f} s: {asked[:300]}", file=sys.stderr)
    lines = "\n".join([HEAD, *(found.line() for found in every)])
    tables = [report.conditions(command, clock.now()), lines]
    print("\n\n".join(tables))
    if write:
        report.write(PAGE, tables, "fuzz")
    return every


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("--number", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--print", action="store_true", help="print, and leave the file alone")
    given_ = parser.parse_args()
    results = report_all(
        "python -m bench.fuzz", write=not given_.print, number=given_.number, first=given_.seed
    )
    sys.exit(1 if any(each.broken for each in results) else 0)
