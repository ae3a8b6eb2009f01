"""Admin: everybody's accounts, roles, and invitations."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.domain.seeing_as import may_see_as
from portal.domain.verdict import Refused, Verdict
from portal.queries import accounts as query
from portal.queries.second_factor import factors_of
from portal.services import accounts, invitations
from portal.web.admin.navigation import local_navigation
from portal.web.admin.people_forms import DisableForm, InvitationForm
from portal.web.errors import RefusedRequest
from portal.web.guard import own_id, received_at, viewer
from portal.web.pagination import page_number
from portal.web.policies import policy

bp = Blueprint("admin_people", __name__, url_prefix="/admin/people")
bp.context_processor(local_navigation)


def _or_refuse(verdict: Verdict, back: str) -> None:
    if isinstance(verdict, Refused):
        raise RefusedRequest(verdict, back, "Back")


@bp.get("")
@policy(Policy.ADMIN)
def index() -> ResponseReturnValue:
    words = request.args.get("q", "").replace("\0", "").strip()[:200]
    kind = request.args.get("kind", "")
    number = page_number()
    page = query.people(viewer(), words, kind, number, received_at())
    return render_template("admin/people/people.html", page=page, words=words, kind=kind)


@bp.route("/<int:user_id>", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def person(user_id: int) -> ResponseReturnValue:
    """One account. Posting the form disables it."""
    line = query.person(viewer(), user_id, received_at())
    if line is None:
        abort(404)
    form = DisableForm()
    here = url_for(".person", user_id=user_id)
    if form.validate_on_submit():
        _or_refuse(
            accounts.set_active(
                own_id(), user_id, False, reason=form.reason.data or "", now=received_at()
            ),
            here,
        )
        flash("The account is disabled, and signed out everywhere.", "good")
        return redirect(here)
    page = render_template(
        "admin/people/person.html",
        line=line,
        form=form,
        is_self=user_id == own_id(),
        applications=query.applications_of(viewer(), user_id),
        sign_ins=query.sign_ins_of(viewer(), user_id, received_at()),
        factors=factors_of(viewer(), user_id),
        sees_as_them=may_see_as(
            is_self=user_id == own_id(),
            is_admin=line.user.is_admin,
            may_sign_in=line.user.may_sign_in,
        ),
    )
    return page, 422 if request.method == "POST" else 200


@bp.post("/<int:user_id>/enable")
@policy(Policy.ADMIN)
def enable(user_id: int) -> ResponseReturnValue:
    here = url_for(".person", user_id=user_id)
    _or_refuse(accounts.set_active(own_id(), user_id, True, reason="", now=received_at()), here)
    flash("The account can be used again.", "good")
    return redirect(here)


@bp.post("/<int:user_id>/remove-admin")
@policy(Policy.ADMIN)
def remove_admin(user_id: int) -> ResponseReturnValue:
    here = url_for(".person", user_id=user_id)
    _or_refuse(accounts.remove_admin(own_id(), user_id, now=received_at()), here)
    flash("The account is no admin any more.", "good")
    return redirect(url_for(".index") if user_id == own_id() else here)


@bp.post("/<int:user_id>/roles/<int:member_id>/remove")
@policy(Policy.ADMIN)
def remove_role(user_id: int, member_id: int) -> ResponseReturnValue:
    line = query.person(viewer(), user_id, received_at())
    if line is None or member_id not in [role.member_id for role in line.roles]:
        abort(404)
    here = url_for(".person", user_id=user_id)
    _or_refuse(invitations.remove_member(own_id(), member_id, received_at()), here)
    flash("The role is taken back.", "good")
    return redirect(here)


@bp.get("/invitations")
@policy(Policy.ADMIN)
def pending() -> ResponseReturnValue:
    return render_template(
        "admin/people/invitations.html", invitations=query.pending_invitations(viewer())
    )


@bp.route("/invitations/new", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def invite() -> ResponseReturnValue:
    form = InvitationForm(data={"email": request.args.get("email", "")})
    form.offer(
        query.streams_to_invite_to(viewer(), received_at()),
        query.profiles_without_account(viewer()),
    )
    if form.validate_on_submit():
        invitations.invite(own_id(), form.email.data or "", form.offered(), received_at())
        flash(f"The invitation to {form.email.data} is on its way.", "good")
        return redirect(url_for(".pending"))
    page = render_template("admin/people/invite.html", form=form)
    return page, 422 if request.method == "POST" else 200


@bp.post("/invitations/<int:invitation_id>/withdraw")
@policy(Policy.ADMIN)
def withdraw(invitation_id: int) -> ResponseReturnValue:
    _or_refuse(invitations.withdraw(own_id(), invitation_id, received_at()), url_for(".pending"))
    flash("The invitation is withdrawn; its link no longer works.", "good")
    return redirect(url_for(".pending"))


@bp.post("/invitations/<int:invitation_id>/again")
@policy(Policy.ADMIN)
def send_again(invitation_id: int) -> ResponseReturnValue:
    _or_refuse(invitations.send_again(own_id(), invitation_id, received_at()), url_for(".pending"))
    flash("A new e-mail is on its way. The link in the old one no longer works.", "good")
    return redirect(url_for(".pending"))
