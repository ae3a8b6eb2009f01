"""What somebody shows beside their password: authenticator app, passkeys, recovery codes; requests to reset them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.accounts import User
from portal.models.base import Base


class Authenticator(Base):
    """The authenticator app of an account. `secret` is encrypted with a key that the database does not hold."""

    __tablename__ = "authenticators"

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    secret: Mapped[str] = mapped_column(sa.Text)
    # Which half minute the last code that was taken belongs to: no code of it or before is taken again.
    last_counter: Mapped[int]
    added_at: Mapped[datetime]


class Passkey(Base):
    """A key pair in somebody's device or password manager, of which this is the public half.

    `challenge_at` is when the challenge of its last use was made: an answer to an older one is not taken again.
    """

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    credential_id: Mapped[str] = mapped_column(sa.String(1400), unique=True)
    user_handle: Mapped[str] = mapped_column(sa.String(100))
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    transports: Mapped[list[Any]] = mapped_column(default=list)
    challenge_at: Mapped[datetime]
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class RecoveryCode(Base):
    """A code that works once, for whoever has lost their factor. Only its digest is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (sa.UniqueConstraint("user_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(sa.String(64))
    used_at: Mapped[datetime | None]


class FactorReset(Base):
    """One admin asks that a person's second factor be taken off; another one agrees (`approved`) or not."""

    __tablename__ = "factor_resets"
    __table_args__ = (
        sa.CheckConstraint(
            "NOT approved OR (decided_by_id <> asked_by_id AND decided_by_id <> user_id)",
            name="nobody_approves_their_own",
        ),
        sa.Index(
            "ix_factor_resets_open",
            "user_id",
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"))
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.Text)
    approved: Mapped[bool | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
