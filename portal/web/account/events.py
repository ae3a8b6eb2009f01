"""What follows when Flask-Security changes something, in the same transaction: audit entries, sign-ins, their end."""

import secrets
from typing import Any

import sqlalchemy as sa
from flask import Flask, flash, g, request, session
from flask_login import current_user, user_logged_in, user_logged_out
from flask_security import signals

from portal import clock
from portal.domain.accounts import email_key
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import SignIn, User
from portal.services import accounts, audit, outbox, seeing_as
from portal.services.second_factor import Browser
from portal.web.errors import RefusedRequest

SESSION_TOKEN = "sign_in"


def listen(app: Flask) -> None:
    user_logged_in.connect(_remember_browser, app)
    user_logged_out.connect(_forget_browser, app)
    signals.user_registered.connect(_registered, app)
    signals.user_confirmed.connect(_confirmed, app)
    signals.reset_password_instructions_sent.connect(_reset_asked, app)
    signals.password_reset.connect(_password_reset, app)
    signals.password_changed.connect(_password_changed, app)
    signals.change_email_confirmed.connect(_address_changed, app)


def this_browser() -> str | None:
    """The digest of this browser's sign-in."""
    token = session.get(SESSION_TOKEN)
    return accounts.digest_of(token) if token else None


def renewed() -> tuple[Browser, str]:
    """This browser's sign-in with a new token, and the token: `renew` puts it into the cookie once it is stored."""
    token = secrets.token_urlsafe(32)
    return Browser(this_browser() or "", accounts.digest_of(token)), token


def renew(token: str) -> None:
    session[SESSION_TOKEN] = token


def _remember_browser(_app: Flask, user: User, **_: Any) -> None:
    token = secrets.token_urlsafe(32)
    session[SESSION_TOKEN] = token
    session.permanent = (
        True  # the cookie outlives the window; the row below decides how long it is good
    )
    now = clock.now()
    db.session.add(
        SignIn(
            user_id=user.id,
            token_digest=accounts.digest_of(token),
            created_at=now,
            seen_at=now,
            agent=(request.user_agent.string or "")[:200],
            second_factor_at=now if request.endpoint == "passkeys.sign_in" else None,
        )
    )
    accounts.note(db.session(), "account.signed_in", user, at=now)


def _forget_browser(_app: Flask, user: User, **_: Any) -> None:
    digest = this_browser()
    session.pop(SESSION_TOKEN, None)
    if digest:
        if "sign_in_id" in g:
            seeing_as.end_within(db.session(), user.id, g.sign_in_id, clock.now())
        db.session.execute(
            sa.update(SignIn)
            .where(SignIn.token_digest == digest, SignIn.ended_at.is_(None))
            .values(ended_at=clock.now())
        )
    if request.endpoint == "security.logout":
        accounts.note(db.session(), "account.signed_out", user, at=clock.now())
        flash("You are signed out.", "good")


def _registered(_app: Flask, user: User, **_: Any) -> None:
    db.session.flush()
    audit.record(
        db.session(), "account.registered", at=clock.now(), actor_id=user.id,
        subject=("user", user.id), after={"consent": True, "of_age": True},
    )  # fmt: skip


def _confirmed(_app: Flask, user: User, **_: Any) -> None:
    accounts.note(db.session(), "account.confirmed", user, at=clock.now())


def _reset_asked(_app: Flask, user: User, token: str, **_: Any) -> None:
    """Only the newest link works: the token's digest replaces the one before it."""
    user.reset_digest = accounts.digest_of(token)
    accounts.note(db.session(), "account.reset_asked", user, at=clock.now())


def _password_reset(_app: Flask, user: User, **_: Any) -> None:
    now = clock.now()
    token = (request.view_args or {}).get("token", "")
    if not accounts.use_reset_link(db.session(), user.id, accounts.digest_of(token)):
        db.session.rollback()
        raise RefusedRequest(
            Refused(
                "This link was used already",
                "Each link sets a password once, and a newer link replaces it.",
                "If it was not you, ask for a new link now.",
            ),
            "/reset",
            "Ask for a new link",
        )
    if user.confirmed_at is None:  # whoever follows the link reads the mail of this address
        user.confirmed_at = now
    accounts.end_sign_ins(db.session(), user.id, at=now)
    accounts.note(db.session(), "account.password_reset", user, at=now)


def _password_changed(_app: Flask, user: User, **_: Any) -> None:
    now = clock.now()
    user.reset_digest = None
    db.session.flush()
    accounts.end_sign_ins(db.session(), user.id, at=now, keep=this_browser())
    accounts.note(db.session(), "account.password_changed", user, at=now)


def _address_changed(_app: Flask, user: User, old_email: str, **_: Any) -> None:
    """The old address is told; links sent to it and other browsers stop working."""
    now = clock.now()
    user.email_key = email_key(user.email)
    user.reset_digest = None
    db.session.flush()
    keep = this_browser() if current_user.is_authenticated and current_user.id == user.id else None
    accounts.end_sign_ins(db.session(), user.id, at=now, keep=keep)
    outbox.queue(
        db.session(), "account_address_changed", at=now, recipient=old_email, user_id=user.id,
        user=user,
    )  # fmt: skip
    accounts.note(db.session(), "account.address_changed", user, at=now)
