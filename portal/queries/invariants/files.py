"""Rules about files: what a submission names it also holds, and nobody holds another person's file.

That the bytes behind a row are there, and are those that were recorded, `services.files.broken_files` checks: it
needs the storage.
"""

from collections import defaultdict
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.questions import Kind
from portal.domain.submissions import Content, GivenAnswer, GivenFile, read
from portal.models import (
    Application,
    StoredFile,
    StreamApplication,
    Submission,
    SubmissionFile,
    WorkTestAttempt,
    WorkTestHandIn,
)
from portal.queries.invariants.invariant import Invariant, rule

AT_ONCE = 200  # submissions in memory


def _not_held(session: Session) -> Iterator[int]:
    held: dict[int, dict[str, GivenFile]] = defaultdict(dict)
    rows = session.execute(
        sa.select(SubmissionFile.submission_id, StoredFile).join(
            StoredFile, StoredFile.id == SubmissionFile.file_id
        )
    )
    for key, file in rows:
        held[key][file.ref] = GivenFile(file.name, file.size, file.sha256)
    contents = sa.select(Submission.id, Submission.content).execution_options(yield_per=AT_ONCE)
    for key, text in session.execute(contents):
        named = {given.answer: given.file for given in _files_of(read(text))}
        if named != held.get(key, {}):
            yield key


def _files_of(content: Content) -> Iterator[GivenAnswer]:
    answers = [given for section in content.sections for given in section.answers]
    answers += [given for stream in content.streams for given in stream.answers]
    yield from (given for given in answers if given.kind == Kind.FILE and given.answer)


def _held_of_another() -> sa.Select[int]:
    return (
        sa.select(SubmissionFile.submission_id)
        .join(Submission, Submission.id == SubmissionFile.submission_id)
        .join(Application, Application.id == Submission.application_id)
        .join(StoredFile, StoredFile.id == SubmissionFile.file_id)
        .where(StoredFile.user_id != Application.user_id)
    )


def _handed_in_of_another() -> sa.Select[int]:
    return (
        sa.select(WorkTestAttempt.id)
        .join(StreamApplication, StreamApplication.id == WorkTestAttempt.stream_application_id)
        .join(Application, Application.id == StreamApplication.application_id)
        .outerjoin(WorkTestHandIn, WorkTestHandIn.attempt_id == WorkTestAttempt.id)
        .join(StoredFile, StoredFile.id.in_((WorkTestAttempt.file_id, WorkTestHandIn.file_id)))
        .where(StoredFile.user_id != Application.user_id)
    )


INVARIANTS = (
    Invariant(
        "submission-holds-its-files",
        "submission",
        "the files that it names are not those that it holds",
        _not_held,
    ),
    rule("held-file-is-own", "submission", "it holds another person's file", _held_of_another),
    rule(
        "handed-in-file-is-own",
        "work test attempt",
        "its file, or one that was handed in, is another person's",
        _handed_in_of_another,
    ),
)
