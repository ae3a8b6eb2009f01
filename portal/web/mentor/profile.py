"""A mentor's own public texts: the profile and the directions, edited by the mentor whose account is linked."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.domain.content import Content
from portal.domain.permissions import Policy
from portal.queries import editing
from portal.services.content import NAMED_BY, Saved, snapshot
from portal.services.versions import Stale
from portal.web.content_forms import FORMS, NOT_FOR_OWNERS
from portal.web.editing import try_save
from portal.web.guard import viewer
from portal.web.mentor.navigation import local_navigation
from portal.web.policies import policy

bp = Blueprint("mentor_profile", __name__, url_prefix="/review")
bp.context_processor(local_navigation)


@bp.get("/profile")
@policy(Policy.MENTOR)
def show() -> ResponseReturnValue:
    mentor, directions = editing.own(viewer())
    return render_template(
        "mentor/profile/show.html",
        mentor=mentor,
        directions=directions,
        leads=bool(viewer().led_stream_ids),
    )


@bp.route("/profile/edit", methods=["GET", "POST"])
@policy(Policy.MENTOR)
def edit() -> ResponseReturnValue:
    mentor, _ = editing.own(viewer())
    if mentor is None:
        abort(404)
    return _edit(Content.MENTOR, mentor)


@bp.route("/directions/<slug>", methods=["GET", "POST"])
@policy(Policy.MENTOR)
def direction(slug: str) -> ResponseReturnValue:
    row = editing.find(viewer(), Content.DIRECTION, slug)
    if row is None or viewer().user_id not in editing.owners(row):
        abort(404)
    return _edit(Content.DIRECTION, row)


def _edit(kind: Content, row: Any) -> ResponseReturnValue:
    form = FORMS[kind](data={**snapshot(kind, row), "version": row.version})
    form.without(*NOT_FOR_OWNERS[kind]).offer(editing.choices())
    stale: Stale | None = None
    if form.validate_on_submit():
        answer = try_save(kind, row, form)
        if isinstance(answer, Saved):
            flash("Saved. The public pages show it now.", "good")
            return redirect(url_for(".show"))
        stale = answer if isinstance(answer, Stale) else None
    page = render_template(
        "mentor/profile/edit.html",
        name=getattr(row, NAMED_BY[kind]),
        form=form,
        stale=stale,
        history=editing.history(kind, row.id),
    )
    return page, 409 if stale is not None else (422 if form.errors else 200)
