"""What happens to accounts. Registration, confirmation and passwords are Flask-Security's; it calls the helpers here
inside its own transaction, so that the change, its audit entry and its letter are one."""

import secrets
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.accounts import email_key, may_deactivate
from portal.domain.applications import ApplicationState
from portal.domain.mail import OPTIONAL_KINDS
from portal.domain.verdict import ALLOWED, Refused, Verdict
from portal.models import Application, Round, SignIn, User
from portal.services import audit, outbox
from portal.services.work import locked, writing

NOBODY = Refused("This account does not exist", "It may have been removed.", "Go back to the list.")


def digest_of(token: str) -> str:
    """What is stored of a token: enough to recognise it, useless to whoever reads the database."""
    return sha256(token.encode()).hexdigest()


# -- inside a transaction of the caller ---------------------------------------------------------


def note(
    session: Session, action: str, user: User, *, at: datetime, actor_id: int | None = None
) -> None:
    """Audit something that a person did to their own account (or `actor_id` to somebody else's)."""
    audit.record(session, action, at=at, actor_id=actor_id or user.id, subject=("user", user.id))


def end_sign_ins(session: Session, user_id: int, *, at: datetime, keep: str | None = None) -> int:
    """End every sign-in of an account at once, except the one whose token has the digest `keep`."""
    ended = session.execute(
        sa.update(SignIn)
        .where(
            SignIn.user_id == user_id,
            SignIn.ended_at.is_(None),
            SignIn.token_digest != (keep or ""),
        )
        .values(ended_at=at)
    )
    return int(ended.rowcount)  # type: ignore[attr-defined]


def use_reset_link(session: Session, user_id: int, digest: str) -> bool:
    """Use up the one link that may set a password. False if it was used, or replaced, in between."""
    used = session.execute(
        sa.update(User)
        .where(User.id == user_id, User.reset_digest == digest)
        .values(reset_digest=None)
    )
    return int(used.rowcount) == 1  # type: ignore[attr-defined]


# -- verbs ---------------------------------------------------------------------------------------


def note_seen(sign_in_id: int, now: datetime) -> None:
    """Write down that a browser was used, which keeps it signed in."""
    with writing(kept_by_the_door=True) as session:
        session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=now))


def end_one_sign_in(user_id: int, sign_in_id: int, now: datetime) -> bool:
    """Sign one browser of this account out. False if the account has no such open sign-in."""
    with writing() as session:
        ended = session.execute(
            sa.update(SignIn)
            .where(SignIn.id == sign_in_id, SignIn.user_id == user_id, SignIn.ended_at.is_(None))
            .values(ended_at=now)
        )
        if int(ended.rowcount) == 0:  # type: ignore[attr-defined]
            return False
        audit.record(
            session, "account.signed_out_browser", at=now, actor_id=user_id,
            subject=("sign_in", sign_in_id),
        )  # fmt: skip
        return True


def end_other_sign_ins(user_id: int, keep: str, now: datetime) -> int:
    """Sign every other browser of this account out; answers how many there were."""
    with writing() as session:
        count = end_sign_ins(session, user_id, at=now, keep=keep)
        if count:
            audit.record(
                session, "account.signed_out_others", at=now, actor_id=user_id,
                subject=("user", user_id), after={"browsers": count},
            )  # fmt: skip
        return count


def save_details(user_id: int, *, name: str, time_zone: str, now: datetime) -> None:
    """Change one's own name and time zone. The log names what changed; of names it keeps no copy."""
    with writing() as session:
        user = locked(session, User, user_id)
        assert user is not None
        before = {"time_zone": user.time_zone}
        renamed = user.name != name
        if not renamed and user.time_zone == time_zone:
            return
        user.name, user.time_zone = name, time_zone
        audit.record(
            session, "account.details_changed", at=now, actor_id=user_id, subject=("user", user_id),
            before=before, after={"time_zone": time_zone, "name_changed": renamed},
        )  # fmt: skip


def close(user_id: int, now: datetime) -> Verdict:
    """Close one's own account: signed out everywhere, and what is submitted and undecided is withdrawn."""
    with writing() as session:
        user = locked(session, User, user_id)
        assert user is not None
        verdict = may_deactivate(
            is_self=True, is_admin=user.is_admin, other_admins=other_admins(session, user_id)
        )
        if not verdict:
            return verdict
        user.active, user.closed_at, user.reset_digest = False, now, None
        end_sign_ins(session, user_id, at=now)
        withdraw_undecided(session, user_id, now, "The account was closed.")
        outbox.call_off(session, user_id, OPTIONAL_KINDS, at=now)
        note(session, "account.closed", user, at=now)
        outbox.queue(
            session, "account_closed", at=now, recipient=user.email, user_id=user_id, name=user.name
        )
        return ALLOWED


