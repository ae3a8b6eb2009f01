"""Questions that were changed after somebody had answered them, in the words they answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from portal.domain.applications import question_field
from portal.domain.questions import Former
from portal.extensions import db
from portal.models import QuestionWording

if TYPE_CHECKING:
    from portal.queries.applications import Dossier


def reworded(dossier: Dossier) -> dict[str, Former]:
    """By field, over all streams. One statement, and none where nothing was changed."""
    versions = _answered_versions(dossier)
    if not versions:
        return {}
    rows = db.session.scalars(
        sa.select(QuestionWording).where(
            sa.tuple_(QuestionWording.question_id, QuestionWording.version).in_(versions)
        )
    )
    kept = {
        row.question_id: Former(row.prompt, row.help, tuple(row.options), row.word_limit)
        for row in rows
    }
    return {question_field(key): kept.get(key, Former()) for key, _ in versions}


def _answered_versions(dossier: Dossier) -> list[tuple[int, int]]:
    """(question, version) of each answer to a version that is not asked any more."""
    asked = {
        question.id: question.version
        for stream in dossier.round.streams
        for question in stream.questions
        if question.retired_at is None
    }
    rows = dossier.application.stream_applications if dossier.application else []
    return [
        (answer.question_id, answer.question_version)
        for row in rows
        for answer in row.answers
        if answer.text and answer.question_version < asked.get(answer.question_id, 0)
    ]
