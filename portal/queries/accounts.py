"""What can be read of accounts: one's own, and for admins those of everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.domain.accounts import email_key, sign_in_holds
from portal.domain.applications import ApplicationState
from portal.domain.permissions import StreamRole, Viewer
from portal.extensions import db
from portal.models import Application, Invitation, Mentor, Round, SignIn, Stream, StreamMember, User
from portal.queries.paging import Page, page_of

PAGE = 50


@dataclass(frozen=True)
class OpenSignIn:
    id: int
    device: str
    created_at: datetime
    seen_at: datetime
    is_this: bool


def open_sign_ins(viewer: Viewer, this_digest: str | None, now: datetime) -> list[OpenSignIn]:
    """The browsers in which the viewer is signed in, the newest use first."""
    return _open_sign_ins(viewer.user_id, this_digest, now)


def _open_sign_ins(user_id: int | None, this_digest: str | None, now: datetime) -> list[OpenSignIn]:
    rows = db.session.scalars(
        sa.select(SignIn)
        .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
        .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
    )
    return [
        OpenSignIn(
            row.id, device_of(row.agent), row.created_at, row.seen_at,
            row.token_digest == this_digest,
        )
        for row in rows
        if sign_in_holds(row.created_at, row.seen_at, now)
    ]  # fmt: skip


_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_of(agent: str) -> str:
    """Such as "Firefox on Windows", from what the browser said of itself."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in agent), None)
    return f"{browser} on {system}" if system else browser


def undecided_applications(viewer: Viewer) -> list[str]:
    """Names of rounds in which the viewer has an application that closing the account would withdraw."""
    return list(
        db.session.scalars(
            sa.select(Round.name)
            .join(Application, Application.round_id == Round.id)
            .where(
                Application.user_id == viewer.user_id,
                Application.state == "submitted",
                Round.released_at.is_(None),
            )
            .order_by(Round.name)
        )
    )


def known_addresses(addresses: Sequence[str]) -> frozenset[str]:
    """Which of these addresses have an account, as they were given. Only a demonstration's sign-in page asks."""
    keys = {email_key(address): address for address in addresses}
    found = db.session.scalars(sa.select(User.email_key).where(User.email_key.in_(keys)))
    return frozenset(keys[key] for key in found)


# -- for admins ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class RoleLine:
    """A role in a stream of a round that is not archived."""

    member_id: int
    user_id: int
    stream: str
    round: str
    role: StreamRole


@dataclass(frozen=True)
class PersonLine:
    user: User
    roles: Sequence[RoleLine]


ROLES = {"leads": StreamRole.LEAD, "co-leads": StreamRole.CO, "readers": StreamRole.READER}
KINDS = ("admins", "members", *ROLES, "applicants", "unconfirmed", "disabled")


def people(viewer: Viewer, words: str, kind: str, page: int, now: datetime) -> Page[PersonLine]:
    """Accounts whose name or address holds `words`, of one kind or all; three statements."""
    if not viewer.is_admin:
        return Page((), 1, PAGE, 0)
    query = sa.select(User).order_by(sa.func.lower(User.name), User.id)
    if words:
        query = query.where(
            sa.or_(
                User.name.icontains(words, autoescape=True),
                User.email_key.contains(email_key(words), autoescape=True),
            )
        )
    if kind in KINDS:
        query = query.where(_of_kind(kind, now))

    def fetch(one_page: sa.Select[*tuple[Any, ...]]) -> Sequence[PersonLine]:
        users: Sequence[User] = db.session.scalars(one_page).all()
        roles = _roles([user.id for user in users], now)
        return [
            PersonLine(user, [role for role in roles if role.user_id == user.id]) for user in users
        ]

    return page_of(query, fetch, page, PAGE)


