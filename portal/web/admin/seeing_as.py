"""Admin: seeing the portal as an applicant or a mentor sees it. `guard` decides what opens meanwhile."""

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.domain.seeing_as import LASTS, may_see_as
from portal.domain.verdict import Refused
from portal.queries import accounts as query
from portal.services import seeing_as
from portal.web.admin.navigation import local_navigation
from portal.web.admin.people_forms import SeeingForm
from portal.web.errors import RefusedRequest
from portal.web.guard import own_id, received_at, viewer
from portal.web.policies import policy

bp = Blueprint("admin_seeing_as", __name__, url_prefix="/admin/people")
bp.context_processor(local_navigation)


@bp.route("/<int:user_id>/see-as", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def person(user_id: int) -> ResponseReturnValue:
    """What it means, and the form that begins it."""
    line = query.person(viewer(), user_id, received_at())
    if line is None:
        abort(404)
    user, form = line.user, SeeingForm()
    may = may_see_as(
        is_self=user_id == own_id(), is_admin=user.is_admin, may_sign_in=user.may_sign_in
    )
    back = url_for("admin_people.person", user_id=user_id)
    if isinstance(may, Refused):
        raise RefusedRequest(may, back, "Back")
    if form.validate_on_submit():
        verdict = seeing_as.begin(
            viewer(), g.sign_in_id, user_id, form.reason.data or "", received_at()
        )
        if isinstance(verdict, Refused):
            raise RefusedRequest(verdict, back, "Back")
        flash("Nothing that you press on these pages is taken, until you end this.", "info")
        return redirect("/review" if line.roles else "/apply")
    page = render_template(
        "admin/people/see_as.html",
        user=user,
        form=form,
        minutes=int(LASTS.total_seconds() // 60),
    )
    return page, 422 if request.method == "POST" else 200
