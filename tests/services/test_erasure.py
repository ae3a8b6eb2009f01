"""Erasing a person: before it every canary is found in the bytes on the disk (the control), afterwards none."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask

from portal.adapters.ledger import Ledger
from portal.adapters.letters import Letter
from portal.adapters.storage import Folder, StorageError
from portal.app import create_app
from portal.domain.applications import ApplicationState
from portal.domain.permissions import Viewer
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import (
    Application,
    Base,
    Decision,
    Enquiry,
    Erasure,
    Extension,
    OutboxMessage,
    Review,
    StreamApplication,
    StreamMember,
    Submission,
    User,
)
from portal.queries import subjects
from portal.queries.audit_chain import verify
from portal.queries.invariants import broken
from portal.queries.receipts import check_receipt, public_receipt
from portal.services import accounts, applications, enquiries, erasure, files, outbox, scrubbing
from portal.services.work import writing
from tests.conftest import NOW
from tests.support import remains
from tests.support.databases import fresh_database, settings_of_tests
from tests.support.rows import again
from tests.support.telling import World

DAY = timedelta(days=1)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def portal(tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A portal of its own, whose database is a real file (or database) with real transactions."""
    monkeypatch.setattr(files, "_room", None, raising=False)  # so that it comes back afterwards
    monkeypatch.setattr(erasure, "_ledger", None, raising=False)
    data_dir.mkdir()
    with fresh_database("erasure", data_dir) as address:
        app = create_app(settings_of_tests(address, data_dir))
        with app.app_context():
            sa.event.listen(db.engine, "connect", _leave_old_texts_lying)
            flask_migrate.upgrade()
            yield app
            db.session.remove()
            db.engine.dispose()


def _leave_old_texts_lying(connection: Any, _record: object) -> None:
    """Some builds of SQLite overwrite what is deleted, others do not: here none does."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA secure_delete = OFF")


def others_rows(subject: subjects.Subject) -> dict[str, list[Any]]:
    """Every row of every table that is not the subject's; but for what an erasure itself adds."""
    rows = {}
    for table in Base.metadata.sorted_tables:
        if table.name in ("audit_events", "erasures"):
            continue
        query = sa.select(table).order_by(*table.primary_key.columns)
        if table.name in {each.table for each in subjects.HOLDINGS}:
            query = query.where(sa.not_(subjects.rows_of(table, subject)))
        rows[table.name] = [tuple(row) for row in db.session.execute(query)]
    return rows


def counts() -> dict[str, int]:
    """How many rows there are of what reports count."""
    models = (User, Application, StreamApplication, Submission, Review, Decision, Extension)
    return {
        model.__tablename__: db.session.scalar(sa.select(sa.func.count()).select_from(model))
        for model in models
    }


def _at_last(data_dir: Path, words: list[str]) -> bytes:
    """What is on the disk: PostgreSQL keeps old rows while others read, so the worker's later turns may be needed."""
    for _ in range(5):
        found = remains.everything(data_dir)
        if not any(remains.hits(found, remains.forms(word)) for word in words):
            break
        time.sleep(1)
        scrubbing.scrub()
    return found


def test_before_every_canary_is_on_the_disk_and_after_an_erasure_none(
    portal: Flask, data_dir: Path
) -> None:
    world = World()
    subject = world.subject
    flaws = {
        str(each) for each in broken(db.session())
    }  # what builders make straight in the tables
    words = [remains.NAME, remains.ADDRESS, *remains.paint(subject)]
    words += [*remains.in_pdf(world.user.name), "quilla searchedfor"]
    number = db.session.scalar(
        sa.select(Submission.number).join(Application, Application.id == Submission.application_id)
        .where(Application.user_id == world.user.id)
    )  # fmt: skip
    receipt, before, counted = public_receipt(number), others_rows(subject), counts()
    db.session.execute(sa.text("ANALYZE"))  # a database keeps values of its columns for its planner
    db.session.commit()
    found = remains.everything(data_dir)
    absent = [word for word in words if not remains.hits(found, remains.forms(word))]
    assert not absent, "the control finds every canary"
    assert len(words) > 55

    assert erasure.erase(world.user.id, by=world.user.id, reason="", now=NOW)
    assert erasure.finish(NOW) == erasure.Progress(1, 0)

    found = _at_last(data_dir, words)
    for word in words:
        assert not remains.hits(found, remains.forms(word)), word
    assert not remains.hits(found, remains.digests(remains.ADDRESS))
    assert others_rows(subject) == before
    assert counts() == counted
    assert public_receipt(number) == receipt
    checked = check_receipt(number)
    assert checked.is_erased
    assert checked.problems == ()
    assert {str(each) for each in broken(db.session())} < flaws
    assert not verify(db.session(), []).problems


# -- cut off anywhere ------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


def die(*_: object, **__: object) -> None:
    raise Killed


STEPS: dict[str, tuple[Any, str]] = {
    "before the ledger": (Ledger, "add"),
    "before the files": (Folder, "delete"),
    "before the pages": (erasure, "scrub"),
}


