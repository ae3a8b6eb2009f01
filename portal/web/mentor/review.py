"""Read one application and score it, then the next."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.permissions import Policy
from portal.domain.review import HIGHEST, LOWEST, SCORE_WORDS, ReviewState
from portal.domain.verdict import Refused
from portal.queries import reviews
from portal.queries.fit import Explained, explain
from portal.queries.reading import ReadingPage, open_application
from portal.queries.reviews import Neighbours, QueueFilter
from portal.services.reviews import Incomplete, Saved, StaleReview, save
from portal.web.guard import received_at, viewer
from portal.web.mentor.navigation import local_navigation
from portal.web.mentor.queue import arguments, wanted_of
from portal.web.mentor.review_forms import (
    review_form,
    score_fields,
    show_gaps,
    too_long,
    written,
)
from portal.web.policies import policy

bp = Blueprint("review", __name__, url_prefix="/review")
bp.context_processor(local_navigation)

Answer = str | Response | tuple[str, int]


@bp.route("/<int:application>", methods=["GET", "POST"])
@policy(Policy.MENTOR)
def read(application: int) -> Answer:
    page = open_application(viewer(), application, received_at())
    if page is None:
        abort(404)
    wanted = wanted_of(request.args)
    near = _neighbours(wanted, application)
    form = review_form(page.criteria, page.own, page.version)
    if request.method == "GET":
        return _render(page, form, wanted, near)
    form.validate()
    if too_long(form):
        return _render(page, form, wanted, near), 422
    then = request.form.get("then", "save")
    answer = save(
        viewer(),
        application,
        written(form, page.criteria),
        submit=then in ("submit", "next"),
        now=received_at(),
    )
    if isinstance(answer, Saved):
        return _go_on(answer, then, application, wanted, near)
    if answer is None:
        abort(404)
    if isinstance(answer, Incomplete):
        show_gaps(form, answer.gaps)
        return _render(page, form, wanted, near), 422
    if isinstance(answer, StaleReview):
        form.version.data = answer.version
        return _render(page, form, wanted, near, stale=True), 409
    return _render(page, form, wanted, near, refusal=answer), 409


def _neighbours(wanted: QueueFilter, application: int) -> Neighbours:
    seen = viewer()
    scope = reviews.in_scope(reviews.own_streams(seen, received_at()), wanted)
    return reviews.neighbours(seen, scope, wanted, application)


def _go_on(
    saved: Saved, then: str, application: int, wanted: QueueFilter, near: Neighbours
) -> Response:
    submitted = saved.state is ReviewState.SUBMITTED
    flash("Your review is in." if submitted else "Your draft is saved.", "good")
    carried = arguments(wanted)
    if then != "next":
        return redirect(url_for("review.read", application=application, **carried))
    following = near.next if wanted.mine == "done" else near.to_do
    if following is None:
        flash("That was the last one of this list.", "info")
        return redirect(url_for("review_queue.index", **carried))
    return redirect(url_for("review.read", application=following, **carried))


def _render(
    page: ReadingPage,
    form: Any,
    wanted: QueueFilter,
    near: Neighbours,
    *,
    stale: bool = False,
    refusal: Refused | None = None,
) -> str:
    return render_template(
        "mentor/review/read.html",
        page=page,
        form=form,
        scores=score_fields(form, page.criteria),
        low=f"{LOWEST} {SCORE_WORDS[LOWEST]}",
        high=f"{HIGHEST} {SCORE_WORDS[HIGHEST]}",
        carried=arguments(wanted),
        near=near,
        stale=stale,
        refusal=refusal,
        fit=_fit(page),
    )


def _fit(page: ReadingPage) -> Explained | None:
    """Why this reached the stream: how near what was written is to the direction it was sent to first."""
    if page.direction_id is None:
        return None
    text = "\n\n".join(passage.answer for passage in page.reading.texts)
    return explain(text, page.direction_id)