def _of_kind(kind: str, now: datetime) -> sa.ColumnElement[bool]:
    """Accounts of one of KINDS. Roles are those that a page names: in rounds that are not archived."""
    if kind == "admins":
        return User.is_admin.is_(True)
    if kind == "applicants":
        return User.id.in_(sa.select(Application.user_id))
    if kind == "unconfirmed":
        return User.confirmed_at.is_(None)
    if kind == "disabled":
        return sa.not_(User.active)
    members = (
        sa.select(StreamMember.user_id)
        .join(Stream, Stream.id == StreamMember.stream_id)
        .join(Round, Round.id == Stream.round_id)
        .where(sa.or_(Round.archived_at.is_(None), Round.archived_at > now))
    )
    if kind in ROLES:
        members = members.where(StreamMember.role == ROLES[kind])
    return User.id.in_(members)


def _roles(user_ids: Sequence[int], now: datetime) -> list[RoleLine]:
    rows = db.session.execute(
        sa.select(StreamMember.id, StreamMember.user_id, Stream.name, Round.name, StreamMember.role)
        .join(Stream, Stream.id == StreamMember.stream_id)
        .join(Round, Round.id == Stream.round_id)
        .where(
            StreamMember.user_id.in_(user_ids),
            sa.or_(Round.archived_at.is_(None), Round.archived_at > now),
        )
        .order_by(Round.name, Stream.name)
    )
    return [RoleLine(*row) for row in rows]


def person(viewer: Viewer, user_id: int, now: datetime) -> PersonLine | None:
    """One account, as an admin sees it."""
    user = db.session.get(User, user_id) if viewer.is_admin else None
    return PersonLine(user, _roles([user_id], now)) if user else None


def sign_ins_of(viewer: Viewer, user_id: int, now: datetime) -> list[OpenSignIn]:
    """The browsers in which somebody is signed in, for admins; the newest use first."""
    return _open_sign_ins(user_id, None, now) if viewer.is_admin else []


@dataclass(frozen=True)
class ApplicationLine:
    """An application of somebody, begun or more."""

    id: int
    round: str
    state: ApplicationState


def applications_of(viewer: Viewer, user_id: int) -> list[ApplicationLine]:
    """Somebody's applications for admins, the newest round first. Their own is nobody's to read."""
    if not viewer.is_admin or user_id == viewer.user_id:
        return []
    rows = db.session.execute(
        sa.select(Application.id, Round.name, Application.state)
        .join(Round, Round.id == Application.round_id)
        .where(Application.user_id == user_id)
        .order_by(Round.opens_at.desc(), Round.id.desc())
    )
    return [ApplicationLine(*row) for row in rows]


def pending_invitations(viewer: Viewer) -> Sequence[Invitation]:
    """Invitations that are neither accepted nor withdrawn, the newest first; two statements."""
    if not viewer.is_admin:
        return ()
    return db.session.scalars(
        sa.select(Invitation)
        .options(
            joinedload(Invitation.stream).joinedload(Stream.round), joinedload(Invitation.mentor)
        )
        .where(Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
    ).all()


def streams_to_invite_to(viewer: Viewer, now: datetime) -> list[tuple[int, str]]:
    """Streams of rounds that are not archived: id and "Round: stream"."""
    if not viewer.is_admin:
        return []
    rows = db.session.execute(
        sa.select(Stream.id, Round.name, Stream.name)
        .join(Round, Round.id == Stream.round_id)
        .where(sa.or_(Round.archived_at.is_(None), Round.archived_at > now))
        .order_by(Round.name, Stream.name)
    )
    return [(stream_id, f"{round_}: {stream}") for stream_id, round_, stream in rows]


def profiles_without_account(viewer: Viewer) -> list[tuple[int, str]]:
    """Mentors' profiles that no account edits yet."""
    if not viewer.is_admin:
        return []
    rows = db.session.execute(
        sa.select(Mentor.id, Mentor.name).where(Mentor.user_id.is_(None)).order_by(Mentor.name)
    )
    return [(mentor_id, name) for mentor_id, name in rows]


def invitation_by_link(token: str) -> Invitation | None:
    """What the link of a letter is about. Whoever has the link may see it; only accepting asks who they are."""
    found: Invitation | None = db.session.scalar(
        sa.select(Invitation)
        .options(joinedload(Invitation.stream).joinedload(Stream.round))
        .where(Invitation.token_digest == sha256(token.encode()).hexdigest())
    )
    return found
