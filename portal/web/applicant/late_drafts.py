"""What came too late, read back by its writer, and the request for an extension."""

from collections.abc import Sequence

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.models import LateDraft
from portal.queries import own_applications
from portal.queries.applications import Dossier
from portal.services import late_drafts
from portal.web.applicant.common import blueprint, overview, own_dossier, to_overview, user_id
from portal.web.applicant.forms import ExtensionForm, whole_number
from portal.web.applicant.late_views import late_views
from portal.web.applicant.sent_late import sent_late
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.policies import policy

bp = blueprint("late_drafts")


@bp.get("/<round>/late")
@policy(Policy.SIGNED_IN)
def show(round_slug: str) -> ResponseReturnValue:
    """Every text of the viewer's that came too late in this round."""
    return _page(own_dossier(round_slug), ExtensionForm(formdata=None))


@bp.post("/<round>/extension")
@policy(Policy.SIGNED_IN)
def ask(round_slug: str) -> ResponseReturnValue:
    """Ask for a later deadline. Taken after the deadline too: that is when people ask."""
    dossier = own_dossier(round_slug)
    form = ExtensionForm()
    reason = form.reason.data or ""
    if not reason.strip():
        form.reason.errors = ["Say why you need a later deadline"]
        return _page(dossier, form), 422
    draft_id = whole_number(form.draft.data) or None
    result = late_drafts.ask_for_extension(
        user_id(), dossier.round.id, draft_id, reason, received_at=received_at()
    )
    if isinstance(result, Refused):
        raise RefusedRequest(result, overview(dossier), "Back to your application")
    flash("Your request is with the programme. The answer comes by mail and shows here.", "good")
    return to_overview(dossier)


def _unasked(dossier: Dossier, drafts: Sequence[LateDraft]) -> bool:
    """Whether a chosen stream is closed that no text or request of the viewer's speaks of yet."""
    spoken_of = {draft.stream_id for draft in drafts}
    closed = {stream.id for stream in dossier.closed_choices(received_at())}
    return None not in spoken_of and bool(closed - spoken_of)


def _page(dossier: Dossier, form: ExtensionForm) -> str:
    found = own_applications.late_drafts(viewer(), dossier.round.id)
    return render_template(
        "applicant/late_drafts/kept.html",
        dossier=dossier,
        drafts=late_views(dossier, found),
        closed=dossier.has_missed(received_at()),
        unasked=_unasked(dossier, found),
        sent_late=sent_late(dossier, received_at()),
        form=form,
    )
