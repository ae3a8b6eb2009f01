"""Mail as rows, written in the transaction of the change that causes it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base


class OutboxMessage(Base):
    """One message to one recipient. `dedupe_key` makes a mail that must go once impossible to queue twice."""

    __tablename__ = "outbox"
    # What waits is little beside what was ever sent, and is looked for four times a minute.
    __table_args__ = (
        sa.Index(
            "ix_outbox_waiting",
            "next_try_at",
            sqlite_where=sa.text("sent_at IS NULL AND failed_at IS NULL"),
            postgresql_where=sa.text("sent_at IS NULL AND failed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(sa.String(120), unique=True)
    dedupe_key: Mapped[str | None] = mapped_column(sa.String(160), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(60), index=True)
    user_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    recipient: Mapped[str] = mapped_column(sa.String(254))
    subject: Mapped[str] = mapped_column(sa.String(300))
    text: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text, default="")
    # Where to say "no more of these": set for mail that is not essential, sent as List-Unsubscribe.
    unsubscribe_url: Mapped[str] = mapped_column(sa.String(300), default="", server_default="")
    # From when on it would say something untrue, and is not sent any more; None for what stays true.
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    next_try_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(sa.Text, default="")
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
