"""What happens to somebody's own second factor: shown, set up, taken off.

Whatever changes what an account has ends its other sign-ins and warns by letter, in the change's own transaction.
Showing a factor gives the sign-in a new token, so that a cookie that was copied before is worth nothing afterwards.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.adapters import authenticators
from portal.domain.second_factor import (
    CODE_LENGTH,
    CODE_LETTERS,
    CODES,
    Factors,
    in_groups,
    tidy_code,
    tidy_recovery_code,
)
from portal.models import Authenticator, Passkey, RecoveryCode, SignIn, User
from portal.queries.second_factor import factors_in
from portal.services import accounts, audit, outbox
from portal.services.work import locked, writing


@dataclass(frozen=True)
class Browser:
    """The sign-in from which a change is made: the digest of its token now, and of the one it has afterwards."""

    digest: str
    renewed: str


# -- inside a transaction of the caller ---------------------------------------------------------


def mark_shown(session: Session, user_id: int, browser: Browser, *, at: datetime) -> bool:
    """Write down that this sign-in has shown a factor, and change its token. False once the sign-in has ended."""
    marked = session.execute(
        sa.update(SignIn)
        .where(
            SignIn.token_digest == browser.digest,
            SignIn.user_id == user_id,
            SignIn.ended_at.is_(None),
        )
        .values(second_factor_at=at, token_digest=browser.renewed)
    )
    if int(marked.rowcount) != 1:  # type: ignore[attr-defined]
        return False
    audit.record(
        session, "account.second_factor_shown", at=at, actor_id=user_id, subject=("user", user_id)
    )
    return True


def warn(
    session: Session, user_id: int, action: str, said: str, *, at: datetime, keep: str | None
) -> None:
    """What follows every change of factors: other sign-ins end, the log says so, and a letter does."""
    user = session.get(User, user_id)
    assert user is not None
    accounts.end_sign_ins(session, user_id, at=at, keep=keep)
    accounts.note(session, action, user, at=at)
    outbox.queue(
        session, "second_factor_changed", at=at, recipient=user.email, user_id=user_id,
        user=user, said=said,
    )  # fmt: skip


def make_codes(session: Session, user_id: int) -> list[str]:
    """New recovery codes in the place of all former ones, as people read them. Only their digests are kept."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    plain = [
        "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)) for _ in range(CODES)
    ]
    session.add_all(RecoveryCode(user_id=user_id, digest=_digest(user_id, code)) for code in plain)
    return [in_groups(code) for code in plain]


def after_removal(session: Session, user_id: int) -> None:
    """With the last factor go the codes that stood in for it, and what was opened by having shown it."""
    session.flush()
    if factors_in(session, user_id):
        return
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.execute(
        sa.update(SignIn).where(SignIn.user_id == user_id).values(second_factor_at=None)
    )


def take_all_off(session: Session, user_id: int) -> Factors:
    """Remove every factor of an account; answers what there was."""
    had = factors_in(session, user_id)
    for table in (Authenticator, Passkey, RecoveryCode):
        session.execute(sa.delete(table).where(table.user_id == user_id))
    return had


def _digest(user_id: int, code: str) -> str:
    return sha256(f"{user_id}:{code}".encode()).hexdigest()


# -- verbs ---------------------------------------------------------------------------------------


def show_code(user_id: int, code: str, browser: Browser, now: datetime) -> bool:
    """Show a code of the authenticator app. False for a wrong one, and for any that was shown before."""
    with writing() as session:
        app = locked(session, Authenticator, user_id)
        if app is None:
            return False
        counter = authenticators.counter_of(tidy_code(code), app.secret, app.last_counter, now)
        if counter is None:
            return False
        app.last_counter = counter
        return mark_shown(session, user_id, browser, at=now)


