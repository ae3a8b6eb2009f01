"""One's own second factor: shown before privileged pages, set up, taken off; and recovery codes."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import (
    Blueprint,
    Flask,
    abort,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.adapters import authenticators
from portal.adapters import passkeys as keys
from portal.adapters.passkeys import Purpose
from portal.domain.permissions import Policy
from portal.domain.second_factor import Proof, proof_wanted
from portal.queries import second_factor as query
from portal.services import passkeys
from portal.services import second_factor as factors
from portal.web.account import factor_forms as forms
from portal.web.account.code_tries import Try
from portal.web.account.events import renew, renewed, this_browser
from portal.web.guard import own_id, received_at, shown_at, viewer
from portal.web.policies import policy
from portal.web.redirects import is_own_page

View = Callable[..., Any]

bp = Blueprint("second_factor", __name__, url_prefix="/account/second-factor")


def way_back() -> str:
    """Where somebody was going, "" if nowhere or elsewhere."""
    wanted = request.form.get("next") or request.args.get("next")
    return wanted if wanted and is_own_page(wanted) else ""


def unproven(back: str) -> ResponseReturnValue | None:
    """Before factors are changed, one that there is must be shown: the way there, or None when that is done."""
    wanted = proof_wanted(query.own_factors(viewer()), shown_at(), received_at())
    if wanted is not Proof.FACTOR:
        return None
    if request.method == "POST":
        flash("Show your second factor first, then press the button again.", "info")
    return redirect(url_for("second_factor.show", next=back))


def shown_first(view: View) -> View:
    """Put the second factor of an account that has one before a view by which its owner could be shut out."""

    @wraps(view)
    def asked(**values: Any) -> Any:
        if shown_at() is None and current_user.is_authenticated and query.own_factors(viewer()):
            return redirect(url_for("second_factor.show", next=request.path))
        return view(**values)

    return asked


def put_before_changes(app: Flask) -> None:
    """Whoever has the password alone changes neither it nor the address of an account that has a second factor."""
    views = app.view_functions
    for name in ("security.change_password", "security.change_email"):
        views[name] = shown_first(views[name])


def go_on(token: str, back: str) -> ResponseReturnValue:
    """The factor was shown: a new token for this browser, and on."""
    renew(token)
    return redirect(back or url_for("account.start"))


def added(codes: list[str], token: str, back: str, said: str) -> ResponseReturnValue:
    """A factor was added. Recovery codes that came with it are shown on this answer, and never again."""
    renew(token)
    if codes:
        return render_template("account/second_factor/codes.html", codes=codes, back=back)
    flash(said, "good")
    return redirect(back or url_for("account.own"))


@bp.route("", methods=["GET", "POST"])
@policy(Policy.OWN)
def show() -> ResponseReturnValue:
    """Ask for a code or a passkey; where there is no factor yet, say how to get one."""
    back = way_back()
    found = query.own_factors(viewer())
    if not found:
        return render_template(
            "account/second_factor/choose.html", back=back, passkeys_work=keys.are_possible()
        )
    if proof_wanted(found, shown_at(), received_at()) is Proof.NOTHING:
        return redirect(back or url_for("account.own"))
    form = forms.CodeForm(next=back)
    if form.validate_on_submit():
        browser, token = renewed()
        attempt = Try("app", own_id())
        attempt.begin()
        if attempt.end(factors.show_code(own_id(), form.code.data or "", browser, received_at())):
            return go_on(token, back)
        form.code.errors = [forms.WRONG_CODE]
    page = render_template(
        "account/second_factor/show.html",
        form=form, factors=found, back=back, passkeys_work=keys.are_possible(),
    )  # fmt: skip
    return page, 422 if request.method == "POST" else 200


@bp.get("/passkey/options")
@policy(Policy.OWN)
def passkey_options() -> ResponseReturnValue:
    """What the browser asks one of this account's passkeys to sign. Changes nothing."""
    known = [key.credential_id for key in query.own_passkeys(viewer())]
    if not known or not keys.are_possible():
        abort(404)
    return jsonify(keys.ask(Purpose.SHOW, own_id(), received_at(), known))


