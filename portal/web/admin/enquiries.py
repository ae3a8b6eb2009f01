"""Admin: applicants' questions, and their answers."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.queries import admin_rounds
from portal.queries import enquiries as found
from portal.services import enquiries
from portal.services.versions import Stale
from portal.web.admin.enquiries_forms import AnswerForm
from portal.web.guard import received_at, viewer
from portal.web.pagination import page_href, page_number
from portal.web.policies import policy

bp = Blueprint("admin_enquiries", __name__, url_prefix="/admin/enquiries")


@bp.get("")
@policy(Policy.ADMIN)
def index() -> str:
    round_slug = request.args.get("round", "").replace("\0", "")
    answered = request.args.get("state") == "answered"
    return render_template(
        "admin/enquiries/list.html",
        page=found.listing(viewer(), round_slug=round_slug, answered=answered, page=page_number()),
        rounds=[(line.round.slug, line.round.name) for line in admin_rounds.list_rounds(viewer())],
        round_slug=round_slug,
        answered=answered,
        href=page_href(),
    )


@bp.route("/<int:enquiry_id>", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def show(enquiry_id: int) -> str | Response | tuple[str, int]:
    asked = found.find(viewer(), enquiry_id)
    if asked is None:
        abort(404)
    enquiry = asked.enquiry
    form = AnswerForm(data={"text": enquiry.answer, "seen": enquiries.mark_of(enquiry)})
    refusal, stale = None, None
    if form.validate_on_submit():
        saved = enquiries.answer(
            viewer(), enquiry_id, form.text.data, seen=form.seen.data or "", now=received_at()
        )
        if saved is None:
            flash("The answer is on its way by mail.", "good")
            return redirect(url_for(".index"))
        refusal = saved if isinstance(saved, Refused) else None
        stale = saved if isinstance(saved, Stale) else None
        if stale is not None:
            form.seen.data = stale.version
    page = render_template(
        "admin/enquiries/show.html", asked=asked, form=form, refusal=refusal, stale=stale
    )
    return page if refusal is None and stale is None else (page, 409)
