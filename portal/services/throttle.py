"""Counting tries. A try is counted before it is made, so that no number of tries at once is let through together; what
turns out to be rightful is given back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.throttle import Limit
from portal.extensions import db
from portal.models import Tally
from portal.services.work import writing

Counted = tuple[Limit, str]  # a limit, and the key of what it counts


@dataclass(frozen=True)
class Found:
    """What stands in the row of a window that is not over."""

    tries: int
    ends_at: datetime


def wait(counted: Sequence[Counted], now: datetime) -> int:
    """Seconds until a try is allowed again; 0: now. Reads alone, so that refusing costs next to nothing."""
    keys = [key for _, key in counted]
    query = sa.select(Tally.key, Tally.tries, Tally.ends_at).where(
        Tally.key.in_(keys), Tally.ends_at > now
    )
    found = {row.key: Found(row.tries, row.ends_at) for row in db.session.execute(query)}
    return _wait(counted, found, now)


def take(counted: Sequence[Counted], now: datetime) -> int:
    """Count one try against every limit, or none if one of them is used up: seconds to wait, 0 if it was counted.

    Exact however many processes ask at the same instant. Give the limits in the same order everywhere.
    """
    left = wait(counted, now)
    if left:
        return left
    with writing(kept_by_the_door=True) as session:
        before = {key: _add(session, limit, key, now) for limit, key in counted}
        left = _wait(counted, before, now)
        if left:
            session.rollback()
        return left


def give_back(session: Session, counted: Sequence[Counted], now: datetime) -> None:
    """The try was no failure. Inside a transaction of the caller."""
    session.execute(
        sa.update(Tally)
        .where(Tally.key.in_([key for _, key in counted]), Tally.ends_at > now, Tally.tries > 0)
        .values(tries=Tally.tries - 1)
        .execution_options(synchronize_session=False)
    )


def forgive(counted: Sequence[Counted], now: datetime) -> None:
    """The try was no failure, and nothing else is to be written."""
    with writing() as session:
        give_back(session, counted, now)


def forget_old(now: datetime) -> int:
    """Remove what has run out; how many rows."""
    with writing() as session:
        gone = session.execute(sa.delete(Tally).where(Tally.ends_at <= now))
        return int(gone.rowcount)  # type: ignore[attr-defined]


def _add(session: Session, limit: Limit, key: str, now: datetime) -> Found:
    """Count one more try and answer what stood there before it. A window that is over begins anew."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    fresh = insert(Tally).values(key=key, tries=1, ends_at=now + limit.within)
    is_over = Tally.ends_at <= now
    added = fresh.on_conflict_do_update(
        index_elements=[Tally.key],
        set_={
            "tries": sa.case((is_over, 1), else_=Tally.tries + 1),
            "ends_at": sa.case((is_over, fresh.excluded.ends_at), else_=Tally.ends_at),
        },
    ).returning(Tally.tries, Tally.ends_at)
    row = session.execute(added).one()
    return Found(row.tries - 1, row.ends_at)


def _wait(counted: Sequence[Counted], found: Mapping[str, Found], now: datetime) -> int:
    over = [
        found[key].ends_at
        for limit, key in counted
        if key in found and found[key].tries >= limit.most
    ]
    return max(1, ceil((max(over) - now).total_seconds())) if over else 0
