"""Flask-Security, with accounts of our own: its settings, where it looks users up, and who is signed in.

What the library does well it does: registering, confirming, signing in, resetting and changing passwords and
addresses, hashing and signing. What it does not is here and beside: a table of sign-ins that each request checks,
pages with a button before links that work once (`links`), letters as rows (`mail`), audit entries (`events`),
limits (`throttle`).

The library's views commit by themselves, or not at all: `_commit` below is the one place outside the services that
does, and only for its views.
"""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, g, request, session
from flask_login import LoginManager
from flask_security import Security
from flask_security.datastore import SQLAlchemyUserDatastore
from flask_security.utils import set_request_attr
from sqlalchemy.orm import joinedload

from portal import clock
from portal.adapters import passkeys
from portal.config import Mode, Settings
from portal.demo.accounts import DEMO_PASSWORD, demo_accounts
from portal.domain import accounts as rules
from portal.extensions import db
from portal.models import SeenAs, SignIn, User
from portal.queries.accounts import known_addresses
from portal.services.accounts import digest_of as digest_of
from portal.services.accounts import note_seen
from portal.web.account import events, forms, links, second_factor
from portal.web.account.evenly import init_evenly
from portal.web.account.events import SESSION_TOKEN as SESSION_TOKEN
from portal.web.account.hashing import FewAtOnce, room_to_wait
from portal.web.account.mail import LettersByOutbox
from portal.web.account.messages import MESSAGES
from portal.web.account.passwords import PasswordRules
from portal.web.account.throttle import init_throttle

# OWASP's line: 19 MiB, two passes, one lane. Tests hash with the least there is.
ARGON2 = {"argon2__memory_cost": 19 * 1024, "argon2__time_cost": 2, "argon2__parallelism": 1}
ARGON2_IN_TESTS = {"argon2__memory_cost": 8, "argon2__time_cost": 1, "argon2__parallelism": 1}


class Accounts(SQLAlchemyUserDatastore):
    """Users by our own columns; there are no roles. An address is looked up by its key."""

    def __init__(self) -> None:
        super().__init__(db, User, None)

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> User | None:
        attribute, value = kwargs.popitem()
        if attribute == "email":
            attribute, value = "email_key", rules.email_key(value)
        found: User | None = db.session.scalar(
            sa.select(User).where(getattr(User, attribute) == value)
        )
        return found

    def _prepare_create_user_args(self, **kwargs: Any) -> dict[str, Any]:
        args: dict[str, Any] = super()._prepare_create_user_args(**kwargs)
        args.pop("roles", None)
        args["email_key"] = rules.email_key(args["email"])
        args["created_at"] = args["consented_at"] = clock.now()
        return args


def init_security(app: Flask, settings: Settings) -> Security:
    app.config.update(_settings(settings))
    app.config.update({f"SECURITY_MSG_{name}": message for name, message in MESSAGES.items()})
    security = Security(
        app,
        Accounts(),
        register_blueprint=True,
        mail_util_cls=LettersByOutbox,
        password_util_cls=PasswordRules,
        login_form=forms.SignInForm,
        register_form=forms.RegistrationForm,
        forgot_password_form=forms.ForgottenForm,
        send_confirmation_form=forms.ResendForm,
        reset_password_form=forms.NewPasswordForm,
        change_password_form=forms.ChangePasswordForm,
        change_email_form=forms.ChangeAddressForm,
    )
    security.principal.identity_loaders.clear()  # no roles here; public pages look nobody up
    security.want_json(lambda _request: False)  # pages only: no tokens, no answers in JSON
    login_manager: LoginManager = app.login_manager  # type: ignore[attr-defined]
    login_manager.user_loader(signed_in_user)
    login_manager._request_callback = None  # the library would take tokens of its own here
    security.pwd_context = FewAtOnce(
        security.pwd_context,
        at_once=settings.hashes,
        waiting=room_to_wait(settings.threads, settings.hashes),
    )
    events.listen(app)
    init_throttle(app)
    security.login_context_processor(lambda: {"passkeys_work": passkeys.are_possible()})
    if settings.is_demo:
        security.login_context_processor(_demo_accounts)
    links.put_buttons_before(app)
    second_factor.put_before_changes(app)
    if settings.mode is not Mode.TEST:
        init_evenly(app)
    app.after_request(_commit)
    return security


