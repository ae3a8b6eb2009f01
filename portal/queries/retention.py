"""What is due to be forgotten, by kind: the ids, for the dry run and the run alike. Nobody is named."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from portal.domain.accounts import SIGN_IN_IDLE
from portal.domain.applications import ApplicationState
from portal.domain.retention import Kind, Terms
from portal.domain.review import Outcome
from portal.models import (
    Application,
    AuditEvent,
    Decision,
    Invitation,
    OutboxMessage,
    Round,
    SignIn,
    StreamApplication,
    User,
)

Ids = sa.Select[Any]


@dataclass(frozen=True)
class Due:
    """One kind and the ids of its rows, in their order."""

    kind: Kind
    ids: tuple[int, ...]


def due(session: Session, terms: Terms, now: datetime) -> list[Due]:
    """Everything whose term is over at `now`, each kind once. Nothing of a round that is not archived."""
    return [Due(kind, tuple(session.scalars(ids_of(kind, terms, now)))) for kind in Kind]


def ids_of(kind: Kind, terms: Terms, now: datetime) -> Ids:
    return _QUERIES[kind](terms.before(kind, now), now)


def _ended_before(before: datetime) -> Ids:
    """Applications of rounds that were archived by then, and that are not forgotten yet."""
    return (
        sa.select(Application.id)
        .join(Round, Round.id == Application.round_id)
        .where(Round.archived_at <= before, Application.forgotten_at.is_(None))
        .order_by(Application.id)
    )


def _accepted() -> sa.ColumnElement[bool]:
    return sa.exists().where(
        StreamApplication.application_id == Application.id,
        Decision.stream_application_id == StreamApplication.id,
        Decision.outcome == Outcome.ACCEPT,
    )


def _in_state(state: ApplicationState) -> Callable[[datetime, datetime], Ids]:
    return lambda before, _: _ended_before(before).where(Application.state == state)


def _declined(before: datetime, _now: datetime) -> Ids:
    return _in_state(ApplicationState.SUBMITTED)(before, before).where(~_accepted())


def _taken(before: datetime, _now: datetime) -> Ids:
    return _in_state(ApplicationState.SUBMITTED)(before, before).where(_accepted())


def _has_live_round(user_id: Any, now: datetime) -> sa.ColumnElement[bool]:
    """Whether a person has an application in a round that is not archived."""
    mine, round_ = aliased(Application), aliased(Round)
    return sa.exists().where(
        mine.user_id == user_id,
        round_.id == mine.round_id,
        sa.or_(round_.archived_at.is_(None), round_.archived_at > now),
    )


def _unconfirmed(before: datetime, _now: datetime) -> Ids:
    """Made by somebody who never showed that the address is theirs. Whoever has any role or application is left."""
    applied = sa.exists().where(Application.user_id == User.id)
    return (
        sa.select(User.id)
        .where(
            User.created_at <= before,
            User.confirmed_at.is_(None),
            User.erased_at.is_(None),
            ~User.is_admin,
            ~applied,
        )
        .order_by(User.id)
    )


def _sign_ins(before: datetime, now: datetime) -> Ids:
    ended = sa.func.coalesce(SignIn.ended_at, SignIn.seen_at)
    return (
        sa.select(SignIn.id)
        .where(ended <= before, SignIn.seen_at <= now - SIGN_IN_IDLE)
        .order_by(SignIn.id)
    )


def _invitations(before: datetime, _now: datetime) -> Ids:
    settled = sa.func.coalesce(
        Invitation.accepted_at, Invitation.withdrawn_at, Invitation.expires_at
    )
    return sa.select(Invitation.id).where(settled <= before).order_by(Invitation.id)


def _letters(before: datetime, now: datetime) -> Ids:
    gone = sa.func.coalesce(OutboxMessage.sent_at, OutboxMessage.failed_at)
    return (
        sa.select(OutboxMessage.id)
        .where(
            gone <= before,
            OutboxMessage.recipient != "",
            ~_has_live_round(OutboxMessage.user_id, now),
            # Letters to referees have no account: they go with the application that they are about.
            ~OutboxMessage.kind.startswith("reference_"),
        )
        .order_by(OutboxMessage.id)
    )


def _audit_texts(before: datetime, now: datetime) -> Ids:
    """Events with texts, of nobody and of no round that is still going on."""
    live = sa.exists().where(
        Round.id == AuditEvent.round_id,
        sa.or_(Round.archived_at.is_(None), Round.archived_at > now),
    )
    empty = sa.cast(sa.literal("{}"), sa.Text)
    has_texts = sa.or_(
        AuditEvent.reason != "",
        sa.cast(AuditEvent.before, sa.Text) != empty,
        sa.cast(AuditEvent.after, sa.Text) != empty,
    )
    about_live = sa.and_(
        AuditEvent.subject_type == "user", _has_live_round(AuditEvent.subject_id, now)
    )
    by_live = _has_live_round(AuditEvent.actor_id, now)
    return (
        sa.select(AuditEvent.id)
        .where(AuditEvent.at <= before, has_texts, ~live, ~about_live, ~by_live)
        .order_by(AuditEvent.id)
    )


_QUERIES: dict[Kind, Callable[[datetime, datetime], Ids]] = {
    Kind.DRAFTS: _in_state(ApplicationState.DRAFT),
    Kind.WITHDRAWN: _in_state(ApplicationState.WITHDRAWN),
    Kind.DECLINED: _declined,
    Kind.ACCEPTED: _taken,
    Kind.UNCONFIRMED: _unconfirmed,
    Kind.SIGN_INS: _sign_ins,
    Kind.INVITATIONS: _invitations,
    Kind.LETTERS: _letters,
    Kind.AUDIT_TEXTS: _audit_texts,
}
