"""Extensions of single people in a round."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import Extension, Stream, User
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


def account_of(email: str) -> User | None:
    """The open account of an address."""
    return db.session.scalar(
        sa.select(User).where(User.email_key == email.strip().casefold(), User.active.is_(True))
    )
