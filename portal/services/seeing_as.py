"""An admin sees the portal as somebody else: begun with a reason and ended, both on record. Nothing else is written."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.permissions import Viewer
from portal.domain.seeing_as import LASTS, may_see_as
from portal.domain.verdict import ALLOWED, Refused, Verdict
from portal.models import SeenAs, SignIn, User
from portal.services import audit
from portal.services.accounts import NOBODY
from portal.services.work import locked, writing

NOT_AN_ADMIN = Refused("Only admins can do this", "It opens somebody else's pages.")
SIGNED_OUT = Refused("You are signed out", "This sign-in was ended.", "Sign in, and begin again.")


def begin(viewer: Viewer, sign_in_id: int, user_id: int, reason: str, now: datetime) -> Verdict:
    """From now on this sign-in of an admin gets the pages of that person, and can change nothing, until it is ended."""
    if not viewer.is_admin or viewer.user_id is None:
        return NOT_AN_ADMIN
    with writing() as session:
        user = locked(session, User, user_id)
        if user is None:
            return NOBODY
        verdict = may_see_as(
            is_self=user_id == viewer.user_id,
            is_admin=user.is_admin,
            may_sign_in=user.may_sign_in,
        )
        if not verdict:
            return verdict
        own = locked(session, SignIn, sign_in_id)
        if own is None or own.ended_at is not None or own.user_id != viewer.user_id:
            return SIGNED_OUT
        _forget(session, sign_in_id)
        session.add(SeenAs(sign_in_id=sign_in_id, user_id=user_id, began_at=now))
        audit.record(
            session, "account.seen_as", at=now, actor_id=viewer.user_id, subject=("user", user_id),
            reason=reason, after={"until": now + LASTS},
        )  # fmt: skip
        return ALLOWED


def end(admin_id: int, sign_in_id: int, now: datetime) -> int | None:
    """See the portal as oneself again: whom it was seen as, None where it was nobody."""
    with writing() as session:
        return end_within(session, admin_id, sign_in_id, now)


def end_within(session: Session, admin_id: int, sign_in_id: int, now: datetime) -> int | None:
    """The same inside a transaction of the caller."""
    user_id = _forget(session, sign_in_id)
    if user_id is not None:
        audit.record(
            session, "account.seen_as_ended", at=now, actor_id=admin_id, subject=("user", user_id)
        )
    return user_id


def _forget(session: Session, sign_in_id: int) -> int | None:
    look = locked(session, SeenAs, sign_in_id)
    if look is None:
        return None
    session.delete(look)
    session.flush()
    return look.user_id
