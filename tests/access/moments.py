"""The moments that the table is asked in: each phase of a round with each state of the applicant's own application.

What cannot be is left out by rule, not by list (docs/rules.md): before a round opens nobody has an application.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.domain.applications import ApplicationState
from portal.domain.review import Outcome
from portal.extensions import db
from portal.models import Application, Decision, LateDraft, Round, StreamApplication, Submission
from tests.conftest import NOW

PHASES = ("draft", "scheduled", "open", "grace", "closed", "decided", "released", "archived")
STATES = ("none", "draft", "submitted", "withdrawn")
BEFORE_OPENING = ("draft", "scheduled")
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


@dataclass(frozen=True)
class Moment:
    """A phase of the round, and how far the applicant's own application has come."""

    phase: str
    state: str

    def __str__(self) -> str:
        return f"{self.phase}-{self.state}"

    def state_of(self, person: str) -> str:
        """How far this person's own application has come: the other applicant has a draft, the rest have none."""
        if person == "applicant":
            return self.state
        begun = person == "other applicant" and self.phase not in BEFORE_OPENING
        return "draft" if begun else "none"


def reachable() -> Iterator[Moment]:
    """Every moment that can be: an application is begun in an open round, and whatever it is then, it can stay."""
    for phase in PHASES:
        for state in STATES:
            if phase not in BEFORE_OPENING or state == "none":
                yield Moment(phase, state)


def bring_about(moment: Moment, round_: Round, application: Application) -> None:
    """Move the round and the submitted application of a fresh world to the moment, as its own life would have."""
    for name, instant in instants(moment.phase).items():
        setattr(round_, name, instant)
    if moment.phase in BEFORE_OPENING:
        db.session.execute(sa.delete(LateDraft))
        for each in db.session.scalars(sa.select(Application)):
            db.session.delete(each)
    else:
        _bring_application(moment.state, application)
    if moment.phase in ("decided", "released", "archived"):
        _decide(application)
    db.session.commit()


def instants(phase: str) -> dict[str, datetime | None]:
    """The stored instants of a round that is in this phase at the tests' NOW."""
    closes_at = {
        "grace": NOW - SECOND,
        "closed": NOW - HOUR,
        "decided": NOW - HOUR,
        "released": NOW - HOUR,
        "archived": NOW - HOUR,
    }.get(phase, NOW + 14 * DAY)
    return {
        "published_at": None if phase == "draft" else NOW - 30 * DAY,
        "opens_at": NOW + DAY if phase in BEFORE_OPENING else NOW - 7 * DAY,
        "closes_at": closes_at,
        "released_at": NOW - 2 * SECOND if phase in ("released", "archived") else None,
        "archived_at": NOW - SECOND if phase == "archived" else None,
    }


def _bring_application(state: str, application: Application) -> None:
    if state == "withdrawn":
        application.state, application.withdrawn_at = ApplicationState.WITHDRAWN, NOW - 2 * HOUR
    if state == "draft":
        application.state, application.submitted_at = ApplicationState.DRAFT, None
        application.current_submission_id = None
        for row in application.stream_applications:
            row.submission_id, row.first_received_at = None, None
        db.session.flush()
        db.session.execute(sa.delete(Submission).where(Submission.application_id == application.id))
    if state == "none":
        db.session.execute(sa.delete(LateDraft).where(LateDraft.user_id == application.user_id))
        db.session.delete(application)


def _decide(application: Application) -> None:
    """A stream decides on what it can read."""
    rows = db.session.scalars(
        sa.select(StreamApplication).where(StreamApplication.submission_id.is_not(None))
    )
    for row in rows:
        db.session.add(
            Decision(
                stream_application_id=row.id,
                outcome=Outcome.ACCEPT,
                rank=1,
                reason="A clear plan.",
                decided_at=NOW - timedelta(minutes=10),
            )
        )
