"""Asking the programme a question about a round, and reading its answers."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.queries import enquiries as found
from portal.queries.applications import Dossier
from portal.services import enquiries
from portal.web.applicant.common import blueprint, own_dossier
from portal.web.applicant.forms import EnquiryForm
from portal.web.guard import received_at, viewer
from portal.web.policies import policy

bp = blueprint("enquiries")


@bp.get("/<round>/questions")
@policy(Policy.SIGNED_IN)
def index(round_slug: str) -> ResponseReturnValue:
    return _page(own_dossier(round_slug), EnquiryForm(formdata=None))


@bp.post("/<round>/questions")
@policy(Policy.SIGNED_IN)
def ask(round_slug: str) -> ResponseReturnValue:
    """Taken at any time while the round runs: a question is no part of an application."""
    dossier = own_dossier(round_slug)
    form = EnquiryForm()
    text = form.text.data or ""
    if not text.strip():
        form.text.errors = ["Write your question"]
        return _page(dossier, form), 422
    result = enquiries.ask(viewer(), dossier.round.id, text, now=received_at())
    if isinstance(result, Refused):
        return _page(dossier, form, result), 409
    flash("Your question is with the programme. The answer comes by mail and shows here.", "good")
    return redirect(url_for("applicant_enquiries.index", round=round_slug))


def _page(dossier: Dossier, form: EnquiryForm, refusal: Refused | None = None) -> str:
    return render_template(
        "applicant/enquiries/index.html",
        dossier=dossier,
        form=form,
        refusal=refusal,
        enquiries=found.of_user(viewer(), dossier.round.id),
    )
