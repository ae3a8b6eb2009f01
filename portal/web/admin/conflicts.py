"""Admin: conflicts of interest of a round and of one application, and decisions that nobody else may take."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.domain.review import Outcome
from portal.domain.verdict import Refused
from portal.queries import conflict_desk
from portal.queries.conflict_desk import ConflictDesk
from portal.services import conflicts
from portal.services.decisions import Choice, Conflict, Decided, decide_in_place
from portal.web.admin.rounds import round_or_404
from portal.web.guard import received_at, viewer
from portal.web.numbers import whole
from portal.web.pagination import page_href, page_number
from portal.web.policies import policy

bp = Blueprint("admin_conflicts", __name__, url_prefix="/admin")

CHANGED = Refused(
    "Nothing was saved: somebody decided in the meantime.",
    "What stands now is on this page.",
    "Look at it, and save again if it is wrong.",
)


@bp.get("/rounds/<slug>/conflicts")
@policy(Policy.ADMIN)
def index(slug: str) -> str:
    round_ = round_or_404(slug)
    return render_template(
        "admin/conflicts/list.html",
        round=round_,
        page=conflict_desk.listed(viewer(), round_.id, page_number()),
        stuck=conflict_desk.stuck(viewer(), round_.id),
        href=page_href(),
    )


@bp.get("/applications/<int:application>/conflicts")
@policy(Policy.ADMIN)
def show(application: int) -> ResponseReturnValue:
    return _page(_desk(application))


@bp.post("/applications/<int:application>/conflicts")
@policy(Policy.ADMIN)
def add(application: int) -> ResponseReturnValue:
    desk = _desk(application)
    reader = request.form.get("reader", 0, whole)
    reason = request.form.get("reason", "")
    if reader not in {key for key, _ in desk.choosable}:
        return _page(desk, Refused("Nobody was chosen.", "Choose who should not read it."), reason)
    answer = conflicts.add(viewer(), application, reader, reason, now=received_at())
    return _answered(application, answer, "They do not meet this application any more.", reason)


@bp.post("/applications/<int:application>/conflicts/<int:conflict>/lift")
@policy(Policy.ADMIN)
def lift(application: int, conflict: int) -> ResponseReturnValue:
    desk = _desk(application)
    if conflict not in {each.id for each in desk.declared}:
        abort(404)
    reason = request.form.get("reason", "")
    answer = conflicts.lift(viewer(), application, conflict, reason, now=received_at())
    return _answered(application, answer, "The conflict is lifted, and stays on record.")


@bp.post("/applications/<int:application>/decide/<int:part>")
@policy(Policy.ADMIN)
def decide(application: int, part: int) -> ResponseReturnValue:
    """In the place of leads who are all in conflict."""
    if part not in {each.id for each in _desk(application).parts}:
        abort(404)
    outcome = request.form.get("outcome", "")
    choice = Choice(
        key=part,
        seen=request.form.get("seen", 0, whole),
        outcome=Outcome(outcome) if outcome in set(Outcome) else None,
        reason=request.form.get("reason", "").replace("\r\n", "\n").strip(),
    )
    try:
        answer = decide_in_place(viewer(), application, choice, now=received_at())
    except LookupError:
        abort(404)
    if isinstance(answer, Decided):
        message = "The decision is saved." if answer.changed else "Nothing was changed."
        return _answered(application, None, message)
    return _answered(application, CHANGED if isinstance(answer, Conflict) else answer, "")


def _desk(application: int) -> ConflictDesk:
    found = conflict_desk.desk(viewer(), application)
    if found is None:
        abort(404)
    return found


def _answered(
    application: int, answer: Refused | None, message: str, typed: str = ""
) -> ResponseReturnValue:
    if isinstance(answer, Refused):
        return _page(_desk(application), answer, typed)
    flash(message, "good")
    return redirect(url_for(".show", application=application))


def _page(
    desk: ConflictDesk, refusal: Refused | None = None, typed: str = ""
) -> ResponseReturnValue:
    page = render_template(
        "admin/conflicts/show.html",
        desk=desk,
        outcomes=list(Outcome),
        refusal=refusal,
        typed=typed,
        kept=request.form,
    )
    return page, 409 if refusal is not None else 200
