"""Emptying the outbox: rows are claimed in one short transaction, sent outside any, and marked one by one.

A claim is a lease: `next_try_at` moves ahead, so that no second sender takes the row, and a sender that is killed
gives it back by doing nothing. A message can go twice only if the sender dies, or loses the connection, between sending
and marking, and then with the same Message-ID.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.adapters.mail import Dropped, Envelope, Send, Undelivered, Unreachable
from portal.domain.mail import OPTIONAL_KINDS
from portal.domain.verdict import ALLOWED, Refused, Verdict
from portal.models import OutboxMessage
from portal.services import audit
from portal.services.work import locked, writing

BATCH = 20
LEASE = timedelta(minutes=15)
LAST_START = timedelta(minutes=10)  # into the lease; one message takes at most some minutes
TRIES = 10
LONGEST_WAIT = timedelta(hours=6)
# Letters that hold a link which lets somebody in: once they are sent, the row need not know it any more.
ONE_USE = frozenset(
    (
        "account_confirm",
        "account_exists",
        "account_reset",
        "account_new_address",
        "invitation",
        "reference_request",
        "reference_reminder",
    )
)
OUT_OF_DATE = "It could not be sent while it was of use."
REMOVED = "(The text held a link that works once. It was removed here when the letter was sent.)\n"


@dataclass(frozen=True)
class Tally:
    """What became of one batch."""

    sent: int = 0
    postponed: int = 0
    failed: int = 0


def wait_after(attempts: int) -> timedelta:
    """How long to wait after this many tries: one minute, then twice as long each time, at most six hours."""
    return min(timedelta(minutes=2 ** (attempts - 1)), LONGEST_WAIT)


def claim(now: datetime, limit: int = BATCH) -> list[Envelope]:
    """Take the oldest due messages for this sender alone, until the lease ends.

    What nobody can do without goes first: a receipt waits for no reminder, of which there may be 50,000.
    """
    due = (
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.failed_at.is_(None),
        OutboxMessage.next_try_at <= now,
    )
    with writing() as session:
        _give_up_what_is_out_of_date(session, due, now)
        taken = session.scalars(
            sa.select(OutboxMessage)
            .where(*due)
            .order_by(OutboxMessage.kind.in_(OPTIONAL_KINDS), OutboxMessage.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for row in taken:
            row.next_try_at = now + LEASE
            row.attempts += 1
        return [
            Envelope(
                row.id, row.message_id, row.recipient, row.subject, row.text, row.created_at,
                html=row.html, stop_url=row.unsubscribe_url,
            )
            for row in taken
        ]  # fmt: skip


def _give_up_what_is_out_of_date(
    session: Session, due: tuple[sa.ColumnElement[bool], ...], now: datetime
) -> None:
    """Give up messages that were of use until an instant that has passed, such as a reminder: all of them at once."""
    gone = sa.select(OutboxMessage.id).where(*due, OutboxMessage.expires_at <= now)
    session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.id.in_(gone.with_for_update(skip_locked=True)))
        .values(failed_at=now, last_error=OUT_OF_DATE)
        .execution_options(synchronize_session=False)
    )


def deliver_due(
    connect: Callable[[], AbstractContextManager[Send]],
    read_clock: Callable[[], datetime],
    limit: int = BATCH,
) -> Tally:
    """Send one batch of what is due. Nothing is raised for mail that fails: it waits, or is marked as failed."""
    claimed_at = read_clock()
    waiting = claim(claimed_at, limit)
    outcomes: list[str] = []
    try:
        if waiting:
            with connect() as send:
                while waiting and read_clock() < claimed_at + LAST_START:
                    outcome, connected = _deliver_one(send, waiting[0], read_clock)
                    waiting.pop(0)
                    outcomes.append(outcome)
                    if not connected:
                        break
        # What a lost connection or a slow server left: at once again, on a connection of its own.
        _give_back([envelope.row_id for envelope in waiting], "", read_clock())
    except Unreachable as error:
        reason = f"The mail server could not be used ({error})."
        again = read_clock() + timedelta(minutes=1)
        _give_back([envelope.row_id for envelope in waiting], reason, again)
    left = outcomes.count("postponed") + len(waiting)
    return Tally(outcomes.count("sent"), left, outcomes.count("failed"))


def _deliver_one(
    send: Send, envelope: Envelope, read_clock: Callable[[], datetime]
) -> tuple[str, bool]:
    """What became of it, and whether the connection still stands."""
    try:
        send(envelope)
    except Undelivered as error:
        outcome = _note_refusal(envelope.row_id, error, read_clock())
        return outcome, not isinstance(error, Dropped)
    with writing() as session:
        row = _row(session, envelope.row_id)
        row.sent_at, row.last_error = read_clock(), ""
        if row.kind in ONE_USE:
            row.text, row.html = REMOVED, ""
    return "sent", True


def _note_refusal(row_id: int, error: Undelivered, now: datetime) -> str:
    with writing() as session:
        row = _row(session, row_id)
        row.last_error = error.reason[:500]
        if error.permanent or row.attempts >= TRIES:
            row.failed_at = now
            return "failed"
        row.next_try_at = now + wait_after(row.attempts)
        return "postponed"


def _give_back(row_ids: list[int], reason: str, again: datetime) -> None:
    """What was not handed over is due at `again`: no fault of these messages, so the try does not count."""
    if not row_ids:
        return
    with writing() as session:
        session.execute(
            sa.update(OutboxMessage)
            .where(OutboxMessage.id.in_(row_ids))
            .values(attempts=OutboxMessage.attempts - 1, next_try_at=again, last_error=reason)
        )


def _row(session: Session, row_id: int) -> OutboxMessage:
    row = locked(session, OutboxMessage, row_id)
    assert row is not None
    return row


def send_all_again(admin_id: int, kind: str, now: datetime) -> int:
    """Put every message of a kind (all kinds, where it is empty) that was given up back into the queue; how many.

    What is out of date by now stays given up.
    """
    with writing() as session:
        keys = session.scalars(
            sa.select(OutboxMessage.id)
            .where(
                OutboxMessage.sent_at.is_(None),
                OutboxMessage.failed_at.is_not(None),
                sa.or_(OutboxMessage.expires_at.is_(None), OutboxMessage.expires_at > now),
                OutboxMessage.kind == kind if kind else sa.true(),
            )
            .with_for_update()
        ).all()
        if not keys:
            return 0
        session.execute(
            sa.update(OutboxMessage)
            .where(OutboxMessage.id.in_(keys))
            .values(failed_at=None, attempts=0, next_try_at=now)
        )
        audit.record_each(
            session,
            "mail.sent_again",
            at=now,
            actor_id=admin_id,
            subject_type="outbox",
            subject_ids=keys,
        )
        return len(keys)


def send_again(admin_id: int, message_id: int, now: datetime) -> Verdict:
    """Put a message that was given up back into the queue, with all its tries before it."""
    with writing() as session:
        row = locked(session, OutboxMessage, message_id)
        if row is None:
            return Refused("This message does not exist", "It may have been removed.")
        if row.sent_at is not None:
            return Refused(
                "This message was sent already",
                "Sending it again would give the person two of the same.",
                "If it did not arrive, ask them to look among unwanted mail.",
            )
        if row.expires_at is not None and row.expires_at <= now:
            return Refused(
                "This message is out of date",
                "It was of use until an instant that has passed, and would say something untrue now.",
            )
        if row.failed_at is None:
            return ALLOWED  # it is in the queue: pressing twice is no error
        row.failed_at, row.attempts, row.next_try_at = None, 0, now
        audit.record(
            session, "mail.sent_again", at=now, actor_id=admin_id, subject=("outbox", message_id)
        )
        return ALLOWED
