"""One's own account: details, where one is signed in, closing it; and the steps around signing in."""

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from portal.adapters import passkeys as keys
from portal.domain.mail import HINTS, TITLES, Optional
from portal.domain.permissions import Policy, Viewer
from portal.domain.verdict import Refused
from portal.queries import accounts as query
from portal.queries import second_factor as factors
from portal.services import accounts, mail_choices
from portal.web.account import forms
from portal.web.account.events import this_browser
from portal.web.account.second_factor import shown_first
from portal.web.errors import RefusedRequest
from portal.web.guard import own_id, received_at, viewer
from portal.web.policies import policy
from portal.web.redirects import is_own_page

AFTER_SIGN_IN = "after_sign_in"  # where somebody was going who had to sign in or register first

bp = Blueprint("account", __name__)


def front_page(seen: Viewer) -> str:
    """Where somebody's work is."""
    full = seen.in_full
    if full.is_admin:
        return "/admin"
    return "/review" if full.stream_ids else "/apply"


@bp.get("/account/start")
@policy(Policy.OWN)
def start() -> ResponseReturnValue:
    """Just signed in: on to where they were going, else to where their work is."""
    wanted = session.pop(AFTER_SIGN_IN, None)
    return redirect(wanted if is_own_page(wanted) else front_page(viewer()))


@bp.get("/register/check-your-mail")
@policy(Policy.ACCOUNT)
def check_your_mail() -> ResponseReturnValue:
    return render_template("account/check_your_mail.html")


@bp.get("/account")
@policy(Policy.OWN)
def own() -> ResponseReturnValue:
    return render_template(
        "account/account.html",
        user=current_user,
        second=factors.own_list(viewer()),
        passkeys_work=keys.are_possible(),
        optional_mail=[(group, TITLES[group], HINTS[group]) for group in Optional],
        sign_ins=query.open_sign_ins(viewer(), this_browser(), received_at()),
    )


@bp.route("/account/details", methods=["GET", "POST"])
@policy(Policy.OWN)
def details() -> ResponseReturnValue:
    form = forms.DetailsForm(obj=current_user)
    if form.validate_on_submit():
        accounts.save_details(
            own_id(), name=form.name.data or "", time_zone=form.time_zone.data, now=received_at()
        )
        flash("Your details are saved.", "good")
        return redirect(url_for(".own"))
    return render_template("account/details.html", form=form), 422 if request.form else 200


@bp.post("/account/mail")
@policy(Policy.OWN)
def choose_mail() -> ResponseReturnValue:
    """Stop a group of mail that is not essential, or with `wanted` take it up again."""
    group, wanted = request.form.get("group", ""), bool(request.form.get("wanted"))
    if group not in set(Optional):
        abort(400)
    mail_choices.choose(own_id(), Optional(group), wanted, now=received_at())
    flash("You get these e-mails again." if wanted else "You get no more of these e-mails.", "good")
    return redirect(url_for(".own"))


@bp.post("/account/sign-ins/<int:sign_in_id>/end")
@policy(Policy.OWN)
def end_sign_in(sign_in_id: int) -> ResponseReturnValue:
    if not accounts.end_one_sign_in(own_id(), sign_in_id, received_at()):
        abort(404)
    flash("That browser is signed out.", "good")
    return redirect(url_for(".own"))


@bp.post("/account/sign-ins/end-others")
@policy(Policy.OWN)
def end_other_sign_ins() -> ResponseReturnValue:
    accounts.end_other_sign_ins(own_id(), this_browser() or "", received_at())
    flash("Every other browser is signed out.", "good")
    return redirect(url_for(".own"))


@bp.route("/account/close", methods=["GET", "POST"])
@policy(Policy.OWN)
@shown_first
def close() -> ResponseReturnValue:
    form = forms.ClosingForm()
    if form.validate_on_submit():
        verdict = accounts.close(own_id(), received_at())
        if isinstance(verdict, Refused):
            raise RefusedRequest(verdict, url_for(".own"), "Back to your account")
        logout_user()
        flash("Your account is closed, and you are signed out.", "good")
        return redirect(url_for("security.login"))
    page = render_template(
        "account/close.html", form=form, rounds=query.undecided_applications(viewer())
    )
    return page, 422 if request.form else 200
