"""Admin: what mail waits, what was sent, and what was given up."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.queries import mail as query
from portal.services import delivery
from portal.web.admin.navigation import local_navigation
from portal.web.errors import RefusedRequest
from portal.web.guard import own_id, received_at, settings, viewer
from portal.web.pagination import page_number
from portal.web.policies import policy

STOPPED = timedelta(minutes=15)  # mail that is due leaves within one; after so many nothing does

bp = Blueprint("admin_mail", __name__, url_prefix="/admin/mail")
bp.context_processor(local_navigation)


@bp.get("")
@policy(Policy.ADMIN)
def index() -> ResponseReturnValue:
    state = request.args.get("state", "")
    words = request.args.get("q", "").replace("\0", "").strip()[:200]
    kind = request.args.get("kind", "").replace("\0", "")[:60]
    number = page_number()
    leaves = settings().is_production
    oldest = query.oldest_due(received_at()) if leaves else None
    return render_template(
        "admin/mail/mail.html",
        counts=query.counts(viewer()),
        page=query.outbox_page(viewer(), state, words, number, kind),
        kinds=[(each, each.replace("_", " ")) for each in query.kinds(viewer())],
        state=state,
        words=words,
        kind=kind,
        leaves=leaves,
        stopped_since=oldest if oldest and received_at() - oldest > STOPPED else None,
    )


@bp.post("/again")
@policy(Policy.ADMIN)
def send_all_again() -> ResponseReturnValue:
    kind = request.form.get("kind", "").replace("\0", "")[:60]
    count = delivery.send_all_again(own_id(), kind, received_at())
    words = "1 message is" if count == 1 else f"{count:,} messages are"
    flash(f"{words} in the queue again." if count else "No message waits for that.", "good")
    return redirect(url_for(".index", state="waiting", kind=kind or None))


@bp.post("/<int:message_id>/again")
@policy(Policy.ADMIN)
def send_again(message_id: int) -> ResponseReturnValue:
    verdict = delivery.send_again(own_id(), message_id, received_at())
    if isinstance(verdict, Refused):
        raise RefusedRequest(verdict, url_for(".index"), "Back to the mail")
    flash("The message is in the queue again.", "good")
    return redirect(url_for(".index", state="waiting"))
