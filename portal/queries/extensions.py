"""Extensions of single people in a round, and requests for them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import Extension, LateDraft, Stream, User
from portal.queries.paging import Page, page_of

PAGE_SIZE = 50


@dataclass(frozen=True)
class Granted:
    """One extension; `stream` is empty when it holds for all of them."""

    id: int
    name: str
    email: str
    stream: str | None
    closes_at: datetime
    reason: str
    granted_by: str | None
    granted_at: datetime


@dataclass(frozen=True)
class Request:
    """One person's open request, with the latest change of theirs that came too late."""

    user_id: int
    name: str
    email: str
    asked_at: datetime
    reason: str
    received_at: datetime
    closed_at: datetime
    stream: str | None
    stream_id: int | None
    stream_closes_at: datetime | None

    @property
    def seconds_late(self) -> float:
        return (self.received_at - self.closed_at).total_seconds()


def granted(round_id: int, page: int) -> Page[Granted]:
    """One page of the extensions of a round, the latest grant first. Two queries."""
    by = aliased(User)
    query = (
        sa.select(
            Extension.id,
            User.name,
            User.email,
            Stream.name.label("stream"),
            Extension.closes_at,
            Extension.reason,
            by.name.label("granted_by"),
            Extension.granted_at,
        )
        .join(User, User.id == Extension.user_id)
        .outerjoin(Stream, Stream.id == Extension.stream_id)
        .outerjoin(by, by.id == Extension.granted_by_id)
        .where(Extension.round_id == round_id)
        .order_by(Extension.granted_at.desc(), Extension.id.desc())
    )
    return page_of(
        query, lambda one: [Granted(*row) for row in db.session.execute(one)], page, PAGE_SIZE
    )


def requests(round_id: int) -> list[Request]:
    """Requests that nobody has answered, the oldest first, one for each person. One query."""
    answered = sa.exists().where(
        Extension.round_id == LateDraft.round_id,
        Extension.user_id == LateDraft.user_id,
        Extension.granted_at >= LateDraft.extension_asked_at,
    )
    rows = db.session.execute(
        sa.select(LateDraft, User.name, User.email, Stream)
        .join(User, User.id == LateDraft.user_id)
        .outerjoin(Stream, Stream.id == LateDraft.stream_id)
        .where(
            LateDraft.round_id == round_id,
            LateDraft.extension_asked_at.is_not(None),
            LateDraft.settled_at.is_(None),
            ~answered,
        )
        .order_by(LateDraft.extension_asked_at, LateDraft.id)
    )
    found: dict[int, Request] = {}
    for draft, name, email, stream in rows:
        asked_at = draft.extension_asked_at
        if asked_at is None:
            continue
        found[draft.user_id] = Request(
            draft.user_id,
            name,
            email,
            asked_at,
            draft.extension_reason,
            draft.received_at,
            draft.closed_at,
            stream.name if stream else None,
            draft.stream_id,
            stream.closes_at if stream else None,
        )
    return list(found.values())


def account_of(email: str) -> User | None:
    """The open account of an address."""
    return db.session.scalar(
        sa.select(User).where(User.email_key == email.strip().casefold(), User.active.is_(True))
    )
