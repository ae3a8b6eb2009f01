"""After rows were emptied, their old texts still lie in free pages and in the log of the database: no longer, here.

SQLite: VACUUM writes the whole file anew, and the write-ahead log is cut to nothing. PostgreSQL: VACUUM FULL writes
each table with rows about people anew, and what the planner remembers of their values; where its own log was archived
to is out of reach and has a term of its own (docs/decisions/privacy.md).
"""

import logging
import time

import sqlalchemy as sa

from portal.domain.holdings import HOLDINGS
from portal.extensions import db

log = logging.getLogger(__name__)
PATIENCE = 20.0  # seconds for readers of the log to finish
LOCK_MS = 5_000  # others wait behind us meanwhile


def scrub() -> bool:
    """Whether no page of the database holds old texts any more. False where somebody was in the way: try again."""
    db.session.remove()  # a reader of our own would be in the way too
    try:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if connection.dialect.name == "sqlite":
                return _rewrite_file(connection)
            return _rewrite_tables(connection)
    except sa.exc.OperationalError as error:
        log.warning("the database was not rewritten, which will be tried again: %s", error.orig)
        return False


def _rewrite_file(connection: sa.Connection) -> bool:
    connection.exec_driver_sql("VACUUM")
    until = time.monotonic() + PATIENCE
    while True:
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        if not busy:
            return True
        if time.monotonic() > until:
            return False
        time.sleep(0.2)


def _rewrite_tables(connection: sa.Connection) -> bool:
    connection.execute(
        sa.text("SELECT set_config('lock_timeout', :ms, false)"), {"ms": str(LOCK_MS)}
    )
    quote = connection.dialect.identifier_preparer.quote
    for holding in HOLDINGS:
        table = quote(holding.table)  # one of ours; a name cannot be bound
        statement = f"VACUUM (FULL, ANALYZE) {table}"
        connection.exec_driver_sql(statement)  # nosemgrep: sql-built-from-strings
    # What the planner remembers of a column are values of it: names and addresses, from the last time it looked.
    connection.exec_driver_sql("VACUUM (FULL) pg_catalog.pg_statistic")
    return True
