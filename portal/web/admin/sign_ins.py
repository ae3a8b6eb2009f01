"""Admin: where somebody is signed in, and ending that for them. They are told by letter."""

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.services import sign_ins
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.policies import policy

bp = Blueprint("admin_sign_ins", __name__, url_prefix="/admin/people")


@bp.post("/<int:user_id>/sign-ins/<int:sign_in_id>/end")
@policy(Policy.ADMIN)
def end_one(user_id: int, sign_in_id: int) -> ResponseReturnValue:
    return _ended(user_id, sign_in_id, "That browser is signed out, and the person is told.")


@bp.post("/<int:user_id>/sign-ins/end")
@policy(Policy.ADMIN)
def end_all(user_id: int) -> ResponseReturnValue:
    return _ended(user_id, None, "The person is signed out everywhere, and told.")


def _ended(user_id: int, sign_in_id: int | None, said: str) -> ResponseReturnValue:
    found = sign_ins.end(viewer(), user_id, sign_in_id, received_at())
    here = url_for("admin_people.person", user_id=user_id)
    if isinstance(found, Refused):
        raise RefusedRequest(found, here, "Back")
    if found == 0 and sign_in_id is not None:
        abort(404)
    flash(said if found else "They were signed in nowhere.", "good")
    return redirect(here)
