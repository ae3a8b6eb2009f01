"""Look a round's decisions over, and release them to everybody at one instant."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.decisions import Release
from portal.domain.permissions import Policy
from portal.domain.review import Outcome
from portal.domain.rounds import phase
from portal.domain.verdict import Refused
from portal.models import Round
from portal.queries import release as looking
from portal.queries.admin_rounds import find_round
from portal.services.release import release
from portal.web.guard import received_at, viewer
from portal.web.policies import policy

bp = Blueprint("admin_decisions", __name__, url_prefix="/admin/rounds/<slug>/decisions")

Answer = str | Response | tuple[str, int]


@bp.get("")
@policy(Policy.ADMIN)
def show(slug: str) -> str:
    return _render(_round(slug))


@bp.post("/release")
@policy(Policy.ADMIN)
def send(slug: str) -> Answer:
    round_ = _round(slug)
    typed = request.form.get("number", "").strip().replace(",", "")
    asked = Release(
        typed=int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None,
        decline_undecided="decline_undecided" in request.form,
        seen=request.form.get("seen", ""),
    )
    answer = release(viewer(), round_.id, asked, now=received_at())
    if isinstance(answer, Refused):
        return _render(round_, answer, asked), 409
    if answer.told:
        people = "person is" if answer.told == 1 else "people are"
        flash(f"The decisions are released. {answer.told:,} {people} told by mail.", "good")
    else:
        flash("These decisions had been released already. Nothing was changed.", "info")
    return redirect(url_for("admin_decisions.show", slug=slug))


def _round(slug: str) -> Round:
    round_ = find_round(viewer(), slug)
    if round_ is None:
        abort(404)
    return round_


def _render(round_: Round, refusal: Refused | None = None, asked: Release | None = None) -> str:
    return render_template(
        "admin/decisions/show.html",
        round=round_,
        phase=phase(round_, received_at()),
        view=looking.overview(round_.id, received_at()),
        outcomes=list(Outcome),
        refusal=refusal,
        asked=asked,
    )
