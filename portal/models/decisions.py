"""What streams decided. Nobody but the stream's deciders and admins sees a row before its round is released."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.review import Outcome
from portal.models.base import Base, checked

if TYPE_CHECKING:
    from portal.models.accounts import User
    from portal.models.applications import StreamApplication


class Decision(Base):
    """`reason` is what the applicant may read after the release; `rank` orders a stream's accepts and waitlist."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    stream_application_id: Mapped[int] = mapped_column(
        sa.ForeignKey("stream_applications.id", ondelete="CASCADE"), unique=True
    )
    outcome: Mapped[Outcome] = mapped_column(checked(Outcome))
    rank: Mapped[int | None]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    stream_application: Mapped[StreamApplication] = relationship(back_populates="decision")
    decided_by: Mapped[User | None] = relationship()
