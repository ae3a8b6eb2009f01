"""People whom an applicant names to write about them, and what they wrote."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.rounds import Arrival
from portal.models.base import Base, checked

if TYPE_CHECKING:
    from portal.models.applications import Application


class Referee(Base):
    """One named person; they need no account. `answers` hold their reference by field, a draft until `received_at`.

    `token_digest` is the SHA-256 of the link in their newest letter, `reminder_digest` of that in its reminder: both
    work until a newer letter replaces them. `asked_at` is the instant of the newest letter, `letters` how many the
    applicant had sent. `shown` is what they were promised: whether the applicant reads what they write. `version`
    counts changes by the applicant, `saves` those by the referee. `arrival` is how the reference stood to its due
    instant; a late one is read by nobody but admins until `let_in_at`.
    """

    __tablename__ = "referees"
    __table_args__ = (
        sa.UniqueConstraint("application_id", "email_key"),
        sa.CheckConstraint(
            "received_at IS NULL OR arrival IS NOT NULL", name="received_means_judged"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(
        sa.ForeignKey("applications.id", ondelete="CASCADE")
    )
    name: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str] = mapped_column(sa.String(254))
    email_key: Mapped[str] = mapped_column(sa.String(254))
    relation: Mapped[str] = mapped_column(sa.String(200), default="")
    note: Mapped[str] = mapped_column(sa.Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    shown: Mapped[bool] = mapped_column(default=False)
    letters: Mapped[int] = mapped_column(default=0)
    token_digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    reminder_digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    saved_at: Mapped[datetime | None]
    saves: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    arrival: Mapped[Arrival | None] = mapped_column(checked(Arrival))
    let_in_at: Mapped[datetime | None]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)

    application: Mapped[Application] = relationship()
