"""Admin: how many of a round gave each optional answer, in groups of five or more, and nobody's own answers."""

from flask import Blueprint, Response, abort, render_template

from portal.domain.permissions import Policy
from portal.domain.survey import LEAST
from portal.models import Round
from portal.queries.admin_rounds import find_round
from portal.queries.survey import report
from portal.web.admin.navigation import local_navigation
from portal.web.csv_export import csv_file
from portal.web.guard import received_at, viewer
from portal.web.policies import policy

bp = Blueprint("admin_survey", __name__, url_prefix="/admin/rounds/<slug>/survey")
bp.context_processor(local_navigation)
KEPT_BACK = f"fewer than {LEAST}, or kept back with one that is"


@bp.get("")
@policy(Policy.ADMIN)
def show(slug: str) -> str:
    round_ = _round(slug)
    return render_template(
        "admin/survey/show.html",
        round=round_,
        report=report(viewer(), round_, received_at()),
        least=LEAST,
    )


@bp.get("/table.csv")
@policy(Policy.ADMIN)
def table(slug: str) -> Response:
    """The same groups as on the page, and no other number."""
    found = report(viewer(), _round(slug), received_at())
    rows = [
        (each.question.words, group.words, KEPT_BACK if group.count is None else group.count)
        for each in found.tallies
        for group in each.groups
    ]
    return csv_file(f"survey-{slug}.csv", ("Question", "Answer", "People"), rows)


def _round(slug: str) -> Round:
    round_ = find_round(viewer(), slug)
    if round_ is None:
        abort(404)
    return round_
