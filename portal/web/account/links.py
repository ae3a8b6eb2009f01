"""Links in letters that work once. Opening one changes nothing, because mail programs open links to check them: each
leads to a page with a button, and only the button counts."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Flask, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security import change_email
from flask_security.confirmable import confirm_email_token_status
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import ImmutableMultiDict

from portal.domain.permissions import Policy
from portal.extensions import db
from portal.models import User
from portal.services.accounts import digest_of
from portal.web.account.account import AFTER_SIGN_IN
from portal.web.account.messages import MESSAGES
from portal.web.policies import policy
from portal.web.redirects import is_own_page

View = Callable[..., Any]

bp = Blueprint("account_links", __name__)


def put_buttons_before(app: Flask) -> None:
    """Put pages before the library's views that act on GET, and guards around those that trust too much."""
    views = app.view_functions
    views["security.confirm_email"] = _confirm(views["security.confirm_email"])
    views["security.change_email_confirm"] = new_address
    views["security.reset_password"] = _newest_only(views["security.reset_password"])
    views["security.register"] = _stay_here(_once(views["security.register"]))
    views["security.login"] = _stay_here(views["security.login"])
    views["security.logout"] = _stay_here(views["security.logout"])


def _confirm(view: View) -> View:
    @wraps(view)
    def button_first(token: str) -> Any:
        if request.method != "POST":  # HEAD is a look as well
            expired, invalid, user = confirm_email_token_status(token)
            if user and not invalid and not expired and user.confirmed_at is None:
                return render_template("account/confirm.html", email=user.email)
        return view(token=token)  # says why not, and where to get a new link

    return button_first


def _newest_only(view: View) -> View:
    @wraps(view)
    def checked(token: str) -> Any:
        if db.session.scalar(sa.select(User.id).where(User.reset_digest == digest_of(token))):
            return view(token=token)
        flash(*MESSAGES["INVALID_RESET_PASSWORD_TOKEN"])
        return redirect(url_for("security.forgot_password"))

    return checked


def _stay_here(view: View) -> View:
    """Drop a `next` that is no page of ours: the library repairs such addresses, and we refuse them."""

    @wraps(view)
    def own_pages_only(**values: Any) -> Any:
        wanted = [found for found in (request.args.get("next"), request.form.get("next")) if found]
        if all(is_own_page(target) for target in wanted):
            return _remembering(view, wanted[0] if wanted else None, values)
        if request.method != "POST":
            return redirect(url_for(str(request.endpoint), **values))
        _forget_next()
        return view(**values)

    return own_pages_only


def _forget_next() -> None:
    """Of an address that it cannot read the library makes an error; it asks for it in several places."""
    for name in ("args", "form"):
        left = [
            (key, text) for key, text in getattr(request, name).items(multi=True) if key != "next"
        ]
        setattr(request, name, ImmutableMultiDict(left))


def _remembering(view: View, wanted: str | None, values: dict[str, Any]) -> Any:
    """Keep where somebody is going for this browser's next sign-in: they may have to register and confirm first."""
    if wanted and request.method == "GET" and not current_user.is_authenticated:
        session[AFTER_SIGN_IN] = wanted
    answer = view(**values)
    if wanted and request.method == "POST" and current_user.is_authenticated:
        session.pop(AFTER_SIGN_IN, None)  # the library leads there now
    return answer


def _once(view: View) -> View:
    @wraps(view)
    def registered_once(**values: Any) -> Any:
        try:
            return view(**values)
        except IntegrityError:  # the same person pressed twice; the first press made the account
            db.session.rollback()
            return redirect(url_for("account.check_your_mail"))

    return registered_once


def new_address(token: str) -> Any:
    """GET of the link in the letter to a new address: what it will do, and the button."""
    expired, invalid, user, email = change_email._verify_token_status(token)
    if expired or invalid:
        return change_email.change_email_confirm(token)
    return render_template("account/new_address.html", old=user.email, new=email, token=token)


@bp.post("/account/email/<token>")
@policy(Policy.ACCOUNT)
def take_new_address(token: str) -> ResponseReturnValue:
    """The button. The library changes the address and commits."""
    try:
        answer: ResponseReturnValue = change_email.change_email_confirm(token)
    except IntegrityError:  # somebody registered this address a moment ago
        db.session.rollback()
        flash(*MESSAGES["API_ERROR"])
        return redirect("/account")
    return answer
