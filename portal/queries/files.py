"""Who may read a file: its owner, readers of what holds it, admins of what was sent in. One question, one answer."""

from dataclasses import dataclass

import sqlalchemy as sa

from portal.domain.files import REF
from portal.domain.permissions import Viewer
from portal.domain.reading import reading
from portal.domain.submissions import read
from portal.extensions import db
from portal.models import (
    Application,
    StoredFile,
    StreamApplication,
    Submission,
    SubmissionFile,
    WorkTestAttempt,
    WorkTestHandIn,
)
from portal.queries.admin_applications import visible
from portal.queries.scope import named_to


@dataclass(frozen=True)
class Readable:
    """A file that the viewer may read. `application_id` is None for an owner who has not started one."""

    file: StoredFile
    is_own: bool
    application_id: int | None


def readable(viewer: Viewer, ref: str) -> Readable | None:
    """The file of this reference, if the viewer may read it; None otherwise, whatever the cause."""
    if viewer.user_id is None or not REF.fullmatch(ref):
        return None
    row = db.session.execute(
        sa.select(StoredFile, Application.id)
        .outerjoin(
            Application,
            sa.and_(
                Application.user_id == StoredFile.user_id,
                Application.round_id == StoredFile.round_id,
            ),
        )
        .where(StoredFile.ref == ref)
    ).one_or_none()
    if row is None:
        return None
    file, application_id = row
    is_own = file.user_id == viewer.user_id
    if (
        is_own
        or _sent_in(viewer, file)
        or _held_by_reading(viewer, file)
        or _handed_in(viewer, file)
    ):
        return Readable(file, is_own, application_id)
    return None


def _sent_in(viewer: Viewer, file: StoredFile) -> bool:
    """Whether an admin finds it in what was submitted or handed in: drafts are their writer's."""
    if not viewer.is_admin:
        return False
    submitted = (
        sa.select(Application.id)
        .join(Submission, Submission.application_id == Application.id)
        .join(SubmissionFile, SubmissionFile.submission_id == Submission.id)
        .where(SubmissionFile.file_id == file.id, visible(viewer))
    )
    tested = _tested(file).where(visible(viewer))
    return bool(db.session.scalar(sa.select(submitted.exists() | tested.exists())))


def _held_by_reading(viewer: Viewer, file: StoredFile) -> bool:
    """Whether it stands in what the readers of one of the viewer's streams read: not in an answer to another's.

    No file is read while a review is anonymised: that one names nobody cannot be proved.
    """
    rows = db.session.execute(
        sa.select(Submission.content, StreamApplication.stream_id)
        .join(StreamApplication, StreamApplication.submission_id == Submission.id)
        .join(Application, Application.id == StreamApplication.application_id)
        .join(SubmissionFile, SubmissionFile.submission_id == Submission.id)
        .where(SubmissionFile.file_id == file.id, named_to(viewer))
    )
    return any(reading(read(content), stream).file(file.ref) for content, stream in rows)


def _handed_in(viewer: Viewer, file: StoredFile) -> bool:
    """Whether it was handed in for a work test of one of the viewer's streams."""
    tested = _tested(file).where(named_to(viewer))
    return bool(db.session.scalar(sa.select(tested.exists())))


def _tested(file: StoredFile) -> sa.Select[int]:
    return (
        sa.select(Application.id)
        .join(StreamApplication, StreamApplication.application_id == Application.id)
        .join(WorkTestAttempt, WorkTestAttempt.stream_application_id == StreamApplication.id)
        .join(WorkTestHandIn, WorkTestHandIn.attempt_id == WorkTestAttempt.id)
        .where(WorkTestHandIn.file_id == file.id)
    )
