"""Seeing the portal as oneself again. Beginning it is an admin's page; ending it is reached from every page."""

from flask import Blueprint, flash, g, redirect
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.services import seeing_as
from portal.web.guard import own_id, received_at
from portal.web.policies import policy

bp = Blueprint("seeing_as", __name__)


@bp.post("/see-as/end")
@policy(Policy.SIGNED_IN)
def end() -> ResponseReturnValue:
    """Also for a look that ended by itself, and for whoever looks as nobody."""
    user_id = seeing_as.end(own_id(), g.sign_in_id, received_at())
    if user_id is None:
        return redirect("/account/start")
    flash("You see the portal as yourself again.", "good")
    return redirect(f"/admin/people/{user_id}")
