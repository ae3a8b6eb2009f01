"""Beginning with the answers of an earlier round: one button, and a word on what to look over."""

from flask import flash
from flask.typing import ResponseReturnValue

from portal.domain.applications import DIRECTIONS
from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.queries.applications import Dossier
from portal.queries.carrying import earlier
from portal.services import carrying
from portal.services.desk import Late
from portal.web.applicant.common import (
    blueprint,
    late_page,
    overview,
    own_dossier,
    to_overview,
    user_id,
)
from portal.web.applicant.views import section_page
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.policies import policy

bp = blueprint("carrying")


def carry_from(dossier: Dossier) -> str | None:
    """The round whose answers can be begun with, for as long as nothing is written in this one."""
    rows = dossier.application.sections if dossier.application else []
    if (
        any(row.section != DIRECTIONS for row in rows)
        or not dossier.general().judge(received_at()).accepted
    ):
        return None
    source = earlier(viewer().user_id, dossier.round.id)
    return source.round.name if source else None


@bp.post("/<round>/carry")
@policy(Policy.SIGNED_IN)
def carry(round_slug: str) -> ResponseReturnValue:
    dossier = own_dossier(round_slug)
    result = carrying.carry(user_id(), dossier.round.id, received_at=received_at())
    if isinstance(result, Late):
        return late_page(dossier, result)
    if isinstance(result, Refused):
        raise RefusedRequest(result, overview(dossier), "Back to the round")
    titles = [page.title for slug in result.sections if (page := section_page(dossier, slug))]
    if titles:
        flash(f"Copied from {result.round_name}: {', '.join(titles)}.", "good")
        flash(
            "Look it over: it is what you wrote then. Files and directions are not copied.", "info"
        )
    else:
        flash("Nothing was copied: every section holds something already.", "info")
    return to_overview(dossier)
