"""Published content: what there is, and its editing by admins."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.domain.content import Content
from portal.domain.permissions import Policy
from portal.queries import editing
from portal.services.content import NAMED_BY, Saved, snapshot
from portal.services.versions import Stale
from portal.web.content_forms import FORMS, ContentForm
from portal.web.editing import try_save
from portal.web.guard import viewer
from portal.web.policies import policy

bp = Blueprint("admin_content", __name__, url_prefix="/admin/content")

WORDS = {
    Content.TOPIC: ("Topics", "topic", "What papers and directions are about."),
    Content.MENTOR: ("Mentors", "mentor", "Public profiles of those who offer directions."),
    Content.PAPER: ("Papers", "paper", "Past work, who wrote it, and who was a fellow."),
    Content.DIRECTION: ("Directions", "direction", "What mentors want done."),
    Content.ANSWER: ("FAQ", "answer", "Questions people ask, and the answers."),
}


def _kind(word: str) -> Content:
    try:
        return Content(word)
    except ValueError:
        abort(404)


@bp.get("")
@policy(Policy.ADMIN)
def overview() -> ResponseReturnValue:
    return render_template("admin/content/overview.html", counts=editing.counts(), words=WORDS)


@bp.get("/<kind>")
@policy(Policy.ADMIN)
def listing(kind: str) -> ResponseReturnValue:
    which = _kind(kind)
    rows = [(row, getattr(row, NAMED_BY[which])) for row in editing.listing(which)]
    return render_template("admin/content/listing.html", kind=which, words=WORDS[which], rows=rows)


@bp.route("/<kind>/new", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def new(kind: str) -> ResponseReturnValue:
    which = _kind(kind)
    return _edit(which, None, FORMS[which]())


@bp.route("/<kind>/<slug>", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def edit(kind: str, slug: str) -> ResponseReturnValue:
    which = _kind(kind)
    row = editing.find(viewer(), which, slug)
    if row is None:
        abort(404)
    return _edit(which, row, FORMS[which](data={**snapshot(which, row), "version": row.version}))


def _edit(kind: Content, row: Any | None, form: ContentForm) -> ResponseReturnValue:
    form.offer(editing.choices())
    stale: Stale | None = None
    if form.validate_on_submit():
        answer = try_save(kind, row, form)
        if isinstance(answer, Saved):
            flash("Saved. The public pages show it now.", "good")
            return redirect(url_for(".listing", kind=kind.value))
        stale = answer if isinstance(answer, Stale) else None
    page = render_template(
        "admin/content/edit.html",
        kind=kind,
        words=WORDS[kind],
        row=row,
        name=getattr(row, NAMED_BY[kind]) if row else "",
        form=form,
        stale=stale,
        history=editing.history(kind, row.id) if row else [],
    )
    return page, 409 if stale is not None else (422 if form.errors else 200)
