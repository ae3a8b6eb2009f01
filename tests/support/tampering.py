"""What somebody does who owns the database: changes the audit log past everything that keeps it from being changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from portal.extensions import begin_write, db

SQLITE_TRIGGERS = (
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_events'"
)


@contextmanager
def unlocked_log() -> Iterator[sa.Connection]:
    """The connection of the session, with the triggers that guard the audit log off."""
    begin_write(db.session())
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        kept = connection.exec_driver_sql(SQLITE_TRIGGERS).all()
        for name, _ in kept:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        yield connection
        for _, statement in kept:
            connection.exec_driver_sql(statement)
    else:
        connection.exec_driver_sql("ALTER TABLE audit_events DISABLE TRIGGER USER")
        yield connection
        connection.exec_driver_sql("ALTER TABLE audit_events ENABLE TRIGGER USER")
    db.session.expire_all()


def tamper(statement: str, **values: Any) -> int:
    """Run one statement against the unguarded log; how many rows it changed."""
    with unlocked_log() as connection:
        return connection.execute(sa.text(statement), values).rowcount


def tip() -> int:
    """The position of the last event."""
    return db.session.scalar(sa.text("SELECT max(position) FROM audit_events")) or 0
