"""Taking off somebody else's lost second factor: one admin asks, another agrees, and the person is told of both."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.permissions import Viewer
from portal.domain.second_factor import may_ask_for_reset, may_decide_reset
from portal.domain.verdict import ALLOWED, Refused, Verdict
from portal.models import FactorReset, User
from portal.queries.second_factor import factors_in
from portal.services import accounts, audit, outbox
from portal.services.second_factor import take_all_off
from portal.services.work import locked, writing

NOT_AN_ADMIN = Refused("Only admins can do this", "It lets somebody into an account.")


def ask(viewer: Viewer, user_id: int, reason: str, now: datetime) -> Verdict:
    """Ask another admin to agree that this person's second factor is taken off."""
    if not viewer.is_admin or viewer.user_id is None:
        return NOT_AN_ADMIN
    with writing() as session:
        user = locked(session, User, user_id)
        if user is None:
            return accounts.NOBODY
        verdict = may_ask_for_reset(
            is_self=user_id == viewer.user_id,
            has_factor=bool(factors_in(session, user_id)),
            is_open=_open_for(session, user_id),
        )
        if not verdict:
            return verdict
        session.add(
            FactorReset(user_id=user_id, asked_by_id=viewer.user_id, asked_at=now, reason=reason)
        )
        audit.record(
            session, "account.second_factor_reset_asked", at=now, actor_id=viewer.user_id,
            subject=("user", user_id), reason=reason,
        )  # fmt: skip
        _tell_of_request(session, user, viewer.user_id, reason, now)
        return ALLOWED


def _open_for(session: Session, user_id: int) -> bool:
    found = session.scalar(
        sa.select(FactorReset.id).where(
            FactorReset.user_id == user_id, FactorReset.decided_at.is_(None)
        )
    )
    return found is not None


def _tell_of_request(
    session: Session, user: User, asker_id: int, reason: str, now: datetime
) -> None:
    """The person hears of it, and so does every admin who could agree."""
    asker = session.get(User, asker_id)
    outbox.queue(
        session,
        "second_factor_reset_asked",
        at=now,
        recipient=user.email,
        user_id=user.id,
        user=user,
    )
    others = session.scalars(
        sa.select(User).where(User.is_admin, User.active, User.id.not_in([user.id, asker_id]))
    )
    for admin in others:
        outbox.queue(
            session, "second_factor_consent", at=now, recipient=admin.email, user_id=admin.id,
            user=admin, person=user, asker=asker, reason=reason,
        )  # fmt: skip


def decide(viewer: Viewer, reset_id: int, *, approves: bool, now: datetime) -> Verdict:
    """Agree to a request, which takes every factor off and signs the person out everywhere; or decline it."""
    if not viewer.is_admin or viewer.user_id is None:
        return NOT_AN_ADMIN
    with writing() as session:
        request = locked(session, FactorReset, reset_id)
        if request is None:
            return Refused("This request does not exist", "It may have been removed.")
        verdict = may_decide_reset(
            approves=approves,
            is_asker=request.asked_by_id == viewer.user_id,
            is_self=request.user_id == viewer.user_id,
            is_open=request.decided_at is None,
            asked_at=request.asked_at,
            now=now,
        )
        if not verdict:
            return verdict
        request.approved, request.decided_by_id, request.decided_at = approves, viewer.user_id, now
        if approves:
            _take_off(session, request, viewer.user_id, now)
        else:
            audit.record(
                session, "account.second_factor_reset_declined", at=now, actor_id=viewer.user_id,
                subject=("user", request.user_id),
            )  # fmt: skip
        return ALLOWED


def _take_off(session: Session, request: FactorReset, approver_id: int, now: datetime) -> None:
    user = locked(session, User, request.user_id)
    assert user is not None
    had = take_all_off(session, user.id)
    accounts.end_sign_ins(session, user.id, at=now)
    audit.record(
        session, "account.second_factor_reset", at=now, actor_id=approver_id,
        subject=("user", user.id), reason=request.reason,
        before={"authenticator": had.authenticator, "passkeys": had.passkeys},
        after={"asked_by": request.asked_by_id},
    )  # fmt: skip
    outbox.queue(
        session, "second_factor_reset", at=now, recipient=user.email, user_id=user.id, user=user
    )
