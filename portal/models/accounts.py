"""Accounts: who can sign in, from where they are signed in, and who was invited to what."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_security.core import UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.permissions import StreamRole
from portal.models.base import Base, checked

if TYPE_CHECKING:
    from portal.models.people import Mentor
    from portal.models.rounds import Stream


class User(UserMixin, Base):
    """An account. `email_key` is the folded address: one person, one account. Only `is_admin` is global."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    email_key: Mapped[str] = mapped_column(sa.String(254), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200), default="")
    password: Mapped[str | None] = mapped_column(sa.String(255))
    active: Mapped[bool] = mapped_column(default=True)
    is_admin: Mapped[bool] = mapped_column(default=False)
    time_zone: Mapped[str] = mapped_column(sa.String(64), default="UTC")
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True)
    confirmed_at: Mapped[datetime | None]
    consented_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    # When everything about the person was erased; the row stays for what points at it, and says nothing.
    erased_at: Mapped[datetime | None]
    digest_sent_at: Mapped[datetime | None]
    # Kinds of mail (`domain.mail`) that this person does not want.
    declined_mail: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    # SHA-256 of the one link that may set a new password; a newer request or any use replaces it.
    reset_digest: Mapped[str | None] = mapped_column(sa.String(64))

    @property
    def may_sign_in(self) -> bool:
        """Whether a browser of this account is taken for it: neither disabled nor waiting for its address."""
        return self.active and self.confirmed_at is not None

    @property
    def roles(self) -> list[Any]:
        """Flask-Security asks for roles; rights here come from `is_admin` and memberships instead."""
        return []


class SignIn(Base):
    """One signed-in browser. The cookie carries the token; ending the row ends that browser's session at once."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # When a second factor was last shown in this sign-in; None: the password alone.
    second_factor_at: Mapped[datetime | None]
    agent: Mapped[str] = mapped_column(sa.String(200), default="")

    user: Mapped[User] = relationship()
    sees_as: Mapped[SeenAs | None] = relationship(uselist=False, viewonly=True)


class SeenAs(Base):
    """An admin's sign-in that sees the portal as somebody else, at most one at a time: `domain.seeing_as`."""

    __tablename__ = "seen_as"

    sign_in_id: Mapped[int] = mapped_column(
        sa.ForeignKey("sign_ins.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    began_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class Invitation(Base):
    """A link by which a person becomes an admin or a stream's member. Only a POST by the invited address uses it."""

    __tablename__ = "invitations"
    __table_args__ = (
        sa.CheckConstraint("is_admin OR stream_id IS NOT NULL", name="invites_to_something"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    email_key: Mapped[str] = mapped_column(sa.String(254), index=True)
    is_admin: Mapped[bool] = mapped_column(default=False)
    stream_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("streams.id", ondelete="CASCADE"), index=True
    )
    role: Mapped[StreamRole | None] = mapped_column(checked(StreamRole))
    mentor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("mentors.id", ondelete="SET NULL"))
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    invited_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    stream: Mapped[Stream | None] = relationship()
    mentor: Mapped[Mentor | None] = relationship()
