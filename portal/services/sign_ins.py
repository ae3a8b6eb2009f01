"""Ending somebody else's sign-ins, by an admin: on record, and the person is told by letter."""

from datetime import datetime

import sqlalchemy as sa

from portal.domain.permissions import Viewer
from portal.domain.verdict import Refused
from portal.models import SignIn, User
from portal.services import accounts, audit, outbox
from portal.services.work import locked, writing

NOT_AN_ADMIN = Refused("Only admins can do this", "It signs somebody else out.")
YOURSELF = Refused(
    "This is your own account",
    "You would be signed out before you could read the answer.",
    "Your account page lists where you are signed in.",
)


def end(viewer: Viewer, user_id: int, sign_in_id: int | None, now: datetime) -> int | Refused:
    """End one browser's sign-in of this person, or with None all: how many there were."""
    if not viewer.is_admin or viewer.user_id is None:
        return NOT_AN_ADMIN
    if user_id == viewer.user_id:
        return YOURSELF
    with writing() as session:
        user = locked(session, User, user_id)
        if user is None:
            return accounts.NOBODY
        which = sa.true() if sign_in_id is None else SignIn.id == sign_in_id
        ended = session.execute(
            sa.update(SignIn)
            .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None), which)
            .values(ended_at=now)
        )
        count = int(ended.rowcount)  # type: ignore[attr-defined]
        if count:
            audit.record(
                session, "account.signed_out_by_admin", at=now, actor_id=viewer.user_id,
                subject=("user", user_id), after={"browsers": count},
            )  # fmt: skip
            outbox.queue(
                session, "signed_out_by_admin", at=now, recipient=user.email, user_id=user_id,
                user=user, everywhere=sign_in_id is None,
            )  # fmt: skip
        return count
