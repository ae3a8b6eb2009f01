"""Flask-Security, with accounts of our own: where it looks users up and how a browser stays signed in."""

import secrets
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from flask import Flask, request, session
from flask_login import user_logged_in, user_logged_out
from flask_security import Security
from flask_security.datastore import SQLAlchemyUserDatastore
from sqlalchemy.orm import joinedload

from portal import clock
from portal.config import Settings
from portal.extensions import db
from portal.models import SignIn, User

SESSION_TOKEN = "sign_in"


class Accounts(SQLAlchemyUserDatastore):
    """Users by our own columns; there are no roles."""

    def __init__(self) -> None:
        super().__init__(db, User, None)

    def _prepare_create_user_args(self, **kwargs: Any) -> dict[str, Any]:
        args = super()._prepare_create_user_args(**kwargs)
        args.pop("roles", None)
        args["email_key"] = args["email"].casefold()
        args["created_at"] = clock.now()
        return args


def init_security(app: Flask, settings: Settings) -> Security:
    app.config.update(
        SECURITY_PASSWORD_SALT=sha256(settings.secret_key.encode()).hexdigest(),
        SECURITY_DATETIME_FACTORY=clock.now,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
    )
    security = Security(app, Accounts(), register_blueprint=True)
    app.login_manager.user_loader(_signed_in_user)
    user_logged_in.connect(_remember_browser, app)
    user_logged_out.connect(_forget_browser, app)
    return security


def digest_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _signed_in_user(uniquifier: str) -> User | None:
    """The user of this browser's sign-in, or None once it was ended, anywhere."""
    token = session.get(SESSION_TOKEN)
    if not token:
        return None
    row = db.session.scalar(
        sa.select(SignIn)
        .options(joinedload(SignIn.user))
        .where(SignIn.token_digest == digest_of(token), SignIn.ended_at.is_(None))
    )
    if row is None or not row.user.active or row.user.fs_uniquifier != uniquifier:
        return None
    return row.user


def _remember_browser(_app: Flask, user: User, **_: Any) -> None:
    token = secrets.token_urlsafe(32)
    session[SESSION_TOKEN] = token
    now = clock.now()
    agent = (request.user_agent.string or "")[:200]
    db.session.add(
        SignIn(
            user_id=user.id,
            token_digest=digest_of(token),
            created_at=now,
            seen_at=now,
            agent=agent,
        )
    )


def _forget_browser(_app: Flask, **_: Any) -> None:
    token = session.pop(SESSION_TOKEN, None)
    if token:
        db.session.execute(
            sa.update(SignIn)
            .where(SignIn.token_digest == digest_of(token), SignIn.ended_at.is_(None))
            .values(ended_at=clock.now())
        )
        db.session.commit()
