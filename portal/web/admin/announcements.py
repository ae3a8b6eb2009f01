"""Admin: announcements to all applicants of a round."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.models import Announcement
from portal.queries import admin_rounds
from portal.queries import enquiries as found
from portal.services import announcements
from portal.services.announcements import Notice
from portal.services.versions import Stale
from portal.web.admin.enquiries_forms import AnnouncementForm
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.instant_fields import written
from portal.web.options import options
from portal.web.policies import policy

bp = Blueprint("admin_announcements", __name__, url_prefix="/admin/announcements")

View = str | Response | tuple[str, int]


@bp.route("", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def index() -> View:
    return _page(None)


@bp.route("/<int:announcement_id>", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def edit(announcement_id: int) -> View:
    rows = {row.id: row for row in found.announcements(viewer())}
    if announcement_id not in rows:
        abort(404)
    return _page(rows[announcement_id])


@bp.post("/<int:announcement_id>/remove")
@policy(Policy.ADMIN)
def remove(announcement_id: int) -> Response:
    refusal = announcements.remove(viewer(), announcement_id, now=received_at())
    if refusal is not None:
        raise RefusedRequest(refusal, url_for(".index"), "Back to the announcements")
    flash("The announcement is taken down.", "good")
    return redirect(url_for(".index"))


def _page(row: Announcement | None) -> View:
    rounds = admin_rounds.list_rounds(viewer(), archived=False)
    form = AnnouncementForm(data=_values(row))
    form.round.choices = options((line.round.id, line.round.name) for line in rounds)
    if row is not None:
        form.round.choices = options([(row.round_id, row.round.name)])
    refusal, stale = None, None
    if form.validate_on_submit():
        saved = _save(row, form)
        if saved is None or isinstance(saved, int):
            flash("The announcement is saved.", "good")
            return redirect(url_for(".index"))
        refusal = saved if isinstance(saved, Refused) else None
        stale = saved if isinstance(saved, Stale) else None
        if stale is not None:
            form.seen.data = stale.version
    page = render_template(
        "admin/announcements/list.html",
        rows=found.announcements(viewer()),
        row=row,
        form=form,
        refusal=refusal,
        stale=stale,
    )
    return page if refusal is None and stale is None else (page, 409)


def _values(row: Announcement | None) -> dict[str, object]:
    if row is None:
        return {"published_at": written(None)}
    return {
        "round": row.round_id,
        "title": row.title,
        "body": row.body,
        "published_at": written(row.published_at),
        "seen": announcements.mark_of(row),
    }


def _save(row: Announcement | None, form: AnnouncementForm) -> int | Refused | Stale | None:
    now = received_at()
    before = row.published_at if row else None
    at = form.instant_of("published_at", before) or before or now
    notice = Notice(form.title.data, form.body.data, at)
    if row is None:
        return announcements.publish(viewer(), form.round.data, notice, now=now)
    return announcements.edit(viewer(), row.id, notice, seen=form.seen.data or "", now=now)
