"""An applicant names people, asks them by letter, corrects what was wrong, and takes a request back.

Everything here locks the applicant's row, as all writes of an application do. Letters are limited and their links
random: only the SHA-256 of a link is stored.
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.accounts import email_key
from portal.domain.referees import Named, problems, unlinked
from portal.domain.references import (
    DAY,
    REFERENCES,
    REQUEST,
    may_ask,
    may_correct,
    may_name,
    may_take_back,
)
from portal.domain.rounds import Arrival, Deadline
from portal.domain.verdict import ALLOWED, Allowed, Refused
from portal.models import AuditEvent, Referee, Round
from portal.queries import references as found
from portal.queries.references import due_of
from portal.services import outbox
from portal.services.accounts import digest_of
from portal.services.applications import Mail
from portal.services.desk import Desk, Late, begun, judge, open_desk, record
from portal.services.work import writing

ASKED = "reference.asked"


@dataclass(frozen=True)
class Kept:
    """The referee stands under this id."""

    id: int


@dataclass(frozen=True)
class Wrong:
    """The naming cannot stand; what is wrong with it, by field. Nothing was written."""

    problems: dict[str, str]

    def __bool__(self) -> bool:
        return False


Answer = Kept | Wrong | Refused | Late


def name(user_id: int, round_id: int, named: Named, *, received_at: datetime) -> Answer:
    """Name somebody. Nothing is sent. An address whose request was taken back is named anew."""
    named = named.cleaned()
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        arrival = judge(desk, desk.dossier.general(), REFERENCES, asdict(named))
        if not isinstance(arrival, Arrival):
            return arrival
        return put_named(desk, named, arrival)


def change(
    user_id: int, round_id: int, referee_id: int, named: Named, *, received_at: datetime
) -> Answer:
    """Correct what was typed. Another address of somebody who was asked takes that request back and begins a new one.

    Raises LookupError for a referee who is not the applicant's.
    """
    named = named.cleaned()
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        referee = _own(desk, referee_id)
        if referee.asked_at is not None:
            verdict = may_correct(referee, due_of(desk.dossier), received_at)
            if isinstance(verdict, Refused):
                return verdict
            return _put_change(desk, referee, named, due_of(desk.dossier).judge(received_at))
        arrival = judge(desk, desk.dossier.general(), REFERENCES, asdict(named))
        if not isinstance(arrival, Arrival):
            return arrival
        return _put_change(desk, referee, named, arrival)


def take_back(
    user_id: int, round_id: int, referee_id: int, *, received_at: datetime
) -> Allowed | Refused:
    """Forget somebody who was not asked; tell the link of somebody who was that nothing is needed. No deadline holds.

    Raises LookupError for a referee who is not the applicant's.
    """
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        referee = _own(desk, referee_id)
        if referee.withdrawn_at is not None:
            return ALLOWED
        verdict = may_take_back(referee)
        if isinstance(verdict, Refused):
            return verdict
        _withdraw(desk, referee)
        return ALLOWED


def ask(
    user_id: int, round_id: int, referee_id: int, seen: str, mail: Mail, *, received_at: datetime
) -> Kept | Refused | Late:
    """Send the letter with a new link. `seen` is the `mark_of` the letter that was looked at; pressed twice sends one.

    Raises LookupError for a referee who is not the applicant's.
    """
    token = secrets.token_urlsafe(32)
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        referee = _own(desk, referee_id)
        if seen == _mark(referee.version - 1, referee.letters - 1):
            return Kept(referee.id)  # pressed twice
        arrival: Arrival | Refused | Late = Arrival.ON_TIME
        if referee.asked_at is None:
            content = {"name": referee.name, "email": referee.email}
            arrival = judge(desk, desk.dossier.general(), REQUEST, content)
        if not isinstance(arrival, Arrival):
            return arrival
        if seen != mark_of(referee):
            return Refused(
                "Nothing was sent.",
                "What you named was changed after you looked at the letter.",
                "Look at it once more, then send it.",
            )
        verdict = _may_ask(desk, referee)
        if isinstance(verdict, Refused):
            return verdict
        if referee.asked_at is None:  # the promise of the first letter holds for the later ones
            referee.shown = desk.dossier.round.references_shown
        send_request(desk.session, referee, token, mail, due=due_of(desk.dossier), at=desk.at)
        referee.letters += 1
        referee.version += 1
        record(desk, ASKED, ("referee", referee.id), arrival=arrival)
        return Kept(referee.id)


# -- what a transaction that is open already may do ------------------------------------------------


def put_named(desk: Desk, named: Named, arrival: Arrival) -> Kept | Wrong | Refused:
    """Write somebody newly named, or bring back who was taken back under the same address."""
    rows = _referees(desk)
    verdict = may_name(rows, desk.dossier.round.max_referees)
    if isinstance(verdict, Refused):
        return verdict
    taken = [row.email for row in rows if row.withdrawn_at is None]
    if wrong := problems(named, [desk.user.email], taken):
        return Wrong(wrong)
    application = begun(desk, arrival)
    key = email_key(named.email)
    referee = next((row for row in rows if row.email_key == key), None)
    if referee is None:
        referee = Referee(application_id=application.id, created_at=desk.at, email_key=key)
        desk.session.add(referee)
    elif referee.declined_at is not None:
        return Wrong({"email": "They said that they cannot write one. Name somebody else"})
    else:
        referee.withdrawn_at, referee.asked_at, referee.reminded_at = None, None, None
        referee.token_digest, referee.reminder_digest = None, None
        referee.version += 1
    _describe(referee, named)
    referee.email = named.email
    desk.session.flush()
    record(desk, "reference.named", ("referee", referee.id), arrival=arrival)
    return Kept(referee.id)


def send_request(
    session: Session, referee: Referee, token: str, mail: Mail, *, due: Deadline, at: datetime
) -> None:
    """Put the letter with this link into the outbox; earlier links stop working."""
    referee.token_digest, referee.reminder_digest = digest_of(token), None
    referee.asked_at = at
    request = found.request_of(referee)
    outbox.queue(
        session,
        "reference_request",
        at=at,
        recipient=referee.email,
        once=f"reference-request:{referee.id}:{referee.token_digest[:16]}",
        **letter_values(request.round, request.applicant, referee, due, link_of(mail, token)),
    )


def link_of(mail: Mail, token: str) -> str:
    return f"{mail.base_url}/reference/{token}"


def letter_values(
    round_: Round, applicant: str, referee: Referee, due: Deadline, link: str
) -> dict[str, Any]:
    """What letters to a referee say, also for the page that shows one before it goes. Nothing that the applicant
    typed is in it but two names, and those cannot become links."""
    return {
        "name": unlinked(referee.name),
        "applicant": unlinked(applicant),
        "round_name": round_.name,
        "due_at": due.closes_at,
        "shown": promised(round_, referee),
        "link": link,
    }


def promised(round_: Round, referee: Referee) -> bool:
    """Whether the applicant will read the reference: what the first letter said, else what the round says now."""
    return referee.shown if referee.asked_at is not None else round_.references_shown


def mark_of(referee: Referee) -> str:
    """What a page that shows the letter was made from."""
    return _mark(referee.version, referee.letters)


def _mark(version: int, letters: int) -> str:
    return f"{version}.{letters}"


def _describe(referee: Referee, named: Named) -> None:
    referee.name, referee.relation, referee.note = named.name, named.relation, named.note


def _put_change(
    desk: Desk, referee: Referee, named: Named, arrival: Arrival
) -> Kept | Wrong | Refused:
    others = [row for row in _referees(desk) if row.id != referee.id and row.withdrawn_at is None]
    if wrong := problems(named, [desk.user.email], [row.email for row in others]):
        return Wrong(wrong)
    key = email_key(named.email)
    if key != referee.email_key and (referee.letters or _known(desk, key)):
        verdict = may_take_back(referee)
        if isinstance(verdict, Refused):
            return verdict
        _withdraw(desk, referee)
        return put_named(desk, named, arrival)
    stands = (referee.name, referee.email, referee.relation, referee.note)
    if stands == (named.name, named.email, named.relation, named.note):
        return Kept(referee.id)
    _describe(referee, named)
    referee.email, referee.email_key = named.email, key
    referee.version += 1
    record(desk, "reference.changed", ("referee", referee.id), arrival=arrival)
    return Kept(referee.id)


def _withdraw(desk: Desk, referee: Referee) -> None:
    record(desk, "reference.taken_back", ("referee", referee.id))
    if referee.letters:
        referee.withdrawn_at = desk.at
        referee.version += 1
    else:
        desk.session.delete(referee)
    desk.session.flush()


def _may_ask(desk: Desk, referee: Referee) -> Allowed | Refused:
    """The rule, with the letters counted in the log, that forgets none."""
    sent = desk.session.scalars(
        sa.select(AuditEvent.at).where(
            AuditEvent.action == ASKED,
            AuditEvent.actor_id == desk.user.id,
            AuditEvent.round_id == desk.dossier.round.id,
        )
    ).all()
    today = sum(desk.at - at < DAY for at in sent)
    return may_ask(referee, due_of(desk.dossier), desk.at, today=today, in_all=len(sent))


def _known(desk: Desk, key: str) -> bool:
    return any(row.email_key == key for row in _referees(desk))


def _referees(desk: Desk) -> list[Referee]:
    if desk.dossier.application is None:
        return []
    return list(
        desk.session.scalars(
            sa.select(Referee)
            .where(Referee.application_id == desk.dossier.application.id)
            .order_by(Referee.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _own(desk: Desk, referee_id: int) -> Referee:
    referee = next((row for row in _referees(desk) if row.id == referee_id), None)
    if referee is None:
        raise LookupError(f"no referee {referee_id} of this applicant")
    return referee
