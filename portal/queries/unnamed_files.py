"""Files that nothing names any more: no working copy, no submission, no late draft, no hand-in."""

from datetime import datetime

import sqlalchemy as sa

from portal.models import (
    Answer,
    Application,
    LateDraft,
    SectionAnswers,
    StoredFile,
    StreamApplication,
    Submission,
    SubmissionFile,
    WorkTestAttempt,
    WorkTestHandIn,
)

Unnamed = sa.Select[int, int, str]


def unnamed_files(before: datetime) -> Unnamed:
    """The id, owner and key of each file that was attached before that instant and that nothing names.

    A reference is long and random, so finding it in a text means that the text names the file.
    """
    return sa.select(StoredFile.id, StoredFile.user_id, StoredFile.key).where(
        StoredFile.created_at < before,
        ~sa.exists().where(SubmissionFile.file_id == StoredFile.id),
        ~sa.exists().where(WorkTestAttempt.file_id == StoredFile.id),
        ~sa.exists().where(WorkTestHandIn.file_id == StoredFile.id),
        ~_own(
            SectionAnswers, SectionAnswers.application_id, sa.cast(SectionAnswers.answers, sa.Text)
        ),
        ~_own(Submission, Submission.application_id, Submission.content),
        ~_in_stream(Answer, Answer.stream_application_id, Answer.text),
        ~_in_stream(WorkTestAttempt, WorkTestAttempt.stream_application_id, WorkTestAttempt.text),
        ~sa.exists().where(
            LateDraft.user_id == StoredFile.user_id,
            sa.cast(LateDraft.content, sa.Text).contains(StoredFile.ref),
        ),
    )


def _own(
    model: type, application_id: sa.SQLColumnExpression[int], text: sa.SQLColumnExpression[str]
) -> sa.Exists:
    """Whether a row of the owner's applications names the file in its text."""
    return (
        sa.exists()
        .select_from(model)
        .where(
            Application.id == application_id,
            Application.user_id == StoredFile.user_id,
            text.contains(StoredFile.ref),
        )
    )


def _in_stream(
    model: type,
    stream_application_id: sa.SQLColumnExpression[int],
    text: sa.SQLColumnExpression[str],
) -> sa.Exists:
    return (
        sa.exists()
        .select_from(model)
        .where(
            StreamApplication.id == stream_application_id,
            Application.id == StreamApplication.application_id,
            Application.user_id == StoredFile.user_id,
            text.contains(StoredFile.ref),
        )
    )
