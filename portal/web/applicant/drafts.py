"""Saves that a page sends by itself while one types: the same rules as for every save, answered with one line."""

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.services import applications
from portal.services.applications import StaleSection
from portal.services.desk import Late
from portal.web.applicant.common import blueprint, user_id
from portal.web.applicant.forms import given, origin, section_form, whole_number
from portal.web.applicant.sections import find_section
from portal.web.guard import received_at
from portal.web.policies import policy

bp = blueprint("drafts")


@bp.post("/<round>/<section>/draft")
@policy(Policy.SIGNED_IN)
def save(round_slug: str, section: str) -> ResponseReturnValue:
    """Save the typed answers of a section. Files are not among them: each is sent when it is chosen."""
    dossier, page = find_section(round_slug, section)
    form = section_form(page.fields)
    result = applications.save_section(
        user_id(),
        dossier.round.id,
        section,
        given(form, page.fields),
        whole_number(form.version.data),
        received_at=received_at(),
        origin=origin(form, by_itself=True),
    )
    if isinstance(result, Late):
        return line("late", 409, late=result, round=dossier.round)
    if isinstance(result, Refused):
        return line("refused", 409, refusal=result)
    if isinstance(result, StaleSection):
        return line("stale", 409)
    return line("saved", 200, version=result.version, saved_at=received_at())


def line(state: str, status: int, **values: object) -> ResponseReturnValue:
    """The one line that answers a save by itself."""
    return render_template("applicant/sections/_autosave.html", state=state, **values), status
