"""What is stored about privacy itself: erasures that were asked for, and answers that are kept apart."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base


class Erasure(Base):
    """That the data of one account was to be erased. Names nobody: what it points at says nothing any more.

    `erased_at` is when the rows were emptied; `file_keys` name the bytes that were still to be deleted then, and are
    emptied as these go. `finished_at` is set once the files are gone and no page of the database holds old text: until
    then the erasure is begun again by whatever runs next.
    """

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), unique=True)
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    erased_at: Mapped[datetime]
    file_keys: Mapped[list[Any]] = mapped_column(default=list)
    finished_at: Mapped[datetime | None]


class SurveyAnswer(Base):
    """One optional answer about the applicant's person, apart from the application and in no submission.

    Nobody but its author reads a row; reports count rows, in groups of five or more (`domain.survey`).
    """

    __tablename__ = "survey_answers"
    __table_args__ = (sa.UniqueConstraint("application_id", "question"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(
        sa.ForeignKey("applications.id", ondelete="CASCADE")
    )
    question: Mapped[str] = mapped_column(sa.String(40))
    answer: Mapped[str] = mapped_column(sa.String(40))
