"""Admin: taking off a second factor that somebody lost. One admin asks, another one agrees."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.domain.second_factor import may_decide_reset
from portal.domain.verdict import Refused
from portal.models import FactorReset
from portal.queries import accounts
from portal.queries import second_factor as query
from portal.services import factor_resets
from portal.web.admin.navigation import local_navigation
from portal.web.admin.people_forms import FactorResetForm
from portal.web.errors import RefusedRequest
from portal.web.guard import own_id, received_at, viewer
from portal.web.policies import policy

bp = Blueprint("admin_factor_resets", __name__, url_prefix="/admin/people")
bp.context_processor(local_navigation)


@bp.get("/second-factor")
@policy(Policy.ADMIN)
def index() -> ResponseReturnValue:
    """Requests that wait for a second admin."""
    found = query.open_resets(viewer())
    return render_template(
        "admin/people/resets.html",
        requests=[(each, _may_approve(each)) for each in found],
    )


@bp.route("/<int:user_id>/second-factor", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def person(user_id: int) -> ResponseReturnValue:
    """What one account has, and the form that asks for taking it off."""
    line = accounts.person(viewer(), user_id, received_at())
    if line is None:
        abort(404)
    form = FactorResetForm()
    if form.validate_on_submit():
        verdict = factor_resets.ask(viewer(), user_id, form.reason.data or "", received_at())
        if isinstance(verdict, Refused):
            raise RefusedRequest(verdict, url_for(".person", user_id=user_id), "Back")
        flash("The other admins are asked for their consent, and the person is told.", "good")
        return redirect(url_for(".person", user_id=user_id))
    waiting = query.open_reset_of(viewer(), user_id)
    page = render_template(
        "admin/people/second_factor.html",
        user=line.user,
        factors=query.factors_of(viewer(), user_id),
        form=form,
        waiting=waiting,
        approval=_may_approve(waiting) if waiting else None,
        is_self=user_id == own_id(),
    )
    return page, 422 if request.method == "POST" else 200


@bp.post("/second-factor/<int:reset_id>/approve")
@policy(Policy.ADMIN)
def approve(reset_id: int) -> ResponseReturnValue:
    return _decided(reset_id, True, "The second factor is taken off, and the person is told.")


@bp.post("/second-factor/<int:reset_id>/decline")
@policy(Policy.ADMIN)
def decline(reset_id: int) -> ResponseReturnValue:
    return _decided(reset_id, False, "The request is declined. Nothing was changed.")


def _decided(reset_id: int, approves: bool, said: str) -> ResponseReturnValue:
    if query.reset(viewer(), reset_id) is None:
        abort(404)
    verdict = factor_resets.decide(viewer(), reset_id, approves=approves, now=received_at())
    if isinstance(verdict, Refused):
        raise RefusedRequest(verdict, url_for(".index"), "To the requests")
    flash(said, "good")
    return redirect(url_for(".index"))


def _may_approve(waiting: FactorReset) -> object:
    return may_decide_reset(
        approves=True,
        is_asker=waiting.asked_by_id == own_id(),
        is_self=waiting.user_id == own_id(),
        is_open=waiting.decided_at is None,
        asked_at=waiting.asked_at,
        now=received_at(),
    )
