"""The link of an invitation: what it is about, and a button that only the invited account can use."""

from flask import Blueprint, abort, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.domain.accounts import may_accept
from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.queries.accounts import invitation_by_link
from portal.services import invitations, second_factor
from portal.web.account.account import AFTER_SIGN_IN
from portal.web.account.events import renew, renewed, this_browser
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.policies import policy

bp = Blueprint("invitations", __name__, url_prefix="/invitations")


@bp.get("/<token>")
@policy(Policy.ACCOUNT)
def show(token: str) -> ResponseReturnValue:
    invitation = invitation_by_link(token)
    if invitation is None:
        abort(404)
    signed_in = viewer().is_signed_in
    verdict = may_accept(
        matches=not signed_in or current_user.email_key == invitation.email_key,
        now=received_at(),
        expires_at=invitation.expires_at,
        accepted_at=invitation.accepted_at,
        withdrawn_at=invitation.withdrawn_at,
    )
    if isinstance(verdict, Refused):
        raise RefusedRequest(verdict, "/account" if signed_in else "/login", "Go on")
    if not signed_in:
        session[AFTER_SIGN_IN] = url_for(".show", token=token)
    return render_template(
        "account/invitation.html", invitation=invitation, token=token, signed_in=signed_in
    )


@bp.post("/<token>")
@policy(Policy.OWN)
def accept(token: str) -> ResponseReturnValue:
    user_id = viewer().user_id
    assert user_id is not None
    if invitation_by_link(token) is None:
        abort(404)
    verdict = invitations.accept(user_id, token, this_browser(), received_at())
    if isinstance(verdict, Refused):
        raise RefusedRequest(verdict, "/account", "To your account")
    browser, renewed_token = renewed()
    if second_factor.renew_sign_in(user_id, browser):
        renew(renewed_token)
    flash("You have accepted the invitation.", "good")
    return redirect(url_for("account.start"))
