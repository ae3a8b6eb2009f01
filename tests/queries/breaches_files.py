"""Planted breaches of the rules about files; `FILE_PLANTS` by the rule's name."""

from collections.abc import Callable
from dataclasses import replace

from portal.domain.files import PDF, new_key, new_ref
from portal.domain.submissions import GivenFile, canonical, read
from portal.domain.work_tests import HandIn
from portal.extensions import db
from portal.models import (
    Application,
    StoredFile,
    StreamApplication,
    Submission,
    SubmissionFile,
    User,
    WorkTest,
    WorkTestAttempt,
)
from tests.conftest import NOW
from tests.queries.planting import change, first, of, received


def file_of(user_id: int, round_id: int) -> StoredFile:
    """The row of a file; no rule of the database looks at its bytes."""
    row = StoredFile(
        ref=new_ref(),
        key=new_key(),
        user_id=user_id,
        round_id=round_id,
        name="cv.pdf",
        media_type=PDF,
        size=9,
        sha256="0" * 64,
        created_at=NOW,
    )
    db.session.add(row)
    db.session.flush()
    return row


def application_of(submission_id: int) -> Application:
    key = of(Submission.application_id, Submission, submission_id)
    application = db.session.get(Application, key)
    assert application is not None
    return application


def name_file(submission_id: int, file: StoredFile) -> None:
    """Make the file an answer of the submission's content."""
    content = read(of(Submission.content, Submission, submission_id))
    given = GivenFile(file.name, file.size, file.sha256)
    section = content.sections[0]
    answer = replace(section.answers[0], answer=file.ref, kind="file", file=given)
    section = replace(section, answers=(answer, *section.answers[1:]))
    changed = replace(content, sections=(section, *content.sections[1:]))
    change(Submission, submission_id, content=canonical(changed))


def hold(submission_id: int, file: StoredFile) -> None:
    db.session.add(SubmissionFile(submission_id=submission_id, file_id=file.id))
    db.session.flush()


def somebody_else(application: Application) -> int:
    return first(User.id, User.id != application.user_id)


def not_held() -> int:
    key = first(Submission.id)
    application = application_of(key)
    name_file(key, file_of(application.user_id, application.round_id))
    return key


def held_of_another() -> int:
    key = first(Submission.id)
    application = application_of(key)
    file = file_of(somebody_else(application), application.round_id)
    name_file(key, file)
    hold(key, file)
    return key


def handed_in_of_another() -> int:
    row = db.session.get(StreamApplication, received())
    assert row is not None
    test = WorkTest(stream_id=row.stream_id, title="T", brief="B", hand_in=HandIn.FILE)
    db.session.add(test)
    db.session.flush()
    file = file_of(somebody_else(row.application), row.application.round_id)
    attempt = WorkTestAttempt(
        stream_application_id=row.id,
        work_test_id=test.id,
        file_id=file.id,
        started_at=NOW,
        saved_at=NOW,
    )
    db.session.add(attempt)
    db.session.flush()
    return attempt.id


FILE_PLANTS: dict[str, Callable[[], int]] = {
    "submission-holds-its-files": not_held,
    "held-file-is-own": held_of_another,
    "handed-in-file-is-own": handed_in_of_another,
}
