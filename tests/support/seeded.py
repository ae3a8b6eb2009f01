"""A seeded portal, and every row of it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal import paths
from portal.demo.seeding import SeedReport, seed
from portal.extensions import db
from portal.models import Base
from portal.services.reference import load_reference

SALTED = {"users.password", "audit_events.seals", "audit_events.previous", "audit_events.digest"}


def fill(stage: str, now: datetime, applicants: int = 40, number: int = 1) -> SeedReport:
    load_reference(paths.SEEDS / "reference", now)
    return seed(stage, applicants, number, now)


def every_row() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables in the order of their keys; passwords and the salted chain of the log apart."""
    rows = {}
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if str(column) not in SALTED]
        found = db.session.execute(sa.select(*columns).order_by(*table.primary_key.columns))
        rows[table.name] = [tuple(row) for row in found]
    return rows