@bp.post("/passkey")
@policy(Policy.OWN)
def show_passkey() -> ResponseReturnValue:
    back = way_back()
    browser, token = renewed()
    attempt = Try("passkey")
    attempt.begin()
    answer, ticket = request.form.get("passkey_answer", ""), request.form.get("passkey_ticket", "")
    if attempt.end(passkeys.show(own_id(), answer, ticket, browser, received_at())):
        return go_on(token, back)
    flash("The passkey could not be checked. Try again.", "bad")
    return redirect(url_for(".show", next=back or None))


@bp.route("/recovery", methods=["GET", "POST"])
@policy(Policy.OWN)
def recovery() -> ResponseReturnValue:
    """A recovery code in the place of a factor."""
    back = way_back()
    found = query.own_factors(viewer())
    if not found:
        return redirect(url_for(".show", next=back or None))
    form = forms.RecoveryForm(next=back)
    if form.validate_on_submit():
        browser, token = renewed()
        attempt = Try("recovery", own_id())
        attempt.begin()
        if attempt.end(
            factors.show_recovery_code(own_id(), form.code.data or "", browser, received_at())
        ):
            flash(
                "The recovery code worked, and will not work again. "
                "If your phone or key is lost, take it off here and set up another.",
                "good",
            )
            renew(token)
            return redirect(url_for("account.own"))
        form.code.errors = [forms.WRONG_RECOVERY_CODE]
    page = render_template("account/second_factor/recovery.html", form=form, back=back)
    return page, 422 if request.method == "POST" else 200


@bp.route("/app", methods=["GET", "POST"])
@policy(Policy.OWN)
def app() -> ResponseReturnValue:
    """Set up an authenticator app: its picture, and a first code that shows that it works."""
    back, now = way_back(), received_at()
    first = unproven(request.full_path)
    if first is not None:
        return first
    found = query.own_factors(viewer())
    form = (forms.AuthenticatorForm if found else forms.FirstAuthenticatorForm)(next=back)
    secret = authenticators.secret_in(form.setup_ticket.data or "", own_id(), now)
    if secret is None:
        if request.method == "POST":
            flash("This picture is too old. Here is a new one.", "warn")
            return redirect(url_for(".app", next=back or None))
        secret = authenticators.new_secret()
        form.setup_ticket.data = authenticators.ticket_for(secret, own_id(), now)
    if form.validate_on_submit():
        browser, token = renewed()
        codes = factors.add_authenticator(own_id(), secret, form.code.data or "", browser, now)
        if codes is not None:
            return added(codes, token, back, "The authenticator app is set up.")
        form.code.errors = [forms.WRONG_CODE]
    page = render_template(
        "account/second_factor/app.html",
        form=form, back=back, replaces=found.authenticator,
        picture=authenticators.picture(secret, current_user.email),
    )  # fmt: skip
    return page, 422 if request.method == "POST" else 200


@bp.post("/app/remove")
@policy(Policy.OWN)
def remove_app() -> ResponseReturnValue:
    first = unproven(url_for("account.own"))
    if first is not None:
        return first
    if not factors.remove_authenticator(own_id(), this_browser(), received_at()):
        abort(404)
    flash("The authenticator app is taken off. Its codes do not work any more.", "good")
    return redirect(url_for("account.own"))


@bp.post("/codes")
@policy(Policy.OWN)
def codes() -> ResponseReturnValue:
    """New recovery codes, shown on this answer only."""
    first = unproven(url_for("account.own"))
    if first is not None:
        return first
    made = factors.renew_codes(own_id(), this_browser(), received_at())
    if not made:
        abort(404)
    return render_template("account/second_factor/codes.html", codes=made, back="")
