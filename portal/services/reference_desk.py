"""What the programme does about references: the one reminder, another letter, letting a late one in, reading them."""

import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.applications import ApplicationState
from portal.domain.permissions import Viewer
from portal.domain.references import (
    REMIND_BEFORE,
    SETTLE,
    counts,
    is_read,
    link_works,
    needs_reminder,
)
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import Application, Referee, Round
from portal.queries import references as found
from portal.services import audit, outbox
from portal.services.accounts import digest_of
from portal.services.applications import Mail
from portal.services.references import letter_values, link_of, send_request
from portal.services.rounds import ADMINS_ONLY, GONE
from portal.services.work import locked, writing


def send_due_reminders(mail: Mail, now: datetime) -> int:
    """One reminder to each referee who was asked and is silent as the due instant comes near; how many were queued.

    Each is a transaction of its own; repeating it changes nothing. A reminder has a link of its own beside the first.
    """
    silent = db.session.scalars(
        sa.select(Referee.id)
        .join(Referee.application)
        .join(Application.round)
        .where(
            Referee.asked_at <= now - SETTLE,
            Referee.reminded_at.is_(None),
            Referee.received_at.is_(None),
            Referee.declined_at.is_(None),
            Referee.withdrawn_at.is_(None),
            Application.state != ApplicationState.WITHDRAWN,
            Round.closes_at.is_not(None),
            # An extension only makes it later, so that nobody is passed over by looking here first.
            sa.func.coalesce(Round.references_due_at, Round.closes_at) <= now + REMIND_BEFORE,
            Round.released_at.is_(None),
            Round.archived_at.is_(None),
        )
        .order_by(Referee.id)
    ).all()
    return sum(_remind(key, mail, now) for key in silent)


def _remind(key: int, mail: Mail, now: datetime) -> int:
    token = secrets.token_urlsafe(32)
    with writing() as session:
        referee = locked(session, Referee, key)
        if referee is None:
            return 0
        request = found.request_of(referee)
        if not needs_reminder(referee, request.due, now):
            return 0
        referee.reminder_digest, referee.reminded_at = digest_of(token), now
        outbox.queue(
            session,
            "reference_reminder",
            at=now,
            recipient=referee.email,
            once=f"reference-reminder:{referee.id}:{referee.asked_at}",
            **letter_values(
                request.round, request.applicant, referee, request.due, link_of(mail, token)
            ),
        )
        audit.record(
            session,
            "reference.reminded",
            at=now,
            actor_id=None,
            subject=("referee", key),
            round_id=request.round.id,
        )
        return 1


def send_again(
    viewer: Viewer, round_id: int, referee_id: int, mail: Mail, *, now: datetime
) -> Refused | None:
    """Another letter with a new link to somebody who was asked, whatever their number, also past the due instant."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    token = secrets.token_urlsafe(32)
    with writing() as session:
        referee = _in_round(round_id, locked(session, Referee, referee_id))
        if referee is None:
            return GONE
        request = found.request_of(referee)
        works = link_works(referee, request.round.released_at, request.round.archived_at, now)
        if isinstance(works, Refused):
            return works
        if referee.asked_at is None or referee.received_at is not None or not counts(referee):
            return Refused(
                "Nobody waits for this letter.",
                "They were not asked yet, or have answered.",
                "Only the applicant asks first.",
            )
        reminded = referee.reminded_at
        send_request(session, referee, token, mail, due=request.due, at=now)
        referee.reminded_at = reminded
        _record(session, viewer, "reference.sent_again", request, now)
        return None


def let_in(viewer: Viewer, round_id: int, referee_id: int, *, now: datetime) -> Refused | None:
    """Show a late reference to the readers, marked as late. Let in already is no error."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    with writing() as session:
        referee = _in_round(round_id, locked(session, Referee, referee_id))
        if referee is None or referee.received_at is None:
            return GONE
        if is_read(referee):
            return None
        referee.let_in_at = now
        _record(session, viewer, "reference.let_in", found.request_of(referee), now)
        return None


def note_reading(viewer: Viewer, application_id: int, round_id: int, *, now: datetime) -> None:
    """Write down that an admin opened the references of an application."""
    with writing() as session:
        audit.record(
            session,
            "reference.read",
            at=now,
            actor_id=viewer.user_id,
            subject=("application", application_id),
            round_id=round_id,
        )


def _in_round(round_id: int, referee: Referee | None) -> Referee | None:
    if referee is None or referee.application.round_id != round_id:
        return None
    return referee


def _record(
    session: Session, viewer: Viewer, action: str, request: found.Request, now: datetime
) -> None:
    audit.record(
        session,
        action,
        at=now,
        actor_id=viewer.user_id,
        subject=("referee", request.referee.id),
        round_id=request.round.id,
    )
