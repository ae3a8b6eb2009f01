"""One decision at length: outcome, place, and the reason that the applicant will read."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from portal.domain.decisions import LONGEST_REASON
from portal.domain.permissions import Policy
from portal.domain.review import Outcome
from portal.queries import decisions
from portal.queries.decisions import Board, RankingRow
from portal.services.decisions import Choice, Conflict, Decided, decide
from portal.web.guard import received_at, viewer
from portal.web.mentor.navigation import local_navigation
from portal.web.numbers import whole_or
from portal.web.policies import policy

bp = Blueprint("decision", __name__, url_prefix="/review/ranking")
bp.context_processor(local_navigation)

Answer = str | Response | tuple[str, int]


class DecisionForm(FlaskForm):
    seen = HiddenField()
    outcome = RadioField(
        "Decision",
        choices=[
            SelectChoice("", "Undecided"),
            *(SelectChoice(each.value, each.words) for each in Outcome),
        ],
        validate_choice=False,
    )
    rank = StringField(
        "Place", description="Among those accepted, or on the waitlist. Empty: at the end."
    )
    reason = TextAreaField(
        "Reason",
        description="The applicant reads it after the release. A concrete strong point and what was"
        " missing help; Markdown works.",
    )


@bp.route("/<int:application>", methods=["GET", "POST"])
@policy(Policy.LEAD)
def one(application: int) -> Answer:
    found = decisions.one(viewer(), application, received_at())
    if found is None:
        abort(404)
    board, row = found
    form = DecisionForm(
        data={
            "seen": row.seen,
            "outcome": row.outcome.value if row.outcome else "",
            "rank": row.rank or "",
            "reason": row.reason,
        }
    )
    if not form.validate_on_submit():
        return _render(board, row, form)
    choice = _choice(row, form)
    if choice is None:
        return _render(board, row, form), 422
    answer = decide(viewer(), board.stream_id, [choice], now=received_at())
    if isinstance(answer, Decided):
        flash(
            "The decision is saved." if answer.changed else "Nothing was changed.",
            "good" if answer.changed else "info",
        )
        return redirect(url_for("ranking.index", stream=board.stream_id))
    form.seen.data = str(row.seen)
    refusal = None if isinstance(answer, Conflict) else answer
    return _render(board, row, form, conflict=refusal is None, refusal=refusal), 409


def _choice(row: RankingRow, form: DecisionForm) -> Choice | None:
    """What was asked for; None, with the errors at their fields, where it makes no sense."""
    place = str(form.rank.data or "").strip()  # a number where the form came without the field
    reason = (form.reason.data or "").replace("\r\n", "\n").strip()
    if place and not 0 < whole_or(place, 0) < 100_000:
        form.rank.errors = ["Place: enter a whole number from 1, or leave it empty"]
    over = len(reason) - LONGEST_REASON
    if over > 0:
        form.reason.errors = [f"Reason: {over} characters over the limit of {LONGEST_REASON}"]
    if form.errors:
        return None
    chosen = form.outcome.data or ""
    return Choice(
        key=row.id,
        seen=whole_or(form.seen.data, 0),
        outcome=Outcome(chosen) if chosen in set(Outcome) else None,
        rank=int(place) if place and int(place) != row.rank else None,
        reason=reason,
    )


def _render(
    board: Board,
    row: RankingRow,
    form: DecisionForm,
    *,
    conflict: bool = False,
    refusal: object = None,
) -> str:
    return render_template(
        "mentor/ranking/decision.html",
        board=board,
        row=row,
        form=form,
        reused=decisions.reused_reasons(viewer(), board.stream_id),
        conflict=conflict,
        refusal=refusal,
    )
