"""The audit log: one row for each change and each read that matters, written in the change's own transaction.

Rows are chained (`domain.audit`) and never updated: the database itself refuses it, but for the texts of a row that
are to be forgotten.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base

if TYPE_CHECKING:
    from portal.models.accounts import User


class AuditEvent(Base):
    """Who did what to which thing. `before` and `after` hold only the fields that changed.

    `position` counts the events from 1 in the order of their commits. The four columns of the chain are filled when
    the transaction commits (`services.audit_chain`): a new event is merely added to the session.
    """

    __tablename__ = "audit_events"
    __table_args__ = (sa.Index("ix_audit_events_subject", "subject_type", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    action: Mapped[str] = mapped_column(sa.String(60), index=True)
    subject_type: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[int | None]
    round_id: Mapped[int | None] = mapped_column(sa.ForeignKey("rounds.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    request_id: Mapped[str] = mapped_column(sa.String(40), default="")
    position: Mapped[int] = mapped_column(unique=True, index=True, server_default="0")
    previous: Mapped[str] = mapped_column(sa.String(64), server_default="")
    digest: Mapped[str] = mapped_column(sa.String(64), server_default="")
    seals: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")

    actor: Mapped[User | None] = relationship()
