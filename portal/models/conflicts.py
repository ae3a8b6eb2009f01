"""Who should not read whom: declared by a reader, by an applicant or by the programme, and lifted by admins only."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.conflicts import Origin
from portal.models.base import Base, checked

if TYPE_CHECKING:
    from portal.models.accounts import User
    from portal.models.people import Mentor


class Conflict(Base):
    """One person who meets nothing of one applicant in one round, from `declared_at` until `lifted_at`.

    `reader_id` is that person's account, `mentor_id` their public profile: whoever holds either is kept away. An
    applicant may also name somebody in words (`named`); that keeps nobody away until an admin says whose account it is.
    `reason` is read by admins, and by whoever wrote it.
    """

    __tablename__ = "conflicts"
    __table_args__ = (
        sa.CheckConstraint(
            "reader_id IS NOT NULL OR mentor_id IS NOT NULL OR named <> ''", name="names_somebody"
        ),
        sa.Index("ix_conflicts_of_applicant", "round_id", "applicant_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id", ondelete="CASCADE"))
    applicant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    reader_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    mentor_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("mentors.id", ondelete="CASCADE"), index=True
    )
    named: Mapped[str] = mapped_column(sa.String(200), default="")
    origin: Mapped[Origin] = mapped_column(checked(Origin))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    declared_at: Mapped[datetime]
    declared_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    lifted_reason: Mapped[str] = mapped_column(sa.Text, default="")

    applicant: Mapped[User] = relationship(foreign_keys=[applicant_id])
    reader: Mapped[User | None] = relationship(foreign_keys=[reader_id])
    mentor: Mapped[Mentor | None] = relationship()
