"""Tasks that a stream asks of those who choose it, each with an own due instant, and what was handed in."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.rounds import Arrival
from portal.domain.work_tests import HandIn
from portal.models.base import Base, checked

if TYPE_CHECKING:
    from portal.models.applications import StreamApplication
    from portal.models.files import StoredFile
    from portal.models.rounds import Stream


class WorkTest(Base):
    """A task. `hours` caps the effort that is expected; `minutes` times it from the applicant's own start.

    Without `due_at` the stream's effective deadline holds. `version` counts the wordings that somebody who had begun
    met. A retired task keeps what was handed in.
    """

    __tablename__ = "work_tests"
    __table_args__ = (
        sa.CheckConstraint("hours IS NULL OR hours > 0", name="hours_positive"),
        sa.CheckConstraint("minutes IS NULL OR minutes > 0", name="minutes_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stream_id: Mapped[int] = mapped_column(
        sa.ForeignKey("streams.id", ondelete="CASCADE"), index=True
    )
    title: Mapped[str] = mapped_column(sa.String(200))
    brief: Mapped[str] = mapped_column(sa.Text)
    hand_in: Mapped[HandIn] = mapped_column(checked(HandIn))
    required: Mapped[bool] = mapped_column(default=True)
    hours: Mapped[int | None]
    minutes: Mapped[int | None]
    due_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    retired_at: Mapped[datetime | None]

    stream: Mapped[Stream] = relationship(back_populates="work_tests")


class WorkTestAttempt(Base):
    """One applicant's working copy of one task.

    `started_at` is when they started the clock of a timed one, or first saved an untimed one. `version` counts saves.
    """

    __tablename__ = "work_test_attempts"
    __table_args__ = (sa.UniqueConstraint("stream_application_id", "work_test_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stream_application_id: Mapped[int] = mapped_column(
        sa.ForeignKey("stream_applications.id", ondelete="CASCADE")
    )
    work_test_id: Mapped[int] = mapped_column(sa.ForeignKey("work_tests.id"), index=True)
    started_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(sa.Text, default="")
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("files.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]

    stream_application: Mapped[StreamApplication] = relationship(
        back_populates="work_test_attempts"
    )
    work_test: Mapped[WorkTest] = relationship()
    file: Mapped[StoredFile | None] = relationship()
    hand_ins: Mapped[list[WorkTestHandIn]] = relationship(
        back_populates="attempt", cascade="all, delete-orphan", order_by="WorkTestHandIn.id"
    )


class WorkTestHandIn(Base):
    """What was handed in, for good, beside the words of the task as they stood. Readers see the newest one.

    Never updated. `closes_at` is the instant it was judged by: the due instant, or the end of a clock. Nothing is
    handed in late: what comes after the grace becomes a late draft.
    """

    __tablename__ = "work_test_hand_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(
        sa.ForeignKey("work_test_attempts.id", ondelete="CASCADE"), index=True
    )
    title: Mapped[str] = mapped_column(sa.String(200))
    brief: Mapped[str] = mapped_column(sa.Text)
    test_version: Mapped[int]
    text: Mapped[str] = mapped_column(sa.Text, default="")
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("files.id"), index=True)
    closes_at: Mapped[datetime]
    received_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    arrival: Mapped[Arrival] = mapped_column(checked(Arrival))

    attempt: Mapped[WorkTestAttempt] = relationship(back_populates="hand_ins")
    file: Mapped[StoredFile | None] = relationship()
