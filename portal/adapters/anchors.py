"""The file of anchors: one signed line for each look at the audit log, beside the database, only added to."""

import os
from pathlib import Path

FILE = "audit-anchors"


def append(data_dir: Path, line: str) -> None:
    """Add one line, on the disk when this returns. Raises OSError."""
    descriptor = os.open(data_dir / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a", encoding="ascii") as target:
        target.write(f"{line}\n")
        target.flush()
        os.fsync(target.fileno())


def lines(path: Path) -> list[str]:
    """The lines of a file of anchors, the oldest first; blank ones left out. Raises OSError."""
    text = path.read_text(encoding="ascii", errors="replace")
    return [line.strip() for line in text.splitlines() if line.strip()]


def last(data_dir: Path) -> str | None:
    """The newest line that is kept in the data folder; None before the first."""
    try:
        kept = lines(data_dir / FILE)
    except FileNotFoundError:
        return None
    return kept[-1] if kept else None
