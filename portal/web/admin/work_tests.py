"""Admin: the tasks of a stream."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.models import Stream, WorkTest
from portal.queries import admin_streams
from portal.queries.work_test_counts import begun_by_test
from portal.services.versions import Stale
from portal.web import work_tests_editing
from portal.web.errors import RefusedRequest
from portal.web.guard import viewer
from portal.web.policies import policy
from portal.web.streams_editing import Edit

bp = Blueprint(
    "admin_work_tests", __name__, url_prefix="/admin/rounds/<slug>/streams/<stream>/work-tests"
)

View = str | Response | tuple[str, int]


@bp.route("/new", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def new(slug: str, stream: str) -> View:
    found = _stream_or_404(slug, stream)
    edit = work_tests_editing.add_task(found)
    return _done(found, "The task is added.") if edit.saved else _form_page(found, edit)


@bp.route("/<int:test_id>", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def edit(slug: str, stream: str, test_id: int) -> View:
    found = _stream_or_404(slug, stream)
    test = work_tests_editing.task_or_404(found, test_id)
    made = work_tests_editing.edit_task(test)
    return _done(found, "The task is saved.") if made.saved else _form_page(found, made, test)


@bp.post("/<int:test_id>/retire")
@policy(Policy.ADMIN)
def retire(slug: str, stream: str, test_id: int) -> Response:
    found = _stream_or_404(slug, stream)
    refusal = work_tests_editing.retire_task(work_tests_editing.task_or_404(found, test_id))
    if refusal is not None:
        raise RefusedRequest(refusal, _back(found), "Back to the stream")
    return _done(found, "The task is not asked any more.")


def _stream_or_404(slug: str, stream: str) -> Stream:
    found = admin_streams.find_stream(viewer(), slug, stream)
    if found is None:
        abort(404)
    return found


def _back(stream: Stream) -> str:
    return url_for("admin_streams.show", slug=stream.round.slug, stream=stream.slug)


def _done(stream: Stream, message: str) -> Response:
    flash(message, "good")
    return redirect(_back(stream))


def _form_page(stream: Stream, edit: Edit, test: WorkTest | None = None) -> View:
    page = render_template(
        "admin/streams/work_test.html",
        stream=stream,
        round=stream.round,
        form=edit.form,
        test=test,
        begun=begun_by_test(stream.id).get(test.id, 0) if test else 0,
        refusal=edit.answer if isinstance(edit.answer, Refused) else None,
        stale=edit.answer if isinstance(edit.answer, Stale) else None,
    )
    return (page, 409) if edit.answer is not None else page
