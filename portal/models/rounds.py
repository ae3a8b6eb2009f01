"""A round, its streams, what they offer and ask, and who may use a later deadline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.permissions import StreamRole
from portal.domain.questions import Kind
from portal.models.base import Base, checked

if TYPE_CHECKING:
    from portal.models.accounts import User
    from portal.models.directions import Direction
    from portal.models.people import Mentor
    from portal.models.work_tests import WorkTest


class Round(Base):
    """One application cycle. Its phase is derived from these instants and the clock (`domain.rounds.phase`).

    `release_at` is the announced day of decisions, a key date; `released_at` is the instant an admin released them.
    References are asked for where `max_referees` is not 0, until `references_due_at` (else the round's deadline); the
    applicant reads them only where `references_shown` says so. `anonymised`: until the release its readers learn
    nothing of who applied (`domain.anonymity`).
    """

    __tablename__ = "rounds"
    __table_args__ = (
        sa.CheckConstraint("opens_at IS NULL OR closes_at > opens_at", name="closes_after_opening"),
        sa.CheckConstraint("grace_seconds BETWEEN 0 AND 3600", name="grace_is_short"),
        sa.CheckConstraint("max_choices BETWEEN 1 AND 50", name="some_choices"),
        sa.CheckConstraint("max_referees BETWEEN 0 AND 5", name="few_referees"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120), unique=True)
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    place: Mapped[str] = mapped_column(sa.String(200), default="")
    published_at: Mapped[datetime | None]
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    release_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    grace_seconds: Mapped[int] = mapped_column(default=120)
    max_choices: Mapped[int] = mapped_column(default=8)
    max_referees: Mapped[int] = mapped_column(default=0, server_default="0")
    references_due_at: Mapped[datetime | None]
    references_shown: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    anonymised: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    streams: Mapped[list[Stream]] = relationship(
        back_populates="round", cascade="all, delete-orphan", order_by="Stream.name"
    )
    key_dates: Mapped[list[KeyDate]] = relationship(
        back_populates="round", cascade="all, delete-orphan", order_by="KeyDate.at"
    )
    criteria: Mapped[list[Criterion]] = relationship(
        back_populates="round", cascade="all, delete-orphan", order_by="Criterion.position"
    )

    @property
    def stream_closes(self) -> Sequence[datetime]:
        return [stream.closes_at for stream in self.streams if stream.closes_at is not None]

    @property
    def grace(self) -> timedelta:
        return timedelta(seconds=self.grace_seconds)


class KeyDate(Base):
    """An extra entry of a round's calendar; opening, closing and release are computed from the round."""

    __tablename__ = "key_dates"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(
        sa.ForeignKey("rounds.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    label: Mapped[str] = mapped_column(sa.String(200))
    note: Mapped[str] = mapped_column(sa.Text, default="")

    round: Mapped[Round] = relationship(back_populates="key_dates")


class Criterion(Base):
    """What readers score, from 1 to 5, in one round."""

    __tablename__ = "criteria"
    __table_args__ = (sa.UniqueConstraint("round_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id", ondelete="CASCADE"))
    slug: Mapped[str] = mapped_column(sa.String(40))
    label: Mapped[str] = mapped_column(sa.String(120))
    help: Mapped[str] = mapped_column(sa.Text, default="")
    position: Mapped[int] = mapped_column(default=0)

    round: Mapped[Round] = relationship(back_populates="criteria")


class Stream(Base):
    """Mentors taking applications together in one round. Without an own deadline the round's holds."""

    __tablename__ = "streams"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "slug"),
        sa.UniqueConstraint("id", "round_id"),
        sa.CheckConstraint("places >= 0", name="places_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(
        sa.ForeignKey("rounds.id", ondelete="CASCADE"), index=True
    )
    slug: Mapped[str] = mapped_column(sa.String(80))
    name: Mapped[str] = mapped_column(sa.String(200))
    text: Mapped[str] = mapped_column(sa.Text, default="")
    steps: Mapped[str] = mapped_column(sa.Text, default="")
    places: Mapped[int] = mapped_column(default=0)
    closes_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    round: Mapped[Round] = relationship(back_populates="streams")
    mentor_links: Mapped[list[StreamMentor]] = relationship(
        cascade="all, delete-orphan", order_by="StreamMentor.position"
    )
    members: Mapped[list[StreamMember]] = relationship(
        back_populates="stream", cascade="all, delete-orphan"
    )
    offerings: Mapped[list[Offering]] = relationship(
        back_populates="stream", cascade="all, delete-orphan", order_by="Offering.position"
    )
    questions: Mapped[list[Question]] = relationship(
        back_populates="stream", cascade="all, delete-orphan", order_by="Question.position"
    )
    work_tests: Mapped[list[WorkTest]] = relationship(
        back_populates="stream", cascade="all, delete-orphan", order_by="WorkTest.id"
    )


class StreamMentor(Base):
    __tablename__ = "stream_mentors"

    stream_id: Mapped[int] = mapped_column(
        sa.ForeignKey("streams.id", ondelete="CASCADE"), primary_key=True
    )
    mentor_id: Mapped[int] = mapped_column(
        sa.ForeignKey("mentors.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    is_primary: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)

    mentor: Mapped[Mentor] = relationship()


class StreamMember(Base):
    """An account's rights in one stream; they end when the row does.

    `totals_opened_at` is when a decider chose to see the totals of applications they had not read themselves.
    """

    __tablename__ = "stream_members"
    __table_args__ = (sa.UniqueConstraint("stream_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stream_id: Mapped[int] = mapped_column(sa.ForeignKey("streams.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[StreamRole] = mapped_column(checked(StreamRole))
    added_at: Mapped[datetime]
    totals_opened_at: Mapped[datetime | None]

    stream: Mapped[Stream] = relationship(back_populates="members")
    user: Mapped[User] = relationship()


class Offering(Base):
    """A direction offered by a stream: unique per round, so its deadline and places are the stream's."""

    __tablename__ = "offerings"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "direction_id"),
        sa.ForeignKeyConstraint(
            ["stream_id", "round_id"], ["streams.id", "streams.round_id"], ondelete="CASCADE"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stream_id: Mapped[int] = mapped_column(index=True)
    round_id: Mapped[int]
    direction_id: Mapped[int] = mapped_column(sa.ForeignKey("directions.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)

    stream: Mapped[Stream] = relationship(back_populates="offerings")
    direction: Mapped[Direction] = relationship()


class Question(Base):
    """What a stream asks those who choose it. Retired questions keep the answers they were given.

    `options` are the texts to choose from, for the kinds that have some.
    """

    __tablename__ = "questions"
    __table_args__ = (
        sa.CheckConstraint("word_limit IS NULL OR word_limit > 0", name="word_limit_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stream_id: Mapped[int] = mapped_column(
        sa.ForeignKey("streams.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[Kind] = mapped_column(checked(Kind), default=Kind.LONG_TEXT)
    prompt: Mapped[str] = mapped_column(sa.Text)
    help: Mapped[str] = mapped_column(sa.Text, default="")
    required: Mapped[bool] = mapped_column(default=True)
    word_limit: Mapped[int | None]
    minutes: Mapped[int] = mapped_column(default=0)
    options: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    version: Mapped[int] = mapped_column(default=1)
    retired_at: Mapped[datetime | None]

    stream: Mapped[Stream] = relationship(back_populates="questions")


class QuestionWording(Base):
    """A question as it was asked until a change: those who answered it then read what they had answered."""

    __tablename__ = "question_wordings"
    __table_args__ = (sa.UniqueConstraint("question_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("questions.id", ondelete="CASCADE"))
    version: Mapped[int]
    prompt: Mapped[str] = mapped_column(sa.Text)
    help: Mapped[str] = mapped_column(sa.Text, default="")
    options: Mapped[list[Any]] = mapped_column(default=list)
    word_limit: Mapped[int | None]
    replaced_at: Mapped[datetime]


class Extension(Base):
    """One applicant's later deadline in a round, for one stream or (stream empty) for all of them."""

    __tablename__ = "extensions"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    stream_id: Mapped[int | None] = mapped_column(sa.ForeignKey("streams.id", ondelete="CASCADE"))
    closes_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.Text)
    granted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    granted_at: Mapped[datetime]

    user: Mapped[User] = relationship(foreign_keys=[user_id])
