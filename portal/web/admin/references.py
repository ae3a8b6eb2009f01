"""Admin: who was asked for a reference in a round, another letter, letting a late one in, and reading them."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.permissions import Policy
from portal.domain.references import LETTERS_A_DAY, LETTERS_EACH, LETTERS_IN_ALL, standing
from portal.domain.verdict import Refused
from portal.queries import references as found
from portal.services import reference_desk
from portal.services.applications import Mail
from portal.web.admin.rounds import round_or_404
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, settings, viewer
from portal.web.pagination import page_href, page_number
from portal.web.policies import policy

bp = Blueprint("admin_references", __name__, url_prefix="/admin")

STATE_WORDS = (
    ("waited", "Asked, not answered"),
    ("received", "Received"),
    ("late", "Late, not let in"),
    ("declined", "Declined"),
    ("named", "Not asked yet"),
)
KINDS = {
    "Asked": "progress",
    "Overdue": "warn",
    "Received": "good",
    "Received late": "warn",
}


@bp.get("/rounds/<slug>/references")
@policy(Policy.ADMIN)
def index(slug: str) -> str:
    round_, now = round_or_404(slug), received_at()
    state = request.args.get("state", "")
    due_at = round_.references_due_at or round_.closes_at
    page = found.listed(viewer(), round_.id, state, page_number())
    dues = found.dues(round_, {line.applicant_id for line in page.items})
    return render_template(
        "admin/references/list.html",
        round=round_,
        page=page,
        rows=[
            (line, standing(line.referee, dues[line.applicant_id], now).value)
            for line in page.items
        ],
        kinds=KINDS,
        due_at=due_at,
        limits={"address": LETTERS_EACH, "day": LETTERS_A_DAY, "application": LETTERS_IN_ALL},
        state=state,
        states=STATE_WORDS,
        href=page_href(),
    )


@bp.post("/rounds/<slug>/references/<int:referee>/resend")
@policy(Policy.ADMIN)
def resend(slug: str, referee: int) -> Response:
    own = settings()
    mail = Mail(own.programme_name, own.base_url, own.contact_address)
    round_ = round_or_404(slug)
    answer = reference_desk.send_again(viewer(), round_.id, referee, mail, now=received_at())
    return _answered(slug, answer, "A letter with a new link is on its way. The old link is void.")


@bp.post("/rounds/<slug>/references/<int:referee>/let-in")
@policy(Policy.ADMIN)
def let_in(slug: str, referee: int) -> Response:
    round_ = round_or_404(slug)
    answer = reference_desk.let_in(viewer(), round_.id, referee, now=received_at())
    return _answered(slug, answer, "Readers see it now, marked as late.")


@bp.get("/applications/<int:application>/references")
@policy(Policy.ADMIN)
def read(application: int) -> str:
    """The texts, on a page of their own: opening it is recorded."""
    row = found.application_of(viewer(), application)
    if row is None:
        abort(404)
    references = found.received(row.id)
    if references:
        reference_desk.note_reading(viewer(), row.id, row.round_id, now=received_at())
    return render_template(
        "admin/references/read.html",
        application=row,
        round=row.round,
        name=found.applicant_name(row.id, row.user),
        references=references,
    )


def _answered(slug: str, answer: Refused | None, message: str) -> Response:
    back = url_for(".index", slug=slug)
    if isinstance(answer, Refused):
        raise RefusedRequest(answer, back, "Back to the references")
    flash(message, "good")
    return redirect(back)