def _settings(settings: Settings) -> dict[str, Any]:
    return {
        "SECURITY_PASSWORD_SALT": sha256(settings.secret_key.encode()).hexdigest(),
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": (
            ARGON2_IN_TESTS if settings.mode is Mode.TEST else ARGON2
        ),
        "SECURITY_HASHING_SCHEMES": ["hex_sha256"],  # only of what stands inside signed tokens
        "SECURITY_PASSWORD_LENGTH_MIN": rules.PASSWORD_LEAST,
        "SECURITY_PASSWORD_CONFIRM_REQUIRED": False,
        "SECURITY_DATETIME_FACTORY": clock.now,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_EMAIL_PLAINTEXT": False,  # our own letters instead, see `mail`
        "SECURITY_EMAIL_HTML": False,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_FRESHNESS": timedelta(minutes=-1),  # changes ask for the password instead
        "SECURITY_REGISTERABLE": True,
        "SECURITY_CONFIRMABLE": True,
        "SECURITY_CONFIRM_EMAIL_WITHIN": timedelta(days=2),
        "SECURITY_RECOVERABLE": True,
        "SECURITY_RESET_PASSWORD_WITHIN": rules.RESET_LASTS,
        "SECURITY_CHANGEABLE": True,
        "SECURITY_CHANGE_URL": "/account/password",
        "SECURITY_CHANGE_EMAIL": True,
        "SECURITY_CHANGE_EMAIL_URL": "/account/email",
        "SECURITY_POST_REGISTER_VIEW": "/register/check-your-mail",
        "SECURITY_POST_LOGIN_VIEW": "/account/start",
        "SECURITY_POST_LOGOUT_VIEW": "/login",
        "SECURITY_POST_CHANGE_VIEW": "/account",
        "SECURITY_POST_CHANGE_EMAIL_VIEW": "/account",
        "SECURITY_CHANGE_EMAIL_ERROR_VIEW": "/account",
    }


def _demo_accounts() -> dict[str, Any]:
    """The accounts that the sign-in page of a demonstration names: those that its database holds."""
    known = known_addresses([account.email for account in demo_accounts()])
    return {
        "demo_accounts": [account for account in demo_accounts() if account.email in known],
        "demo_password": DEMO_PASSWORD,
    }


def signed_in_user(uniquifier: str) -> User | None:
    """The user of this browser's sign-in, or None once that was ended, anywhere, or has run out."""
    token = session.get(SESSION_TOKEN)
    if not token:
        return None
    row = db.session.scalar(
        sa.select(SignIn)
        .options(joinedload(SignIn.user), joinedload(SignIn.sees_as).joinedload(SeenAs.user))
        .where(SignIn.token_digest == digest_of(token), SignIn.ended_at.is_(None))
    )
    if row is None or not row.user.may_sign_in or row.user.fs_uniquifier != uniquifier:
        return None
    now = clock.now()
    if not rules.sign_in_holds(row.created_at, row.seen_at, now):
        return None
    if now - row.seen_at >= rules.SEEN_EVERY:
        note_seen(row.id, now)
    set_request_attr("fs_authn_via", "session")
    g.second_factor_at = row.second_factor_at
    g.sign_in_id, g.sees_as = row.id, row.sees_as
    return row.user


def _commit(response: Response) -> Response:
    """Commit what a view of the library changed, with the audit entry and the letter that belong to it.

    Signing in with a passkey is a view of ours that lets the library sign in.
    """
    library = request.blueprint == "security" or request.endpoint == "passkeys.sign_in"
    if library and response.status_code < 400:
        db.session.commit()
    return response
