"""The one transaction boundary: a service decides and writes inside `writing()`, that commits or undoes everything."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from sqlalchemy.orm import Session

from portal.extensions import begin_write, db

Row = TypeVar("Row")
_only_reads: ContextVar[bool] = ContextVar("only_reads", default=False)


class OnlyReading(RuntimeError):
    """A service was called for somebody who may change nothing: the door should not have let them come so far."""


def only_reading(on: bool) -> None:
    """Whether the request being served may write nothing but what the door keeps. Each request sets it."""
    _only_reads.set(on)


@contextmanager
def writing(*, kept_by_the_door: bool = False) -> Iterator[Session]:
    """Begin a writing transaction, commit it at the end of the block, undo it on any exception.

    What was read before the block may be stale: read again inside it, with `locked`. `kept_by_the_door`: reads that are
    recorded, tries that are counted, when a browser was seen. Raises `OnlyReading` for all else of who may only read.
    """
    if _only_reads.get() and not kept_by_the_door:
        raise OnlyReading("an admin who sees the portal as somebody else changes nothing")
    session: Session = db.session()
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("rows were changed outside a service")
    session.commit()  # ends the reading transaction PostgreSQL keeps open, so that we see the latest
    begin_write(session)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def locked(session: Session, model: type[Row], key: int) -> Row | None:
    """The row as it is now, locked until the transaction ends (on SQLite the transaction itself is the lock)."""
    return session.get(model, key, with_for_update=True, populate_existing=True)
