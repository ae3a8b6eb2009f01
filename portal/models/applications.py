"""Applications: the working copy, the immutable submissions, and what came too late."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.applications import ApplicationState
from portal.domain.rounds import Arrival
from portal.models.base import Base, checked

if TYPE_CHECKING:
    from portal.models.accounts import User
    from portal.models.decisions import Decision
    from portal.models.files import StoredFile
    from portal.models.receipts import SigningKey
    from portal.models.review import Review
    from portal.models.rounds import Offering, Question, Round, Stream
    from portal.models.work_tests import WorkTestAttempt


class Application(Base):
    """One person's application in one round. The working copy lies in sections, choices and answers."""

    __tablename__ = "applications"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "user_id"),
        # Counts by state and the admins' list in order of arrival are read from it, without the rows.
        sa.Index("ix_applications_of_round", "round_id", "state", "submitted_at", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    state: Mapped[ApplicationState] = mapped_column(
        checked(ApplicationState), default=ApplicationState.DRAFT
    )
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    # When its texts were erased, with the person or because their term was over: what is left are counts and receipts.
    forgotten_at: Mapped[datetime | None]
    # Which author of papers the applicant says they are.
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("people.id"))
    current_submission_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("submissions.id", use_alter=True)
    )

    round: Mapped[Round] = relationship()
    user: Mapped[User] = relationship()
    sections: Mapped[list[SectionAnswers]] = relationship(
        back_populates="application", cascade="all, delete-orphan"
    )
    choices: Mapped[list[Choice]] = relationship(
        back_populates="application", cascade="all, delete-orphan", order_by="Choice.rank"
    )
    stream_applications: Mapped[list[StreamApplication]] = relationship(
        back_populates="application", cascade="all, delete-orphan"
    )
    current_submission: Mapped[Submission | None] = relationship(
        foreign_keys=[current_submission_id], post_update=True
    )


