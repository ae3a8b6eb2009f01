"""The working copy's answers to a stream, each beside the version of the question that it was given to."""

from collections.abc import Mapping

from portal.domain.applications import question_field
from portal.domain.saving import Origin
from portal.models import Answer, Application, Question, Stream
from portal.queries.applications import Dossier
from portal.services.desk import Desk, stream_application


def put_stream(
    desk: Desk,
    application: Application,
    stream: Stream,
    given: Mapping[str, str],
    version: int,
    origin: Origin,
) -> None:
    """Write the answers to a stream. One that stays as it is answers the newer words only if it is saved by hand."""
    application.saved_at = desk.at
    row = stream_application(desk, application, stream.id)
    row.version, row.saved_at = version, desk.at
    kept = {answer.question_id: answer for answer in row.answers}
    for question in stream.questions:
        text = given.get(question_field(question.id))
        if text is None:
            continue  # a retired question keeps the answer it was given
        answer, met = kept.get(question.id), _met(question, origin)
        if answer is None:
            row.answers.append(Answer(question_id=question.id, text=text, question_version=met))
        elif answer.text != text:
            answer.text, answer.question_version = text, met
        elif not origin.by_itself:
            answer.question_version = max(answer.question_version, met)


def _met(question: Question, origin: Origin) -> int:
    """The version of a question that the saved page showed; a page that does not say showed the one that stands."""
    asked = origin.asked.get(question_field(question.id), question.version)
    return min(asked, question.version)


def answers_anew(dossier: Dossier, slug: str, origin: Origin) -> bool:
    """Whether a save by hand, in the same words, answers a question that was changed since it was answered."""
    stream = dossier.stream_of_section(slug)
    row = dossier.stream_application(stream) if stream else None
    if stream is None or row is None or origin.by_itself:
        return False
    asked = {each.id: each for each in stream.questions if each.retired_at is None}
    return any(
        answer.text and answer.question_version < _met(asked[answer.question_id], origin)
        for answer in row.answers
        if answer.question_id in asked
    )
