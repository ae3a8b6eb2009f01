"""Databases of the tests' own, and transactions that are undone."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from portal.config import Mode, Settings
from portal.extensions import db


@contextmanager
def fresh_database(name: str, folder: Path, beside: str | None = None) -> Iterator[str]:
    """The address of an empty database: SQLite in `folder`, or made beside another one and dropped at the end.

    Where `beside` is not given, it is what PORTAL_TEST_DATABASE_URL says.
    """
    base = beside or os.environ.get("PORTAL_TEST_DATABASE_URL")
    if not base:
        yield f"sqlite:///{folder}/{name}.db"
        return
    server = sa.create_engine(base, isolation_level="AUTOCOMMIT")
    name = f"portal_{name}_{secrets.token_hex(4)}"
    with server.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    try:
        yield server.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
        server.dispose()


def settings_of_tests(database_url: str, data_dir: Path) -> Settings:
    return Settings(
        mode=Mode.TEST,
        database_url=database_url,
        secret_key="a key for tests only, long enough to pass",
        base_url="http://localhost",
        data_dir=data_dir,
    )


@contextmanager
def pinned(app: Flask) -> Iterator[sa.Connection]:
    """One connection for everything inside the block; whatever is committed there is undone at its end."""
    with app.app_context():
        connection = db.engine.connect()
        outer = connection.begin()
        if connection.dialect.name == "sqlite":
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("BEGIN")
        app.extensions["pinned_connection"] = connection
        try:
            yield connection
        finally:
            db.session.remove()
            app.extensions.pop("pinned_connection")
            outer.rollback()
            connection.close()


@contextmanager
def undone(connection: sa.Connection) -> Iterator[None]:
    """Whatever happens inside the block is undone at its end."""
    savepoint = connection.begin_nested()
    try:
        yield
    finally:
        db.session.remove()
        savepoint.rollback()
