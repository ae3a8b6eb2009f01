"""One edit of a stream's words or questions, from form to answer; admins and the leads of streams share it."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from flask import abort, request
from flask_wtf import FlaskForm

from portal.domain.verdict import Refused
from portal.models import Question, Stream
from portal.services import questions, streams
from portal.services.questions import Wording
from portal.services.versions import Stale
from portal.web.guard import received_at, viewer
from portal.web.streams_forms import KINDS, QuestionForm, StreamTextForm


@dataclass(frozen=True)
class Edit:
    """A form with what came of it: nothing yet, saved, or an answer that stands in the way."""

    form: FlaskForm
    saved: bool = False
    answer: Refused | Stale | None = None


def edit_text(stream: Stream) -> Edit:
    """On Stale the form keeps what was typed and takes the new version, so that a second save is a knowing one."""
    form = StreamTextForm(data={**asdict(streams.text_of(stream)), "version": str(stream.version)})
    if not form.validate_on_submit():
        return Edit(form)
    answer = streams.edit_text(
        viewer(), stream.id, form.version.data or "", form.words(), now=received_at()
    )
    if isinstance(answer, Stale):
        form.version.data = answer.version
    return Edit(form, answer is None, answer)


def add_question(stream: Stream) -> Edit:
    form = QuestionForm()
    if not form.validate_on_submit():
        return Edit(form)
    made = questions.add_question(viewer(), stream.id, form.wording(), now=received_at())
    return Edit(form, saved=True) if isinstance(made, int) else Edit(form, answer=made)


def edit_question(asked: Question) -> Edit:
    """On Stale as `edit_text`."""
    form = QuestionForm(
        data={**_as_typed(questions.wording_of(asked)), "seen": questions.mark_of(asked)}
    )
    if not form.validate_on_submit():
        return Edit(form)
    answer = questions.edit_question(
        viewer(), asked.id, form.wording(), seen=form.seen.data or "", now=received_at()
    )
    if isinstance(answer, Stale):
        form.seen.data = answer.version
        stands = questions.wording_of(asked)
        answer = replace(answer, current={**_as_typed(stands), "kind": KINDS[stands.kind]})
    return Edit(form, answer is None, answer)


def _as_typed(wording: Wording) -> dict[str, Any]:
    """A wording by the fields of its form."""
    return {**asdict(wording), "options": "\n".join(wording.options)}


def move_question(asked: Question) -> Refused | None:
    """A place up or down, as the button that was pressed says."""
    up = request.form.get("to") != "down"
    return questions.move_question(viewer(), asked.id, up=up, now=received_at())


def question_or_404(stream: Stream, question_id: int) -> Question:
    asked = next((found for found in stream.questions if found.id == question_id), None)
    if asked is None:
        abort(404)
    return asked
