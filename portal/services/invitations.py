"""Invitations: how somebody becomes an admin or a member of a stream. Only accepting one gives the rights."""

import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.accounts import INVITATION_LASTS, email_key, may_accept
from portal.domain.permissions import StreamRole
from portal.domain.verdict import ALLOWED, Refused, Verdict
from portal.models import Invitation, Mentor, Stream, StreamMember, User
from portal.services import accounts, audit, outbox
from portal.services.accounts import digest_of
from portal.services.conflicts import recount_profile
from portal.services.work import locked, writing

NOT_THERE = Refused(
    "This invitation does not exist", "The link may have been cut short in the mail.",
    "Copy the whole address from the letter, or ask the programme for a new one.",
)  # fmt: skip


@dataclass(frozen=True)
class Offered:
    """What an invitation gives: the rights of an admin, or a role in a stream, perhaps with a mentor's profile."""

    is_admin: bool = False
    stream_id: int | None = None
    role: StreamRole | None = None
    mentor_id: int | None = None


def invite(admin_id: int, email: str, offered: Offered, now: datetime) -> int:
    """Invite the person at `email`, by a letter with a link. Answers the invitation's id."""
    token = secrets.token_urlsafe(32)
    with writing() as session:
        invitation = Invitation(
            email=email,
            email_key=email_key(email),
            is_admin=offered.is_admin,
            stream_id=offered.stream_id,
            role=offered.role,
            mentor_id=offered.mentor_id,
            token_digest=digest_of(token),
            invited_by_id=admin_id,
            created_at=now,
            expires_at=now + INVITATION_LASTS,
        )
        session.add(invitation)
        session.flush()
        audit.record(
            session, "invitation.sent", at=now, actor_id=admin_id,
            subject=("invitation", invitation.id), after=_gives(invitation),
        )  # fmt: skip
        _write_letter(session, invitation, token, now)
        return invitation.id


def send_again(admin_id: int, invitation_id: int, now: datetime) -> Verdict:
    """A new link, which replaces the old one, and two more weeks."""
    token = secrets.token_urlsafe(32)
    with writing() as session:
        invitation = locked(session, Invitation, invitation_id)
        if invitation is None:
            return NOT_THERE
        if invitation.accepted_at or invitation.withdrawn_at:
            return Refused(
                "This invitation is over", "It was accepted or withdrawn.", "Write a new one."
            )
        invitation.token_digest = digest_of(token)
        invitation.expires_at = now + INVITATION_LASTS
        audit.record(
            session, "invitation.sent_again", at=now, actor_id=admin_id,
            subject=("invitation", invitation.id),
        )  # fmt: skip
        _write_letter(session, invitation, token, now)
        return ALLOWED


def withdraw(admin_id: int, invitation_id: int, now: datetime) -> Verdict:
    """Take an invitation back. Its link stops working at once."""
    with writing() as session:
        invitation = locked(session, Invitation, invitation_id)
        if invitation is None:
            return NOT_THERE
        if invitation.accepted_at:
            return Refused(
                "This invitation was accepted already",
                "The rights were given when it was accepted.",
                "Take the rights back on the person's page.",
            )
        if invitation.withdrawn_at is None:
            invitation.withdrawn_at = now
            audit.record(
                session, "invitation.withdrawn", at=now, actor_id=admin_id,
                subject=("invitation", invitation.id),
            )  # fmt: skip
        return ALLOWED


def accept(user_id: int, token: str, keep: str | None, now: datetime) -> Verdict:
    """Take up the invitation of this link. `keep`: the digest of the browser that stays signed in; others end."""
    with writing() as session:
        found = session.scalar(
            sa.select(Invitation.id).where(Invitation.token_digest == digest_of(token))
        )
        invitation = locked(session, Invitation, found) if found else None
        user = locked(session, User, user_id)
        if invitation is None or user is None:
            return NOT_THERE
        verdict = may_accept(
            matches=user.confirmed_at is not None and user.email_key == invitation.email_key,
            now=now,
            expires_at=invitation.expires_at,
            accepted_at=invitation.accepted_at,
            withdrawn_at=invitation.withdrawn_at,
        )
        if not verdict:
            return verdict
        invitation.accepted_at = now
        _give_rights(session, user, invitation, now)
        accounts.end_sign_ins(session, user.id, at=now, keep=keep)
        audit.record(
            session, "invitation.accepted", at=now, actor_id=user.id,
            subject=("invitation", invitation.id), after={"user_id": user.id, **_gives(invitation)},
        )  # fmt: skip
        return ALLOWED


def remove_member(admin_id: int, member_id: int, now: datetime) -> Verdict:
    """End somebody's rights in a stream, from the next request on."""
    with writing() as session:
        member = locked(session, StreamMember, member_id)
        if member is None:
            return Refused("This role does not exist", "It may have been removed already.")
        audit.record(
            session, "stream.member_removed", at=now, actor_id=admin_id,
            subject=("stream", member.stream_id),
            before={"user_id": member.user_id, "role": member.role},
        )  # fmt: skip
        session.delete(member)
        accounts.end_sign_ins(session, member.user_id, at=now)
        return ALLOWED


def _give_rights(session: Session, user: User, invitation: Invitation, now: datetime) -> None:
    if invitation.is_admin:
        user.is_admin = True
    if invitation.stream_id is not None and invitation.role is not None:
        member = session.scalar(
            sa.select(StreamMember).where(
                StreamMember.stream_id == invitation.stream_id, StreamMember.user_id == user.id
            )
        )
        if member is None:
            member = StreamMember(stream_id=invitation.stream_id, user_id=user.id, added_at=now)
            session.add(member)
        member.role = invitation.role
    if invitation.mentor_id is not None:
        _link_profile(session, user, invitation.mentor_id)


def _link_profile(session: Session, user: User, mentor_id: int) -> None:
    """The profile becomes this person's to edit, unless it or the person is linked already."""
    has_one = session.scalar(sa.select(Mentor.id).where(Mentor.user_id == user.id))
    mentor = locked(session, Mentor, mentor_id)
    if mentor is not None and mentor.user_id is None and has_one is None:
        mentor.user_id = user.id
        session.flush()
        recount_profile(session, mentor_id)  # applicants may have named the profile already


def _gives(invitation: Invitation) -> dict[str, object]:
    return {
        "is_admin": invitation.is_admin,
        "stream_id": invitation.stream_id,
        "role": invitation.role,
        "mentor_id": invitation.mentor_id,
    }


def _write_letter(session: Session, invitation: Invitation, token: str, now: datetime) -> None:
    stream = session.get(Stream, invitation.stream_id) if invitation.stream_id else None
    outbox.queue(
        session, "invitation", at=now, recipient=invitation.email,
        is_admin=invitation.is_admin, role=invitation.role,
        stream=stream.name if stream else "", round=stream.round.name if stream else "",
        expires_at=invitation.expires_at, token=token,
    )  # fmt: skip
