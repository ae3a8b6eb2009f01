"""What can be read of the mail: for admins its state without its text, in a demonstration all of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.domain.permissions import Viewer
from portal.extensions import db
from portal.models import OutboxMessage
from portal.queries.paging import Page, page_of

PAGE = 50
STATES = ("waiting", "failed", "sent")


@dataclass(frozen=True)
class MailCounts:
    waiting: int
    failed: int
    sent: int


def _in_state(state: str) -> sa.ColumnElement[bool]:
    sent, failed = OutboxMessage.sent_at, OutboxMessage.failed_at
    match state:
        case "sent":
            return sent.is_not(None)
        case "failed":
            return sa.and_(sent.is_(None), failed.is_not(None))
        case _:
            return sa.and_(sent.is_(None), failed.is_(None))


def counts(viewer: Viewer) -> MailCounts:
    if not viewer.is_admin:
        return MailCounts(0, 0, 0)
    waiting, failed, sent = (sa.func.count(sa.case((_in_state(state), 1))) for state in STATES)
    return MailCounts(*db.session.execute(sa.select(waiting, failed, sent)).one())


@dataclass(frozen=True)
class MailLine:
    """A message without its text: letters hold links that let people in."""

    id: int
    kind: str
    recipient: str
    subject: str
    created_at: datetime
    next_try_at: datetime
    attempts: int
    last_error: str
    sent_at: datetime | None
    failed_at: datetime | None


def kinds(viewer: Viewer) -> Sequence[str]:
    """The kinds of letters there are, by their names."""
    if not viewer.is_admin:
        return ()
    return db.session.scalars(
        sa.select(OutboxMessage.kind).distinct().order_by(OutboxMessage.kind)
    ).all()


def outbox_page(
    viewer: Viewer, state: str, words: str, number: int, kind: str = ""
) -> Page[MailLine]:
    """Messages in one state (all, where it is none of STATES), the newest first; two statements."""
    if not viewer.is_admin:
        return Page((), 1, PAGE, 0)
    columns = [getattr(OutboxMessage, name) for name in MailLine.__dataclass_fields__]
    query = sa.select(*columns).order_by(OutboxMessage.id.desc())
    if state in STATES:
        query = query.where(_in_state(state))
    if kind:
        query = query.where(OutboxMessage.kind == kind)
    if words:
        query = query.where(OutboxMessage.recipient.icontains(words, autoescape=True))

    def fetch(one_page: sa.Select[*tuple[Any, ...]]) -> Sequence[MailLine]:
        return [MailLine(*row) for row in db.session.execute(one_page)]

    return page_of(query, fetch, number, PAGE)


def demo_page(number: int) -> Page[OutboxMessage]:
    """Everything in the outbox, the newest first. Only the demonstration's pages call this."""

    def fetch(one_page: sa.Select[*tuple[Any, ...]]) -> Sequence[OutboxMessage]:
        return db.session.scalars(one_page).all()

    return page_of(sa.select(OutboxMessage).order_by(OutboxMessage.id.desc()), fetch, number, PAGE)


def demo_letter(message_id: int) -> OutboxMessage | None:
    return db.session.get(OutboxMessage, message_id)


def oldest_due(now: datetime) -> datetime | None:
    """When the message that has waited longest became due; None when nothing waits."""
    # What the server was not there for waits a minute and is tried again: it counts all the time. What was refused for
    # itself waits longer and counts when it is due.
    counted = sa.or_(OutboxMessage.next_try_at <= now, OutboxMessage.attempts == 0)
    return db.session.scalar(
        sa.select(sa.func.min(OutboxMessage.created_at)).where(_in_state("waiting"), counted)
    )
