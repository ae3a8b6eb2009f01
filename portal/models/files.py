"""Files that people handed in: a row for each, beside the bytes in the storage."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base


class StoredFile(Base):
    """A file that was checked and stored before this row was written.

    `ref` names it in answers and addresses, `key` in the storage; neither tells anything. `name` is what its owner
    called it, kept as a label. An immutable submission that holds it keeps it from being swept.
    """

    __tablename__ = "files"
    __table_args__ = (sa.CheckConstraint("size > 0", name="not_empty"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(40), unique=True)
    key: Mapped[str] = mapped_column(sa.String(80), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(300))
    media_type: Mapped[str] = mapped_column(sa.String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    pages: Mapped[int | None]
    created_at: Mapped[datetime]


class SubmissionFile(Base):
    """That a submission holds a file: who may read the one may read the other, and the file stays."""

    __tablename__ = "submission_files"

    submission_id: Mapped[int] = mapped_column(
        sa.ForeignKey("submissions.id", ondelete="CASCADE"), primary_key=True
    )
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("files.id"), primary_key=True, index=True)
