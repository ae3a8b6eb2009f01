"""Reviews: one reader's scores on one stream application."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.review import Recommendation, ReviewState
from portal.models.base import Base, checked

if TYPE_CHECKING:
    from portal.models.accounts import User
    from portal.models.applications import StreamApplication


class Review(Base):
    """`submission_id` is what was on screen when it was last saved: a newer submission shows as changed since.

    `stream_id` repeats the stream of its stream application, so that a round's reviews are counted by an index alone.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        sa.UniqueConstraint("stream_application_id", "reader_id"),
        sa.Index(
            "ix_reviews_of_reader", "reader_id", "stream_application_id", "state", "submission_id"
        ),
        sa.Index("ix_reviews_of_stream", "stream_id", "reader_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stream_application_id: Mapped[int] = mapped_column(
        sa.ForeignKey("stream_applications.id", ondelete="CASCADE")
    )
    stream_id: Mapped[int] = mapped_column(sa.ForeignKey("streams.id"))
    reader_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    submission_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("submissions.id", ondelete="SET NULL"), index=True
    )
    state: Mapped[ReviewState] = mapped_column(checked(ReviewState), default=ReviewState.DRAFT)
    recommendation: Mapped[Recommendation | None] = mapped_column(checked(Recommendation))
    comment: Mapped[str] = mapped_column(sa.Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]

    stream_application: Mapped[StreamApplication] = relationship(back_populates="reviews")
    reader: Mapped[User] = relationship()
    scores: Mapped[list[Score]] = relationship(
        back_populates="review", cascade="all, delete-orphan"
    )


class Score(Base):
    __tablename__ = "scores"
    __table_args__ = (sa.CheckConstraint("value BETWEEN 1 AND 5", name="value_in_scale"),)

    review_id: Mapped[int] = mapped_column(
        sa.ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True
    )
    criterion_id: Mapped[int] = mapped_column(
        sa.ForeignKey("criteria.id"), primary_key=True, index=True
    )
    value: Mapped[int]

    review: Mapped[Review] = relationship(back_populates="scores")
