"""Passkeys: signing in with one instead of a password, and one's own list of them."""

from flask import (
    Blueprint,
    abort,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security.utils import login_user

from portal.adapters import passkeys as keys
from portal.adapters.passkeys import Purpose
from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.queries import second_factor as query
from portal.services import passkeys
from portal.web.account import factor_forms as forms
from portal.web.account.account import AFTER_SIGN_IN
from portal.web.account.code_tries import Try
from portal.web.account.events import renewed, this_browser
from portal.web.account.second_factor import added, unproven, way_back
from portal.web.errors import RefusedRequest
from portal.web.guard import own_id, received_at, viewer
from portal.web.policies import policy

UNKNOWN = "This passkey does not sign in here. Try another one, or use your password."

bp = Blueprint("passkeys", __name__)


@bp.before_request
def only_where_they_work() -> None:
    """Browsers bind passkeys to a name over https, and to localhost; at other addresses there is nothing to do."""
    if not keys.are_possible():
        abort(404)


@bp.get("/login/passkey/options")
@policy(Policy.ACCOUNT)
def sign_in_options() -> ResponseReturnValue:
    """What the browser asks any passkey for this site to sign. The same for everybody; changes nothing."""
    return jsonify(keys.ask(Purpose.SIGN_IN, None, received_at()))


@bp.post("/login/passkey")
@policy(Policy.ACCOUNT)
def sign_in() -> ResponseReturnValue:
    """Sign in without a password. The passkey has checked its owner, so it is the second factor as well."""
    back = way_back()
    if current_user.is_authenticated:
        return redirect(back or url_for("account.start"))
    attempt = Try("passkey")
    attempt.begin()
    answer, ticket = request.form.get("passkey_answer", ""), request.form.get("passkey_ticket", "")
    user = passkeys.sign_in(answer, ticket, received_at())
    if not attempt.end(user is not None) or not login_user(user, authn_via=["passkey"]):
        flash(UNKNOWN, "bad")
        return redirect(url_for("security.login", next=back or None))
    if back:
        session.pop(AFTER_SIGN_IN, None)
    return redirect(back or url_for("account.start"))


@bp.get("/account/passkeys/new")
@policy(Policy.OWN)
def new() -> ResponseReturnValue:
    return unproven(request.full_path) or _page(_form())


@bp.post("/account/passkeys/options")
@policy(Policy.OWN)
def new_options() -> ResponseReturnValue:
    """What the browser makes a passkey from, once name and password are right.

    Until then nothing: the script then sends the form itself, and the page that answers says what is missing.
    """
    form = _form()
    if unproven("") is not None or not form.validate_on_submit():
        return jsonify({})
    own = query.own_passkeys(viewer())
    handle = own[0].user_handle if own else keys.new_handle()
    known = [key.credential_id for key in own]
    return jsonify(
        keys.ask_for_new(
            own_id(), handle, current_user.email, current_user.name, known, received_at()
        )
    )


@bp.post("/account/passkeys/new")
@policy(Policy.OWN)
def add() -> ResponseReturnValue:
    first = unproven(url_for("account.own"))
    if first is not None:
        return first
    form, back = _form(), way_back()
    if not form.validate_on_submit():
        return _page(form), 422
    browser, token = renewed()
    codes = passkeys.add(
        own_id(),
        name=form.name.data or "",
        answer=form.passkey_answer.data or "",
        ticket=form.passkey_ticket.data or "",
        browser=browser,
        now=received_at(),
    )
    if isinstance(codes, Refused):
        raise RefusedRequest(codes, url_for(".new", next=back or None), "Back")
    return added(codes, token, back, "The passkey is added. You can sign in with it.")


def _form() -> forms.PasskeyForm:
    found = query.own_factors(viewer())
    return (forms.PasskeyForm if found else forms.FirstPasskeyForm)(next=way_back())


def _page(form: forms.PasskeyForm) -> str:
    return render_template("account/second_factor/new_passkey.html", form=form)


@bp.route("/account/passkeys/<int:passkey_id>", methods=["GET", "POST"])
@policy(Policy.OWN)
def rename(passkey_id: int) -> ResponseReturnValue:
    found = query.own_passkey(viewer(), passkey_id)
    if found is None:
        abort(404)
    form = forms.NameForm(obj=found)
    if form.validate_on_submit():
        passkeys.rename(own_id(), passkey_id, form.name.data or "", received_at())
        flash("The passkey has its new name.", "good")
        return redirect(url_for("account.own"))
    page = render_template("account/second_factor/rename.html", form=form, passkey=found)
    return page, 422 if request.method == "POST" else 200


@bp.post("/account/passkeys/<int:passkey_id>/remove")
@policy(Policy.OWN)
def remove(passkey_id: int) -> ResponseReturnValue:
    if query.own_passkey(viewer(), passkey_id) is None:
        abort(404)
    first = unproven(url_for("account.own"))
    if first is not None:
        return first
    if not passkeys.remove(own_id(), passkey_id, this_browser(), received_at()):
        abort(404)
    flash("The passkey is removed. It does not sign in any more.", "good")
    return redirect(url_for("account.own"))
