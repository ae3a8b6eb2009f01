"""Admin: what mail waits, what was sent, and what was given up."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.queries import mail as query
from portal.services import delivery
from portal.web.admin.navigation import local_navigation
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, settings, viewer
from portal.web.policies import policy

bp = Blueprint("admin_mail", __name__, url_prefix="/admin/mail")
bp.context_processor(local_navigation)


@bp.get("")
@policy(Policy.ADMIN)
def index() -> ResponseReturnValue:
    state = request.args.get("state", "")
    words = request.args.get("q", "").replace("\0", "").strip()[:200]
    number = request.args.get("page", 1, type=int)
    return render_template(
        "admin/mail/mail.html",
        counts=query.counts(viewer()),
        page=query.outbox_page(viewer(), state, words, number),
        state=state,
        words=words,
        leaves=settings().is_production,
    )


@bp.post("/<int:message_id>/again")
@policy(Policy.ADMIN)
def send_again(message_id: int) -> ResponseReturnValue:
    user_id = viewer().user_id
    assert user_id is not None
    verdict = delivery.send_again(user_id, message_id, received_at())
    if isinstance(verdict, Refused):
        raise RefusedRequest(verdict, url_for(".index"), "Back to the mail")
    flash("The message is in the queue again.", "good")
    return redirect(url_for(".index", state="waiting"))
