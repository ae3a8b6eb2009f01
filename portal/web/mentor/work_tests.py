"""The tasks of a lead's own streams."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.models import Stream, WorkTest
from portal.queries.led_streams import led_stream
from portal.queries.work_test_counts import begun_by_test
from portal.services.versions import Stale
from portal.web import work_tests_editing
from portal.web.errors import RefusedRequest
from portal.web.guard import viewer
from portal.web.mentor.navigation import local_navigation
from portal.web.policies import policy
from portal.web.streams_editing import Edit

bp = Blueprint("own_work_tests", __name__, url_prefix="/review/streams/<int:stream_id>/work-tests")
bp.context_processor(local_navigation)

Answer = str | Response | tuple[str, int]


@bp.route("/new", methods=["GET", "POST"])
@policy(Policy.LEAD)
def new(stream_id: int) -> Answer:
    stream = _stream(stream_id)
    edit = work_tests_editing.add_task(stream)
    return _done(stream_id, "The task is added.") if edit.saved else _form_page(stream, edit)


@bp.route("/<int:test_id>", methods=["GET", "POST"])
@policy(Policy.LEAD)
def edit(stream_id: int, test_id: int) -> Answer:
    stream = _stream(stream_id)
    test = work_tests_editing.task_or_404(stream, test_id)
    made = work_tests_editing.edit_task(test)
    return _done(stream_id, "The task is saved.") if made.saved else _form_page(stream, made, test)


@bp.post("/<int:test_id>/retire")
@policy(Policy.LEAD)
def retire(stream_id: int, test_id: int) -> Response:
    test = work_tests_editing.task_or_404(_stream(stream_id), test_id)
    refusal = work_tests_editing.retire_task(test)
    if refusal is not None:
        raise RefusedRequest(refusal, _back(stream_id), "Back to the stream")
    return _done(stream_id, "The task is not asked any more.")


def _stream(stream_id: int) -> Stream:
    stream = led_stream(viewer(), stream_id)
    if stream is None:
        abort(404)
    return stream


def _back(stream_id: int) -> str:
    return url_for("own_streams.show", stream_id=stream_id)


def _done(stream_id: int, message: str) -> Response:
    flash(message, "good")
    return redirect(_back(stream_id))


def _form_page(stream: Stream, edit: Edit, test: WorkTest | None = None) -> Answer:
    page = render_template(
        "mentor/streams/work_test.html",
        stream=stream,
        form=edit.form,
        test=test,
        begun=begun_by_test(stream.id).get(test.id, 0) if test else 0,
        refusal=edit.answer if isinstance(edit.answer, Refused) else None,
        stale=edit.answer if isinstance(edit.answer, Stale) else None,
    )
    return (page, 409) if edit.answer is not None else page
