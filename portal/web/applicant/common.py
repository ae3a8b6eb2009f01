"""What the applicant's pages share: the dossier of the request, who may be here, and what letters need."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from portal.models import LateDraft
from portal.queries import applications as dossiers
from portal.queries import own_applications
from portal.queries.applications import Dossier
from portal.services.applications import Mail
from portal.services.desk import Late
from portal.web.applicant.forms import ExtensionForm
from portal.web.applicant.views import late_view
from portal.web.guard import received_at, settings, viewer


def blueprint(name: str) -> Blueprint:
    """A blueprint under /apply. Its rules say <round>; its views take `round_slug`, as `round` is Python's own word."""
    bp = Blueprint(f"applicant_{name}", __name__, url_prefix="/apply")
    bp.before_request(_applicants_only)
    bp.url_value_preprocessor(_rename_round)
    return bp


def _applicants_only() -> None:
    """Admins settle other people's applications and so make none themselves."""
    if viewer().is_admin and request.method == "POST":
        abort(403)


def _rename_round(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "round" in values:
        values["round_slug"] = values.pop("round")


def own_dossier(round_slug: str) -> Dossier:
    """The viewer's dossier in this round, or the page that says there is no such thing."""
    dossier = dossiers.find(viewer(), round_slug, received_at())
    if dossier is None:
        abort(404)
    return dossier


def user_id() -> int:
    seen = viewer().user_id
    assert seen is not None  # the guard lets only signed-in people in
    return seen


def mail() -> Mail:
    own = settings()
    return Mail(own.programme_name, own.base_url, own.contact_address)


def overview(dossier: Dossier) -> str:
    return url_for("applicant_applications.overview", round=dossier.round.slug)


def to_overview(dossier: Dossier) -> Response:
    return redirect(overview(dossier))


def late_page(dossier: Dossier, late: Late) -> ResponseReturnValue:
    """The refusal of what came too late: both instants, the text, and the button that asks for an extension."""
    kept = next((d for d in _kept(dossier) if d.id == late.draft_id), None)
    page = render_template(
        "applicant/late_drafts/refused.html",
        dossier=dossier,
        late=late,
        draft=late_view(dossier, kept) if kept else None,
        form=ExtensionForm(formdata=None, draft=str(late.draft_id)),
    )
    return page, 409


def _kept(dossier: Dossier) -> list[LateDraft]:
    return list(own_applications.late_drafts(viewer(), dossier.round.id))