def withdraw_undecided(session: Session, user_id: int, now: datetime, reason: str) -> None:
    """Withdraw what is submitted in rounds that are not released. Inside the caller's transaction."""
    mine = session.scalars(
        sa.select(Application)
        .join(Round)
        .where(
            Application.user_id == user_id,
            Application.state == ApplicationState.SUBMITTED,
            Round.released_at.is_(None),
        )
        .with_for_update()
    )
    for application in mine:
        application.state, application.withdrawn_at = ApplicationState.WITHDRAWN, now
        audit.record(
            session, "application.withdrawn", at=now, actor_id=user_id,
            subject=("application", application.id), round_id=application.round_id,
            reason=reason,
            before={"state": ApplicationState.SUBMITTED},
            after={"state": ApplicationState.WITHDRAWN},
        )  # fmt: skip


def set_active(admin_id: int, user_id: int, active: bool, *, reason: str, now: datetime) -> Verdict:
    """Disable an account, which ends its sign-ins at once, or enable it again."""
    with writing() as session:
        user = locked(session, User, user_id)
        if user is None:
            return NOBODY
        if user.active == active:
            return ALLOWED
        if user.erased_at is not None:
            return Refused(
                "This account was erased",
                "Nothing of the person is left in it, so there is nobody to let in.",
                "They can register anew.",
            )
        if not active and user_id == admin_id:
            return Refused(
                "You cannot disable your own account",
                "You would be signed out before you could enable it again.",
                "Close it on your account page, or ask another admin.",
            )
        if not active:
            verdict = may_deactivate(
                is_self=False, is_admin=user.is_admin, other_admins=other_admins(session, user_id)
            )
            if not verdict:
                return verdict
            end_sign_ins(session, user_id, at=now)
            user.reset_digest = None
        user.active, user.closed_at = active, None
        audit.record(
            session, "account.enabled" if active else "account.disabled", at=now,
            actor_id=admin_id, subject=("user", user_id), reason=reason,
            before={"active": not active}, after={"active": active},
        )  # fmt: skip
        return ALLOWED


def remove_admin(admin_id: int, user_id: int, *, now: datetime) -> Verdict:
    """Take the rights of an admin from an account; it stays an account."""
    with writing() as session:
        user = locked(session, User, user_id)
        if user is None:
            return NOBODY
        if not user.is_admin:
            return ALLOWED
        verdict = may_deactivate(
            is_self=False, is_admin=True, other_admins=other_admins(session, user_id)
        )
        if not verdict:
            return verdict
        user.is_admin = False
        end_sign_ins(session, user_id, at=now)
        audit.record(
            session, "account.admin_removed", at=now, actor_id=admin_id, subject=("user", user_id),
            before={"is_admin": True}, after={"is_admin": False},
        )  # fmt: skip
        return ALLOWED


def make_admin(email: str, name: str, now: datetime) -> int:
    """Give the account of this address the rights of an admin, making it (without a password) if need be.

    Answers the user's id. Only the command line calls this: the web gives rights by invitation alone.
    """
    with writing() as session:
        user = session.scalar(sa.select(User).where(User.email_key == email_key(email)))
        if user is None:
            user = User(
                email=email.strip(),
                email_key=email_key(email),
                fs_uniquifier=secrets.token_hex(32),
                created_at=now,
            )
            session.add(user)
        user.name = name or user.name or ""
        user.is_admin = user.active = True
        session.flush()
        audit.record(
            session, "account.made_admin", at=now, actor_id=None, subject=("user", user.id),
            reason="From the command line.", after={"is_admin": True},
        )  # fmt: skip
        return user.id


def allow_reset(user_id: int, token: str) -> None:
    """Make `token` the one link that may set this account's password."""
    with writing() as session:
        session.execute(
            sa.update(User).where(User.id == user_id).values(reset_digest=digest_of(token))
        )


def other_admins(session: Session, user_id: int) -> int:
    """How many active admins there are beside this account."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(User)
            .where(User.is_admin, User.active, User.id != user_id)
        )
        or 0
    )