class SectionAnswers(Base):
    """The working copy of one section. `version` counts saves: a save made against an older one is stale, unless the
    same `page` sent both, this one at a later `turn` (`domain.saving`).

    The section `directions` has no answers of its own here; its row carries the version of the ranked choices.
    """

    __tablename__ = "section_answers"
    __table_args__ = (sa.UniqueConstraint("application_id", "section"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(
        sa.ForeignKey("applications.id", ondelete="CASCADE")
    )
    section: Mapped[str] = mapped_column(sa.String(40))
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    page: Mapped[str] = mapped_column(sa.String(32), default="", server_default="")
    turn: Mapped[int] = mapped_column(default=0, server_default="0")

    application: Mapped[Application] = relationship(back_populates="sections")


class Choice(Base):
    """The working copy's ranked tag of one offering; 1 is the first wish."""

    __tablename__ = "choices"
    __table_args__ = (
        sa.UniqueConstraint("application_id", "offering_id"),
        sa.UniqueConstraint("application_id", "rank"),
        sa.CheckConstraint("rank >= 1", name="rank_from_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(
        sa.ForeignKey("applications.id", ondelete="CASCADE")
    )
    offering_id: Mapped[int] = mapped_column(sa.ForeignKey("offerings.id"), index=True)
    rank: Mapped[int]

    application: Mapped[Application] = relationship(back_populates="choices")
    offering: Mapped[Offering] = relationship()


class StreamApplication(Base):
    """An application as one stream meets it: its answers, the submission its readers see, its reviews.

    It outlives a removed choice, so that changing the ranking never deletes an answer. Readers see it while
    `submission_id` is set and the application is submitted; `best_rank` is the applicant's best rank in this stream
    in that submission, `words` what a reader of this stream has to read. `reads` (submitted reviews) and `score_mean`
    (mean of their means) are kept by `services.reviews.recount`, so that a long queue sorts without counting. `code` is
    a random number that names it to readers of an anonymised round; elsewhere it has none.
    """

    __tablename__ = "stream_applications"
    __table_args__ = (
        sa.UniqueConstraint("application_id", "stream_id"),
        # Covers a queue: its filter, its orders and its words are read without the rows (docs/performance.md).
        sa.Index(
            "ix_stream_applications_queue",
            "stream_id",
            "submission_id",
            "application_id",
            "reads",
            "first_received_at",
            "words",
            "best_rank",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(
        sa.ForeignKey("applications.id", ondelete="CASCADE")
    )
    stream_id: Mapped[int] = mapped_column(sa.ForeignKey("streams.id"))
    submission_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("submissions.id", ondelete="SET NULL"), index=True
    )
    best_rank: Mapped[int | None]
    first_received_at: Mapped[datetime | None]
    words: Mapped[int] = mapped_column(default=0)
    reads: Mapped[int] = mapped_column(default=0)
    score_mean: Mapped[float | None]
    code: Mapped[int | None] = mapped_column(unique=True, index=True)
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    page: Mapped[str] = mapped_column(sa.String(32), default="", server_default="")
    turn: Mapped[int] = mapped_column(default=0, server_default="0")

    application: Mapped[Application] = relationship(back_populates="stream_applications")
    stream: Mapped[Stream] = relationship()
    submission: Mapped[Submission | None] = relationship(foreign_keys=[submission_id])
    answers: Mapped[list[Answer]] = relationship(
        back_populates="stream_application", cascade="all, delete-orphan"
    )
    work_test_attempts: Mapped[list[WorkTestAttempt]] = relationship(
        back_populates="stream_application", cascade="all, delete-orphan"
    )
    reviews: Mapped[list[Review]] = relationship(back_populates="stream_application")
    decision: Mapped[Decision | None] = relationship(back_populates="stream_application")


class Answer(Base):
    """The working copy's answer to one stream question; `question_version` is the wording that was answered."""

    __tablename__ = "answers"
    __table_args__ = (sa.UniqueConstraint("stream_application_id", "question_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stream_application_id: Mapped[int] = mapped_column(
        sa.ForeignKey("stream_applications.id", ondelete="CASCADE")
    )
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("questions.id"), index=True)
    text: Mapped[str] = mapped_column(sa.Text, default="")
    question_version: Mapped[int] = mapped_column(default=1, server_default="1")

    stream_application: Mapped[StreamApplication] = relationship(back_populates="answers")
    question: Mapped[Question] = relationship()


class Submission(Base):
    """What was received, for good: content with the texts of questions and directions, its salted digest, a number.

    Never updated. `received_at` is when the request arrived; `recorded_at` when this row was written. `signature` is
    Ed25519 over `domain.submissions.signed_text`, base64; empty in records older than signatures. `applicant_name` and
    the folded `search_text` repeat what every reader may see of the content, for lists and their search.
    """

    __tablename__ = "submissions"
    __table_args__ = (sa.UniqueConstraint("application_id", "idempotency_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(
        sa.ForeignKey("applications.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[str] = mapped_column(sa.String(20), unique=True)
    idempotency_key: Mapped[str] = mapped_column(sa.String(64))
    received_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    arrival: Mapped[Arrival] = mapped_column(checked(Arrival))
    applicant_name: Mapped[str] = mapped_column(sa.String(200), default="")
    search_text: Mapped[str] = mapped_column(sa.Text, default="")
    content: Mapped[str] = mapped_column(sa.Text)
    salt: Mapped[str] = mapped_column(sa.String(64))
    digest: Mapped[str] = mapped_column(sa.String(64))
    signature: Mapped[str] = mapped_column(sa.String(128), default="", server_default="")
    signing_key_id: Mapped[int | None] = mapped_column(sa.ForeignKey("signing_keys.id"))

    application: Mapped[Application] = relationship(foreign_keys=[application_id])
    choices: Mapped[list[SubmissionChoice]] = relationship(
        back_populates="submission",
        cascade="all, delete-orphan",
        order_by="SubmissionChoice.rank",
    )
    files: Mapped[list[StoredFile]] = relationship(secondary="submission_files")
    signing_key: Mapped[SigningKey | None] = relationship()


class SubmissionChoice(Base):
    """One ranked direction of a submission, for lists and filters; the same as in its content."""

    __tablename__ = "submission_choices"
    # By both columns: with one for each, SQLite reads a stream's every choice to find one submission's.
    __table_args__ = (
        sa.Index(
            "ix_submission_choices_of_stream", "stream_id", "submission_id", "rank", "offering_id"
        ),
    )

    submission_id: Mapped[int] = mapped_column(
        sa.ForeignKey("submissions.id", ondelete="CASCADE"), primary_key=True
    )
    rank: Mapped[int] = mapped_column(primary_key=True)
    offering_id: Mapped[int] = mapped_column(sa.ForeignKey("offerings.id"), index=True)
    stream_id: Mapped[int] = mapped_column(sa.ForeignKey("streams.id"))

    submission: Mapped[Submission] = relationship(back_populates="choices")
    offering: Mapped[Offering] = relationship()


class LateDraft(Base):
    """What arrived too late, sealed apart from the working copy, with both instants."""

    __tablename__ = "late_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    stream_id: Mapped[int | None] = mapped_column(sa.ForeignKey("streams.id"))
    action: Mapped[str] = mapped_column(sa.String(40))
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    received_at: Mapped[datetime]
    closed_at: Mapped[datetime]
    extension_asked_at: Mapped[datetime | None]
    extension_reason: Mapped[str] = mapped_column(sa.Text, default="")
    settled_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship()
    user: Mapped[User] = relationship()
