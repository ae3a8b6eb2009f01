"""One file sent by itself, as soon as it is chosen: js/files.js asks, the rest of the section goes on being written.

Without JavaScript the file comes with the section's own form (`sections.save`); the rules are the same.
"""

from flask import abort, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.instants import iso
from portal.domain.permissions import Policy
from portal.domain.questions import Kind
from portal.domain.verdict import Refused
from portal.queries.applications import Dossier
from portal.services import applications
from portal.services.desk import Late
from portal.web.applicant.common import blueprint, own_dossier, user_id
from portal.web.applicant.uploads import file_parts, in_one, prepared
from portal.web.applicant.views import SectionPage, section_page
from portal.web.guard import received_at
from portal.web.policies import policy
from portal.web.requests import takes_files

bp = blueprint("file_answers")


@bp.post("/<round>/<section>/files/<field>")
@policy(Policy.SIGNED_IN)
@takes_files
def save(round_slug: str, section: str, field: str) -> ResponseReturnValue:
    """Answers {"now": markup of what stands there} or {"problem": sentence}; with "late", where it is kept instead."""
    dossier = own_dossier(round_slug)
    page = section_page(dossier, section)
    if page is None or not any(f.name == field and f.kind is Kind.FILE for f in page.fields):
        abort(404)
    chosen = request.files.get("file")
    if chosen is None or not chosen.filename:
        return jsonify(problem="No file came with the request."), 400
    file = prepared(chosen)
    if isinstance(file, Refused):
        return jsonify(problem=in_one(file)), 422
    result = applications.save_file(
        user_id(), dossier.round.id, section, field, file, received_at=received_at()
    )
    if isinstance(result, Late):
        return told_late(result, round_slug)
    if isinstance(result, Refused):
        return jsonify(problem=in_one(result)), 409
    return jsonify(now=_now(own_dossier(round_slug), page, field))


def told_late(late: Late, round_slug: str) -> ResponseReturnValue:
    """That a file came too late, with both instants and where it is kept."""
    told = {
        "problem": f"{late.refusal.what} {late.refusal.next}",
        "late": url_for("applicant_late_drafts.show", round=round_slug),
        "received_at": iso(late.received_at),
        "closed_at": iso(late.closed_at),
    }
    return jsonify(told), 409


def _now(dossier: Dossier, page: SectionPage, field: str) -> str:
    label = next(each.label for each in page.fields if each.name == field)
    part = file_parts(dossier, page.slug, page.fields)[field]
    return render_template(
        "applicant/sections/_file.html", name=field, label=label, part=part
    ).strip()
