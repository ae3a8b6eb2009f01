"""Reads the hand-written table of who gets what."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PASSWORD_ALONE = "admin without second factor"
PEOPLE = (
    "anonymous",
    "applicant",
    "other applicant",
    "mentor",
    "other mentor",
    "admin",
    PASSWORD_ALONE,
)
ANSWERS = {"ok", "in", "2f", "403", "404"}
TABLE = Path(__file__).with_name("table.txt")


@dataclass(frozen=True)
class Cell:
    """One expected answer."""

    method: str
    path: str
    person: str
    answer: str


def cells(text: str | None = None) -> Iterator[Cell]:
    """Every cell of the table. Raises ValueError for a line that is neither a head, a route nor a comment."""
    answers: list[str] = []
    for line in (text or TABLE.read_text(encoding="utf-8")).splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        head = re.match(r"\[([^]]*)\]", line)
        if head:
            answers = head.group(1).split()
            if len(answers) != len(PEOPLE) or not set(answers) <= ANSWERS:
                raise ValueError(f"seven answers wanted: {line!r}")
            continue
        method, path = line.split(" ", 1)
        if not answers or method not in ("GET", "POST"):
            raise ValueError(f"neither a head nor a route: {line!r}")
        for person, answer in zip(PEOPLE, answers, strict=True):
            yield Cell(method, path, person, answer)
