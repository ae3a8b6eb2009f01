"""People whom an applicant names to write about them, and what they wrote."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base

if TYPE_CHECKING:
    from portal.models.applications import Application


class Referee(Base):
    """One named person; they need no account. `answers` hold their reference by field, once it is in.

    `token_digest` is the SHA-256 of the link in their mail; a newer mail replaces it.
    """

    __tablename__ = "referees"
    __table_args__ = (sa.UniqueConstraint("application_id", "email_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(
        sa.ForeignKey("applications.id", ondelete="CASCADE")
    )
    name: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str] = mapped_column(sa.String(254))
    email_key: Mapped[str] = mapped_column(sa.String(254))
    relation: Mapped[str] = mapped_column(sa.String(200), default="")
    token_digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)

    application: Mapped[Application] = relationship()
