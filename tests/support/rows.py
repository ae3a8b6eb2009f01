"""What the database holds now, read afresh."""

from collections.abc import Sequence
from typing import TypeVar

import sqlalchemy as sa

from portal.extensions import db
from portal.models import AuditEvent, Base

Row = TypeVar("Row", bound=Base)


def again(row: Row) -> Row | None:
    """The row as it stands in the database; None if it is gone."""
    db.session.expire_all()
    return db.session.get(type(row), row.id)


def events(action: str) -> Sequence[AuditEvent]:
    """The entries of the audit log about one kind of action, oldest first."""
    return db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
    ).all()


def actions() -> Sequence[str]:
    """What the audit log says was done, oldest first."""
    return db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()
