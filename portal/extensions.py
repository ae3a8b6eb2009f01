"""The libraries that are bound to the application: database session, migrations, CSRF, limits, Bootstrap.

The database session keeps SQLite honest: reading takes no lock, and a transaction that writes begins IMMEDIATE, so
that two writers queue for the busy timeout instead of failing when both hold a read lock.
"""

from typing import Any

from flask import current_app
from flask_bootstrap import Bootstrap5
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction
from sqlalchemy.pool import ConnectionPoolEntry

from portal.models import Base

WAIT = "PRAGMA busy_timeout = 10000"  # milliseconds
MAP = "PRAGMA mmap_size = 268435456"  # bytes, read through the system's page cache, shared by all connections


class PortalSession(FlaskSession):
    """The session of one request or command. Tests bind it to a connection of their own to roll everything back."""

    def get_bind(self, mapper: Any = None, clause: Any = None, bind: Any = None, **kw: Any) -> Any:
        pinned = current_app.extensions.get("pinned_connection")
        return pinned if pinned is not None else super().get_bind(mapper, clause, bind, **kw)


db = SQLAlchemy(
    metadata=Base.metadata,
    session_options={
        "class_": PortalSession,
        "expire_on_commit": False,
        "join_transaction_mode": "create_savepoint",
    },
)
migrate = Migrate(render_as_batch=True, compare_type=True)
csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address)
bootstrap = Bootstrap5()


@event.listens_for(Engine, "connect")
def _prepare_sqlite(dbapi: Any, _record: ConnectionPoolEntry) -> None:
    if not type(dbapi).__module__.startswith("sqlite3"):
        return
    dbapi.isolation_level = None  # the driver opens no transaction of its own; we do, below
    cursor = dbapi.cursor()
    cursor.execute(WAIT)
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(MAP)
    cursor.close()


def begin_write(session: Session) -> None:
    """Open the writing transaction now. On PostgreSQL the first statement does that by itself."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        if driver is not None and not driver.in_transaction:
            driver.execute("BEGIN IMMEDIATE")


@event.listens_for(Session, "before_flush")
def _begin_before_flush(session: Session, _context: UOWTransaction, _objects: Any) -> None:
    if session.new or session.dirty or session.deleted:
        begin_write(session)


@event.listens_for(Session, "do_orm_execute")
def _begin_before_dml(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        begin_write(state.session)
