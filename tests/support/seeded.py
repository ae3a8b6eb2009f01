"""A seeded portal inside a transaction that is undone afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask

from portal import paths
from portal.demo.seeding import SeedReport, seed
from portal.extensions import db
from portal.models import Base
from portal.services.reference import load_reference


@contextmanager
def pinned(app: Flask) -> Iterator[sa.Connection]:
    """One connection for everything inside the block; nothing stays of it."""
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


def fill(stage: str, now: datetime, applicants: int = 40, number: int = 1) -> SeedReport:
    load_reference(paths.SEEDS / "reference", now)
    return seed(stage, applicants, number, now)


def every_row() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables in the order of their keys, passwords apart."""
    rows = {}
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if column.name != "password"]
        found = db.session.execute(sa.select(*columns).order_by(*table.primary_key.columns))
        rows[table.name] = [tuple(row) for row in found]
    return rows
