"""What the applicant's pages show of references: the line of the task list, and where each one stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from portal.domain.references import (
    LETTERS_EACH,
    Standing,
    counts,
    may_correct,
    may_take_back,
    standing,
)
from portal.domain.rounds import Deadline
from portal.models import Referee
from portal.queries import references as found
from portal.queries.applications import Dossier
from portal.web.guard import viewer

KINDS = {
    Standing.NAMED: "neutral",
    Standing.ASKED: "progress",
    Standing.OVERDUE: "warn",
    Standing.RECEIVED: "good",
    Standing.LATE: "warn",
    Standing.DECLINED: "muted",
    Standing.WITHDRAWN: "muted",
}


@dataclass(frozen=True)
class Line:
    """One person who was named: where it stands, what happened when, and what can be done about it now."""

    referee: Referee
    standing: str
    kind: str
    instants: list[tuple[str, datetime]]
    may_ask: bool
    may_correct: bool
    may_remove: bool

    @property
    def is_first(self) -> bool:
        return self.referee.asked_at is None


def lines(rows: Sequence[Referee], due: Deadline, at: datetime, *, naming: bool) -> list[Line]:
    """`naming`: whether somebody can still be named, and so asked for the first time."""
    return [_line(row, due, at, naming) for row in rows]


def _line(row: Referee, due: Deadline, at: datetime, naming: bool) -> Line:
    word = standing(row, due, at)
    correctable = bool(may_correct(row, due, at)) and (naming or row.asked_at is not None)
    happened = (
        ("Asked", row.asked_at),
        ("Reminded", row.reminded_at),
        ("Received", row.received_at),
        ("Declined", row.declined_at),
        ("Taken back", row.withdrawn_at),
    )
    return Line(
        row,
        word.value,
        KINDS[word],
        [(label, instant) for label, instant in happened if instant is not None],
        correctable and row.letters < LETTERS_EACH,
        correctable,
        bool(may_take_back(row)) and counts(row),
    )


def task_line(dossier: Dossier, at: datetime) -> list[dict[str, Any]]:
    """The line of the task list, where the round asks for references. A submission waits for none."""
    if dossier.round.max_referees == 0:
        return []
    due = found.due_of(dossier)
    words = [standing(row, due, at) for row in found.own(viewer(), dossier.round.id)]
    status, kind = _in_short(words)
    most = dossier.round.max_referees
    return [
        {
            "group": "tasks",
            "title": "References",
            "status": status,
            "kind": kind,
            "hint": f"Up to {most}, if you like. You can submit without.",
            "href": url_for("applicant_references.index", round=dossier.round.slug),
        }
    ]


def _in_short(words: Sequence[Standing]) -> tuple[str, str]:
    """How the references stand together, in a few words."""
    here = sum(word in (Standing.RECEIVED, Standing.LATE) for word in words)
    asked = here + sum(word in (Standing.ASKED, Standing.OVERDUE) for word in words)
    named = sum(word is Standing.NAMED for word in words)
    if named:
        return f"{named} not asked yet", "progress"
    if not asked:
        return "Optional", "neutral"
    return f"{here} of {asked} received", "good" if here == asked else "progress"