def show_recovery_code(user_id: int, code: str, browser: Browser, now: datetime) -> bool:
    """Use up a recovery code in the place of a factor; a letter says so."""
    plain = tidy_recovery_code(code)
    if not plain:
        return False
    with writing() as session:
        used = session.execute(
            sa.update(RecoveryCode)
            .where(
                RecoveryCode.user_id == user_id,
                RecoveryCode.digest == _digest(user_id, plain),
                RecoveryCode.used_at.is_(None),
            )
            .values(used_at=now)
        )
        if int(used.rowcount) != 1 or not mark_shown(session, user_id, browser, at=now):  # type: ignore[attr-defined]
            session.rollback()
            return False
        left = factors_in(session, user_id).codes
        warn(
            session, user_id, "account.recovery_code_used",
            f"A recovery code was used to sign in. {left} of them are left.", at=now,
            keep=browser.renewed,
        )  # fmt: skip
        return True


def add_authenticator(
    user_id: int, secret: str, code: str, browser: Browser, now: datetime
) -> list[str] | None:
    """Set an authenticator app up, in the place of a former one, once it has shown a right code.

    Answers the recovery codes made with an account's first factor, else an empty list; None for a wrong code.
    """
    counter = authenticators.counter_of(tidy_code(code), secret, 0, now)
    if counter is None:
        return None
    with writing() as session:
        locked(session, User, user_id)
        first = not factors_in(session, user_id)
        app = locked(session, Authenticator, user_id)
        again = (
            app is not None and app.secret == secret
        )  # a second press; its answer is the one seen
        if app is None:
            app = Authenticator(user_id=user_id)
            session.add(app)
        app.secret, app.last_counter, app.added_at = secret, counter, now
        session.flush()
        if not mark_shown(session, user_id, browser, at=now):
            session.rollback()
            return None
        warn(
            session, user_id, "account.authenticator_added",
            "An authenticator app was set up.", at=now, keep=browser.renewed,
        )  # fmt: skip
        return make_codes(session, user_id) if first or again else []


def remove_authenticator(user_id: int, keep: str | None, now: datetime) -> bool:
    """Take the authenticator app off. False if there is none."""
    with writing() as session:
        app = locked(session, Authenticator, user_id)
        if app is None:
            return False
        session.delete(app)
        after_removal(session, user_id)
        warn(
            session, user_id, "account.authenticator_removed",
            "The authenticator app was taken off.", at=now, keep=keep,
        )  # fmt: skip
        return True


def renew_codes(user_id: int, keep: str | None, now: datetime) -> list[str]:
    """New recovery codes; the former ones stop working. Empty where there is no factor that they could stand for."""
    with writing() as session:
        locked(session, User, user_id)
        if not factors_in(session, user_id):
            return []
        codes = make_codes(session, user_id)
        warn(
            session, user_id, "account.recovery_codes_made",
            "New recovery codes were made; the former ones do not work any more.", at=now, keep=keep,
        )  # fmt: skip
        return codes


def renew_sign_in(user_id: int, browser: Browser) -> bool:
    """Give a sign-in another token, because its account may do more from now on. False once it has ended."""
    with writing() as session:
        renewed = session.execute(
            sa.update(SignIn)
            .where(
                SignIn.token_digest == browser.digest,
                SignIn.user_id == user_id,
                SignIn.ended_at.is_(None),
            )
            .values(token_digest=browser.renewed)
        )
        return int(renewed.rowcount) == 1  # type: ignore[attr-defined]


def reset_by_command(user_id: int, now: datetime) -> Factors:
    """Take every factor of an account off, for whoever runs the server; answers what there was."""
    with writing() as session:
        user = locked(session, User, user_id)
        assert user is not None
        had = take_all_off(session, user_id)
        accounts.end_sign_ins(session, user_id, at=now)
        audit.record(
            session, "account.second_factor_reset", at=now, actor_id=None,
            subject=("user", user_id), reason="From the command line.",
            before={"authenticator": had.authenticator, "passkeys": had.passkeys},
        )  # fmt: skip
        outbox.queue(
            session, "second_factor_reset", at=now, recipient=user.email, user_id=user_id, user=user
        )
        return had
