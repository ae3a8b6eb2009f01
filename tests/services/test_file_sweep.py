"""Sweeping: what something names is kept, what nothing names goes after a day, a half-done sweep is finished."""

import io
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal import tasks
from portal.adapters.pdf import Fit
from portal.adapters.storage import Folder, StorageError
from portal.domain.files import new_key
from portal.domain.rounds import Arrival
from portal.domain.work_tests import HandIn
from portal.extensions import db
from portal.models import (
    Answer,
    LateDraft,
    SectionAnswers,
    StoredFile,
    SubmissionFile,
    WorkTest,
    WorkTestAttempt,
    WorkTestHandIn,
)
from portal.services import files
from portal.services.files import Prepared, Upload
from portal.services.work import writing
from tests.conftest import NOW
from tests.support.rows import events

DAY = timedelta(days=1)
LATER = NOW + DAY + timedelta(seconds=1)


class Trusting:
    """Sweeping is not about what is in a file."""

    def check(self, path: Path) -> Fit:
        return Fit(1)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.setattr(files, "_room", None, raising=False)
    folder = Folder(tmp_path / "files")
    files.introduce(folder, Trusting(), spool=tmp_path / "spool", limit=1_000_000)
    return folder


class World:
    """One submitted application to a stream with a task, and files of its owner."""

    def __init__(self, make, folder: Folder) -> None:
        self.make, self.folder = make, folder
        self.round = make.round()
        self.stream = make.stream(self.round, questions=["Why?"])
        self.application = make.submitted(streams=[self.stream])
        self.row = make.arrived(self.application, self.stream)

    def file(self, user_id: int | None = None) -> StoredFile:
        found = files.prepare(Upload("cv.pdf", io.BytesIO(b"data")))
        assert isinstance(found, Prepared)
        owner = user_id or self.application.user_id
        with writing() as session:
            row = files.attach(session, owner, self.round.id, found, at=NOW)
        os.utime(self.folder.root / row.key, (NOW.timestamp(),) * 2)
        return row

    def attempt(self, **values: object) -> WorkTestAttempt:
        test = self.make.keep(
            WorkTest(stream_id=self.stream.id, title="T", brief="B", hand_in=HandIn.FILE)
        )
        return self.make.keep(
            WorkTestAttempt(
                stream_application_id=self.row.id,
                work_test_id=test.id,
                started_at=NOW,
                saved_at=NOW,
                **values,
            )
        )


@pytest.fixture
def world(make, folder) -> World:
    return World(make, folder)


def in_a_section(world: World, file: StoredFile) -> None:
    db.session.add(
        SectionAnswers(
            application_id=world.application.id,
            section="background",
            answers={"links": "", "cv": file.ref},
            saved_at=NOW,
        )
    )


def in_an_answer(world: World, file: StoredFile) -> None:
    question = world.stream.questions[0]
    db.session.add(
        Answer(stream_application_id=world.row.id, question_id=question.id, text=file.ref)
    )


def in_a_submission(world: World, file: StoredFile) -> None:
    key = world.application.current_submission_id
    db.session.add(SubmissionFile(submission_id=key, file_id=file.id))


def in_the_words_of_a_submission(world: World, file: StoredFile) -> None:
    submission = world.application.current_submission
    submission.content = submission.content.replace('"answer":"', f'"answer":"{file.ref}', 1)


def in_a_late_draft(world: World, file: StoredFile) -> None:
    db.session.add(
        LateDraft(
            round_id=world.round.id,
            user_id=world.application.user_id,
            action="background",
            content={"answers": {"cv": file.ref}},
            received_at=NOW,
            closed_at=NOW,
        )
    )


def in_a_task(world: World, file: StoredFile) -> None:
    world.attempt(file_id=file.id)


def in_the_words_of_a_task(world: World, file: StoredFile) -> None:
    world.attempt(text=file.ref)


def handed_in(world: World, file: StoredFile) -> None:
    db.session.add(
        WorkTestHandIn(
            attempt_id=world.attempt().id,
            title="T",
            brief="B",
            test_version=1,
            file_id=file.id,
            closes_at=NOW,
            received_at=NOW,
            recorded_at=NOW,
            arrival=Arrival.ON_TIME,
        )
    )


