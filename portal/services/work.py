"""The one transaction boundary: a service decides and writes inside `writing()`, that commits or undoes everything."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.orm import Session

from portal.extensions import begin_write, db

Row = TypeVar("Row")


@contextmanager
def writing() -> Iterator[Session]:
    """Begin a writing transaction, commit it at the end of the block, undo it on any exception.

    What was read before the block may be stale: read again inside it, with `locked`.
    """
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
