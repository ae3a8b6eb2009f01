"""What the applicant's pages share: the dossier of the request, who may be here, and what letters need."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from portal.domain.verdict import Refused
from portal.models import LateDraft
from portal.queries import applications as dossiers
from portal.queries import own_applications
from portal.queries.applications import Dossier
from portal.services.applications import Mail
from portal.services.desk import Late
from portal.web.applicant.forms import ExtensionForm
from portal.web.applicant.late_views import late_view
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, settings, viewer
from portal.web.headers import is_htmx


def blueprint(name: str) -> Blueprint:
    """A blueprint under /apply. Its rules say <round>; its views take `round_slug`, as `round` is Python's own word."""
    bp = Blueprint(f"applicant_{name}", __name__, url_prefix="/apply")
    bp.before_request(_applicants_only)
    bp.before_request(_writers_only)
    bp.url_value_preprocessor(_rename_round)
    return bp


def _applicants_only() -> None:
    """Admins settle other people's applications and so make none themselves."""
    if viewer().in_full.is_admin and request.method == "POST":
        abort(403)


def _writers_only() -> ResponseReturnValue | None:
    """A page that was made for one account is not sent by another that has signed in since, in the same browser."""
    writer = request.form.get("writer") if request.method == "POST" else None
    if not writer or writer == str(viewer().user_id):
        return None
    if is_htmx():
        return render_template("applicant/sections/_autosave.html", state="another"), 409
    raise RefusedRequest(
        Refused(
            "This text was written by another account.",
            "Somebody else has signed in in this browser since that page was opened. Nothing was saved, and the text "
            "is not shown here.",
            "Whoever wrote it can sign in again and send it.",
        ),
        url_for("applicant_applications.index"),
        "Your own application",
    )


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