PLACES: tuple[Callable[[World, StoredFile], None], ...] = (
    in_a_section,
    in_an_answer,
    in_a_submission,
    in_the_words_of_a_submission,
    in_a_late_draft,
    in_a_task,
    in_the_words_of_a_task,
    handed_in,
)


@pytest.mark.parametrize("name_in", PLACES, ids=lambda place: place.__name__)
def test_a_file_that_something_names_is_kept(world, name_in):
    file, other = world.file(), world.file()
    name_in(world, file)
    db.session.commit()
    assert files.sweep(LATER) == 1, "only the one that nothing names"
    assert db.session.scalars(sa.select(StoredFile.id)).all() == [file.id]
    assert list(dict(world.folder.keys())) == [file.key]
    assert other.key != file.key


def test_a_name_in_somebody_elses_application_keeps_nothing(world, make):
    file = world.file(make.user().id)
    in_a_section(world, file)
    db.session.commit()
    assert files.sweep(LATER) == 1


def test_a_file_is_kept_for_a_day_for_whoever_still_has_the_form_open(world):
    world.file()
    assert files.sweep(NOW + DAY) == 0
    assert files.sweep(LATER) == 1
    assert files.sweep(LATER) == 0


def test_bytes_without_a_row_go_after_a_day(world):
    orphan = new_key()
    world.folder.put(orphan, io.BytesIO(b"data"))
    written = dict(world.folder.keys())[orphan]
    assert files.sweep(written + DAY) == 0
    assert files.sweep(written + DAY + timedelta(seconds=1)) == 1
    assert list(world.folder.keys()) == []


def test_what_was_cut_off_in_writing_or_receiving_goes_too(world, tmp_path):
    leftovers = [tmp_path / "spool" / "half.pdf", world.folder.root / ".incoming" / ("0" * 32)]
    world.file()  # makes the folders
    for path in leftovers:
        path.write_bytes(b"half")
        os.utime(path, (NOW.timestamp(),) * 2)
    assert files.sweep(LATER) == 3
    assert not any(path.exists() for path in leftovers)


def test_one_entry_of_the_audit_log_has_the_counts(world):
    world.file()
    world.file()
    orphan = new_key()
    world.folder.put(orphan, io.BytesIO(b"data"))
    os.utime(world.folder.root / orphan, (NOW.timestamp(),) * 2)
    assert files.sweep(LATER) == 3
    (event,) = events("files.swept")
    assert event.after == {"unnamed": 2, "without_row": 1}
    files.sweep(LATER)
    assert len(events("files.swept")) == 1, "nothing was removed, nothing is said"


def test_more_than_fit_into_one_transaction_are_removed_in_several(world, monkeypatch):
    monkeypatch.setattr(files, "SWEPT_AT_ONCE", 2)
    for _ in range(5):
        world.file(world.make.user().id)
    assert files.sweep(LATER) == 5
    assert [sum(event.after.values()) for event in events("files.swept")] == [2, 2, 1]


def test_rows_go_before_bytes_so_that_a_sweep_that_fails_is_finished_by_the_next(
    world, monkeypatch
):
    file = world.file()
    with monkeypatch.context() as patched:

        def fail(key: str) -> None:
            assert db.session.scalar(sa.select(sa.func.count(StoredFile.id))) == 0
            raise StorageError("no answer")

        patched.setattr(world.folder, "delete", fail)
        assert files.sweep(LATER) == 1
    assert list(dict(world.folder.keys())) == [file.key]
    assert files.sweep(LATER) == 1
    assert list(world.folder.keys()) == []


def test_it_is_one_of_the_hourly_jobs(app, world):
    world.file()
    (job,) = (job for job in tasks.JOBS if job.name == "sweep_files")
    minutes = [NOW + timedelta(minutes=n) for n in range(24 * 60)]
    assert sum(job.when(minute) for minute in minutes) == 24
    job.run(app.extensions["settings"], LATER)
    assert list(world.folder.keys()) == []
