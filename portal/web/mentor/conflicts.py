"""A reader says that they know an applicant: from then on the application is not there for them."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import TextAreaField

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.queries.reading import open_application
from portal.services import conflicts
from portal.web.guard import received_at, viewer
from portal.web.mentor.navigation import local_navigation
from portal.web.policies import policy

bp = Blueprint("review_conflicts", __name__, url_prefix="/review")
bp.context_processor(local_navigation)


class ConflictForm(FlaskForm):
    reason = TextAreaField(
        "How do you know them?",
        description="For the programme’s admins, in a sentence: supervised, works with me, a relative. The applicant"
        " does not see it.",
    )


@bp.route("/<int:application>/conflict", methods=["GET", "POST"])
@policy(Policy.MENTOR)
def declare(application: int) -> ResponseReturnValue:
    """What it means, and the button."""
    page = open_application(viewer(), application, received_at())
    if page is None:
        abort(404)
    form = ConflictForm()
    if request.method == "GET":
        return render_template("mentor/conflicts/declare.html", page=page, form=form, refusal=None)
    answer = conflicts.declare(viewer(), application, form.reason.data or "", now=received_at())
    if isinstance(answer, Refused):
        shown = render_template(
            "mentor/conflicts/declare.html", page=page, form=form, refusal=answer
        )
        return shown, 409
    flash("You will not meet this application again. Its other readers go on.", "good")
    return redirect(url_for("review_queue.index"))
