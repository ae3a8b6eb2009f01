"""A lead's own streams: their text, the steps of their selection, and what they ask."""

from dataclasses import asdict

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.models import Question, Stream
from portal.queries.admin_streams import answers_by_question
from portal.queries.led_streams import led_stream, led_streams
from portal.services import questions, streams
from portal.services.versions import Stale
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.mentor.navigation import local_navigation
from portal.web.policies import policy
from portal.web.streams_forms import KINDS, QuestionForm, StreamTextForm

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
        kinds=KINDS,
    )


@bp.route("/<int:stream_id>/text", methods=["GET", "POST"])
@policy(Policy.LEAD)
def text(stream_id: int) -> Answer:
    stream = _stream(stream_id)
    form = StreamTextForm(data={**asdict(streams.text_of(stream)), "version": str(stream.version)})
    answer: Refused | Stale | None = None
    if form.validate_on_submit():
        answer = streams.edit_text(
            viewer(), stream.id, form.version.data or "", form.words(), now=received_at()
        )
        if answer is None:
            return _done(None, stream_id, "The text is saved.")
        if isinstance(answer, Stale):
            form.version.data = answer.version
    return _form_page("text", stream, form, answer)


@bp.route("/<int:stream_id>/questions/new", methods=["GET", "POST"])
@policy(Policy.LEAD)
def new_question(stream_id: int) -> Answer:
    stream = _stream(stream_id)
    form, refusal = QuestionForm(), None
    if form.validate_on_submit():
        made = questions.add_question(viewer(), stream.id, form.wording(), now=received_at())
        if isinstance(made, int):
            return _done(None, stream_id, "The question is added.")
        refusal = made
    return _form_page("question", stream, form, refusal)


@bp.route("/<int:stream_id>/questions/<int:question_id>", methods=["GET", "POST"])
@policy(Policy.LEAD)
def question(stream_id: int, question_id: int) -> Answer:
    stream = _stream(stream_id)
    asked = _question(stream, question_id)
    form = QuestionForm(
        data={**asdict(questions.wording_of(asked)), "seen": questions.mark_of(asked)}
    )
    answer: Refused | Stale | None = None
    if form.validate_on_submit():
        answer = questions.edit_question(
            viewer(), asked.id, form.wording(), seen=form.seen.data or "", now=received_at()
        )
        if answer is None:
            return _done(None, stream_id, "The question is saved.")
        if isinstance(answer, Stale):
            form.seen.data = answer.version
    return _form_page("question", stream, form, answer, asked)


@bp.post("/<int:stream_id>/questions/<int:question_id>/move")
@policy(Policy.LEAD)
def move(stream_id: int, question_id: int) -> Response:
    asked = _question(_stream(stream_id), question_id)
    up = request.form.get("to") != "down"
    refusal = questions.move_question(viewer(), asked.id, up=up, now=received_at())
    return _done(refusal, stream_id, "The order is saved.")


@bp.post("/<int:stream_id>/questions/<int:question_id>/retire")
@policy(Policy.LEAD)
def retire(stream_id: int, question_id: int) -> Response:
    asked = _question(_stream(stream_id), question_id)
    refusal = questions.retire_question(viewer(), asked.id, now=received_at())
    return _done(refusal, stream_id, "The question is not asked any more.")


def _stream(stream_id: int) -> Stream:
    stream = led_stream(viewer(), stream_id)
    if stream is None:
        abort(404)
    return stream


def _question(stream: Stream, question_id: int) -> Question:
    found = next((each for each in stream.questions if each.id == question_id), None)
    if found is None:
        abort(404)
    return found


def _done(refusal: Refused | None, stream_id: int, message: str) -> Response:
    back = url_for("own_streams.show", stream_id=stream_id)
    if refusal is not None:
        raise RefusedRequest(refusal, back, "Back to the stream")
    flash(message, "good")
    return redirect(back)


def _form_page(
    name: str,
    stream: Stream,
    form: object,
    answer: Refused | Stale | None,
    asked: Question | None = None,
) -> Answer:
    page = render_template(
        f"mentor/streams/{name}.html",
        stream=stream,
        form=form,
        question=asked,
        refusal=answer if isinstance(answer, Refused) else None,
        stale=answer if isinstance(answer, Stale) else None,
    )
    return (page, 409) if answer is not None else page
