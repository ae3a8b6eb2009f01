"""A lead's own streams: their text, the steps of their selection, and what they ask."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.models import Stream
from portal.queries.admin_streams import answers_by_question
from portal.queries.led_streams import led_stream, led_streams
from portal.queries.work_test_counts import begun_by_test
from portal.services import questions
from portal.services.versions import Stale
from portal.web import streams_editing
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.mentor.navigation import local_navigation
from portal.web.policies import policy
from portal.web.streams_editing import Edit
from portal.web.streams_forms import KINDS

bp = Blueprint("own_streams", __name__, url_prefix="/review/streams")
bp.context_processor(local_navigation)

Answer = str | Response | tuple[str, int]


@bp.get("")
@policy(Policy.LEAD)
def index() -> str:
    return render_template("mentor/streams/list.html", streams=led_streams(viewer()))


@bp.get("/<int:stream_id>")
@policy(Policy.LEAD)
def show(stream_id: int) -> str:
    stream = _stream(stream_id)
    return render_template(
        "mentor/streams/show.html",
        stream=stream,
        live=[question for question in stream.questions if question.retired_at is None],
        answers=answers_by_question(stream.id),
        begun=begun_by_test(stream.id),
        kinds=KINDS,
    )


@bp.route("/<int:stream_id>/text", methods=["GET", "POST"])
@policy(Policy.LEAD)
def text(stream_id: int) -> Answer:
    stream = _stream(stream_id)
    edit = streams_editing.edit_text(stream)
    if edit.saved:
        return _done(None, stream_id, "The text is saved.")
    return _form_page("text", stream, edit)


@bp.route("/<int:stream_id>/questions/new", methods=["GET", "POST"])
@policy(Policy.LEAD)
def new_question(stream_id: int) -> Answer:
    stream = _stream(stream_id)
    edit = streams_editing.add_question(stream)
    if edit.saved:
        return _done(None, stream_id, "The question is added.")
    return _form_page("question", stream, edit, question=None, answers=0)


@bp.route("/<int:stream_id>/questions/<int:question_id>", methods=["GET", "POST"])
@policy(Policy.LEAD)
def question(stream_id: int, question_id: int) -> Answer:
    stream = _stream(stream_id)
    asked = streams_editing.question_or_404(stream, question_id)
    edit = streams_editing.edit_question(asked)
    if edit.saved:
        return _done(None, stream_id, "The question is saved.")
    answers = answers_by_question(stream.id).get(asked.id, 0)
    return _form_page("question", stream, edit, question=asked, answers=answers)


@bp.post("/<int:stream_id>/questions/<int:question_id>/move")
@policy(Policy.LEAD)
def move_question(stream_id: int, question_id: int) -> Response:
    asked = streams_editing.question_or_404(_stream(stream_id), question_id)
    refusal = streams_editing.move_question(asked)
    return _done(refusal, stream_id, "The order is saved.")


@bp.post("/<int:stream_id>/questions/<int:question_id>/retire")
@policy(Policy.LEAD)
def retire_question(stream_id: int, question_id: int) -> Response:
    asked = streams_editing.question_or_404(_stream(stream_id), question_id)
    refusal = questions.retire_question(viewer(), asked.id, now=received_at())
    return _done(refusal, stream_id, "The question is not asked any more.")


def _stream(stream_id: int) -> Stream:
    stream = led_stream(viewer(), stream_id)
    if stream is None:
        abort(404)
    return stream


def _done(refusal: Refused | None, stream_id: int, message: str) -> Response:
    back = url_for("own_streams.show", stream_id=stream_id)
    if refusal is not None:
        raise RefusedRequest(refusal, back, "Back to the stream")
    flash(message, "good")
    return redirect(back)


def _form_page(name: str, stream: Stream, edit: Edit, **more: object) -> Answer:
    page = render_template(
        f"mentor/streams/{name}.html",
        stream=stream,
        form=edit.form,
        refusal=edit.answer if isinstance(edit.answer, Refused) else None,
        stale=edit.answer if isinstance(edit.answer, Stale) else None,
        **more,
    )
    return (page, 409) if edit.answer is not None else page
