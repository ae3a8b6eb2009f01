"""What a referee does with the link in their letter: save, send, decline, and take a decline back.

The link is the only right they have and need. The row is locked, so that a second tab or the applicant's own change
never overwrites silently.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.questions import Gap
from portal.domain.referees import unlinked
from portal.domain.references import (
    FIELD_NAMES,
    link_works,
    may_resume,
    may_write,
    reference_gaps,
)
from portal.domain.rounds import Arrival
from portal.domain.verdict import ALLOWED, Allowed, Refused
from portal.models import Referee, User
from portal.queries import references as found
from portal.queries.references import Request
from portal.services import audit, outbox
from portal.services.accounts import digest_of
from portal.services.applications import clean
from portal.services.versions import Stale
from portal.services.work import locked, writing

NO_LINK = Refused(
    "This link leads nowhere",
    "It may have been cut short in the mail, or replaced by the link in a newer letter.",
    "Open the newest letter and copy the whole address from it.",
)


@dataclass(frozen=True)
class Saved:
    saves: int


@dataclass(frozen=True)
class Unfinished:
    """What stands between the saved answers and a reference. Nothing was sent."""

    gaps: list[Gap]

    def __bool__(self) -> bool:
        return False


def save(
    token: str, answers: Mapping[str, str], saves: int, *, received_at: datetime
) -> Saved | Stale | Refused:
    """Keep what was written, however incomplete, late too. `saves` is the count that the form was made from."""
    given = {name: clean(answers.get(name, "")) for name in FIELD_NAMES}
    with writing() as session:
        request = _open(session, token, received_at)
        if isinstance(request, Refused):
            return request
        referee = request.referee
        if {name: referee.answers.get(name, "") for name in FIELD_NAMES} == given:
            return Saved(referee.saves)
        if saves != referee.saves:
            return Stale(dict(referee.answers), str(referee.saves))
        referee.answers, referee.saved_at = given, received_at
        referee.saves += 1
        _note(session, "reference.saved", request, received_at)
        return Saved(referee.saves)


def send(
    token: str, saves: int, *, received_at: datetime
) -> Allowed | Unfinished | Stale | Refused:
    """Send what is saved: it is final then. Late it is kept and marked. Sent already is no error."""
    with writing() as session:
        request = _open(session, token, received_at, sent_too=True)
        if isinstance(request, Refused):
            return request
        referee = request.referee
        if referee.received_at is not None:
            return ALLOWED
        if saves != referee.saves:
            return Stale(dict(referee.answers), str(referee.saves))
        missing = reference_gaps(referee.answers)
        if missing:
            return Unfinished(missing)
        referee.received_at, referee.declined_at = received_at, None
        referee.arrival = request.due.judge(received_at)
        after = {"arrival": referee.arrival, "due_at": request.due.closes_at}
        _note(session, "reference.received", request, received_at, **after)
        _thank(session, request, received_at)
        _tell_applicant(session, request, "received", received_at)
        return ALLOWED


def decline(token: str, *, received_at: datetime) -> Allowed | Refused:
    """Say that one cannot write it. What was saved stays. Said already is no error."""
    with writing() as session:
        request = _open(session, token, received_at)
        if isinstance(request, Refused):
            return request
        if request.referee.declined_at is None:
            request.referee.declined_at = received_at
            _note(session, "reference.declined", request, received_at)
            _tell_applicant(session, request, "declined", received_at)
        return ALLOWED


def resume(token: str, *, received_at: datetime) -> Allowed | Refused:
    """Take a decline back, unless somebody else was named in the place. Late it is taken back all the same."""
    with writing() as session:
        request = _open(session, token, received_at)
        if isinstance(request, Refused):
            return request
        referee = request.referee
        if referee.declined_at is None:
            return ALLOWED
        verdict = may_resume(_others(session, referee), request.round.max_referees)
        if isinstance(verdict, Refused):
            return verdict
        referee.declined_at = None
        _note(session, "reference.resumed", request, received_at)
        return ALLOWED


def _open(
    session: Session, token: str, at: datetime, *, sent_too: bool = False
) -> Request | Refused:
    """The request of this link, its row locked, if it may still be written."""
    request = found.by_digest(digest_of(token))
    if request is None:
        return NO_LINK
    # Behind the applicant's own changes: those lock the account first, and may have voided the link meanwhile.
    locked(session, User, request.user.id)
    request = found.by_digest(digest_of(token))
    if request is None:
        return NO_LINK
    works = link_works(request.referee, request.round.released_at, request.round.archived_at, at)
    if isinstance(works, Refused):
        return works
    verdict = may_write(request.referee)
    if isinstance(verdict, Refused) and not sent_too:
        return verdict
    return request


def _others(session: Session, referee: Referee) -> list[Referee]:
    return list(
        session.scalars(
            sa.select(Referee).where(
                Referee.application_id == referee.application_id, Referee.id != referee.id
            )
        )
    )


def _thank(session: Session, request: Request, at: datetime) -> None:
    referee = request.referee
    outbox.queue(
        session,
        "reference_thanks",
        at=at,
        recipient=referee.email,
        once=f"reference-thanks:{referee.id}",
        name=unlinked(referee.name),
        applicant=unlinked(request.applicant),
        round_name=request.round.name,
        received_at=at,
        shown=referee.shown,
        is_late=referee.arrival is Arrival.LATE,
    )


def _tell_applicant(session: Session, request: Request, what: str, at: datetime) -> None:
    """That it came or was declined, and nothing of what was written. Once each, whatever is undone and done again."""
    outbox.queue(
        session,
        f"reference_{what}",
        at=at,
        recipient=request.user.email,
        user_id=request.user.id,
        once=f"reference-{what}:{request.referee.id}",
        name=unlinked(request.referee.name),
        round_name=request.round.name,
        round_slug=request.round.slug,
        is_late=request.referee.arrival is Arrival.LATE,
    )


def _note(session: Session, action: str, request: Request, at: datetime, **after: object) -> None:
    """An entry without an account: the referee has none. What they wrote is never copied into the log."""
    audit.record(
        session,
        action,
        at=at,
        actor_id=None,
        subject=("referee", request.referee.id),
        round_id=request.round.id,
        after=after,
    )