@pytest.mark.parametrize("step", STEPS)
def test_cut_off_at_any_step_it_does_not_count_as_done_and_is_gone_on_with(
    portal: Flask, data_dir: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    world = World()
    kept = [file.key for file in db.session.scalars(sa.select(files.StoredFile))]
    with monkeypatch.context() as patched:
        patched.setattr(*STEPS[step], die)
        assert erasure.erase(world.user.id, by=None, reason="", now=NOW)
        with pytest.raises(Killed):
            erasure.finish(NOW)
    db.session.remove()
    assert db.session.scalars(sa.select(Erasure)).one().finished_at is None
    assert erasure.finish(NOW) == erasure.Progress(1, 0)
    assert db.session.scalars(sa.select(Erasure)).one().finished_at == NOW
    left = dict(Folder(data_dir / "files").keys())
    assert len(left) == len(kept) - 1
    assert len(Ledger(data_dir / "erasures.jsonl").digests()) == 1


def test_a_storage_that_is_away_keeps_the_erasure_open(
    portal: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()

    def away(*_: object) -> None:
        raise StorageError("away")

    erasure.erase(world.user.id, by=None, reason="", now=NOW)
    with monkeypatch.context() as patched:
        patched.setattr(Folder, "delete", away)
        assert erasure.finish(NOW) == erasure.Progress(0, 1)
    assert erasure.finish(NOW) == erasure.Progress(1, 0)


def test_killed_inside_the_transaction_nothing_is_erased(
    portal: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    with monkeypatch.context() as patched:
        patched.setattr(erasure.audit, "record", die)
        with pytest.raises(Killed):
            erasure.erase(world.user.id, by=None, reason="", now=NOW)
    assert again(world.user).name == remains.NAME
    assert erasure.finish(NOW) == erasure.Progress(0, 0)


# -- after a restore -------------------------------------------------------------------------------


def test_a_restored_database_is_erased_again_from_the_ledger_and_nobody_else_is(
    portal: Flask, data_dir: Path
) -> None:
    world = World()
    erased = world.user.id
    erasure.erase(erased, by=None, reason="", now=NOW)
    erasure.finish(NOW)
    ledger = (data_dir / "erasures.jsonl").read_text()
    assert remains.ADDRESS not in ledger
    assert (data_dir / "erasures.jsonl").stat().st_mode & 0o777 == 0o600
    # As the copy from before had it; somebody new in the place of an erased number is somebody else.
    db.session.execute(sa.delete(Erasure))
    db.session.execute(sa.update(User).values(erased_at=None))
    db.session.commit()
    world.make.user("Sam Stranger")

    assert erasure.reapply(NOW) == 1

    gone = sa.select(User.id).where(User.erased_at.is_not(None))
    assert db.session.scalars(gone).all() == [erased]
    assert erasure.reapply(NOW) == 0


# -- who and what ----------------------------------------------------------------------------------


def test_an_undecided_application_is_withdrawn_first(make) -> None:
    application = make.submitted()
    erasure.erase(application.user_id, by=application.user_id, reason="", now=NOW)
    application = again(application)
    assert (application.state, application.withdrawn_at) == (ApplicationState.WITHDRAWN, NOW)
    assert application.forgotten_at == NOW


def test_a_decided_application_stays_counted_as_decided(make) -> None:
    application = make.submitted(round_=make.round(released_at=NOW - DAY))
    erasure.erase(application.user_id, by=None, reason="", now=NOW)
    assert again(application).state is ApplicationState.SUBMITTED


def test_what_a_reader_wrote_about_others_stays_without_their_name(make) -> None:
    stream = make.stream(make.round())
    reader = make.member(stream, name="Rhea Reader")
    row = make.reviewed(
        make.arrived(make.submitted(streams=[stream]), stream), reader, fit=4, skill=2
    )
    erasure.erase(reader.id, by=None, reason="", now=NOW)
    review = db.session.scalars(sa.select(Review)).one()
    assert (review.comment, again(review.reader).name) == ("Read with care.", "Erased account")
    assert again(row).score_mean == 3
    assert db.session.scalars(sa.select(StreamMember)).all() == []
    assert [str(each) for each in broken(db.session()) if "erased" in str(each)] == []


def test_the_last_admin_is_not_erased(make) -> None:
    admin = make.admin()
    verdict = erasure.erase(admin.id, by=admin.id, reason="", now=NOW)
    assert isinstance(verdict, Refused)
    assert again(admin).erased_at is None


def test_erasing_twice_is_erasing_once(make) -> None:
    user = make.user()
    for _ in range(2):
        assert erasure.erase(user.id, by=None, reason="", now=NOW)
    assert len(db.session.scalars(sa.select(Erasure)).all()) == 1


def test_an_erased_account_is_not_opened_again(make) -> None:
    admin, user = make.admin(), make.user()
    erasure.erase(user.id, by=admin.id, reason="", now=NOW)
    assert isinstance(accounts.set_active(admin.id, user.id, True, reason="", now=NOW), Refused)


def test_letters_that_wait_for_an_erased_person_never_leave(portal: Flask) -> None:
    world = World()
    erasure.erase(world.user.id, by=None, reason="", now=NOW)
    table = subjects.table_of("outbox")
    rows = db.session.execute(sa.select(table).where(table.c.user_id == world.user.id)).all()
    assert rows
    assert all(row.failed_at is not None and row.recipient == "" for row in rows)


def test_a_letter_to_everybody_leaves_the_erased_out(make) -> None:
    erased, there = make.user(), make.user()
    erasure.erase(erased.id, by=None, reason="", now=NOW)
    people = [(each.id, again(each).email) for each in (erased, there)]
    letter = Letter("News", "Some news.")
    with writing() as session:
        outbox.put_all(session, "news", letter, at=NOW, people=people)
    rows = db.session.scalars(sa.select(OutboxMessage.user_id)).all()
    assert rows == [there.id]


def test_a_write_that_waited_for_the_erasure_writes_nothing(make) -> None:
    """Its request was let in before; the rows of the person are locked until the erasure is through."""
    user, round_ = make.user(), make.round()
    erasure.erase(user.id, by=None, reason="", now=NOW)
    with pytest.raises(LookupError):
        applications.save_section(user.id, round_.id, "about", {}, 0, received_at=NOW)
    asked = enquiries.ask(Viewer(user.id), round_.id, "Still there?", now=NOW)
    assert isinstance(asked, Refused)
    assert db.session.scalars(sa.select(Enquiry)).all() == []
