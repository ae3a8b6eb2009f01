"""Doing a task: what an extension lets in, what a running clock makes of one, and handing in files."""

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.verdict import Refused
from portal.domain.work_tests import HandIn
from portal.extensions import db
from portal.models import AuditEvent, LateDraft, StoredFile, WorkTestAttempt, WorkTestHandIn
from portal.services import extensions, files, work_tests
from portal.services.desk import Late
from portal.services.files import Prepared, Upload
from portal.services.work_tests import HandedIn, Saved, StaleWork, Started, Work
from tests.conftest import NOW
from tests.support.pdfs import a_pdf
from tests.support.rows import actions

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def stream(make):
    return make.stream(make.round())


@pytest.fixture
def doing(make, stream):
    """What Iris does with a task of the stream that she applied to."""
    user = make.user("Iris Okafor")
    make.submitted(user, stream.round, [stream])

    class Doing:
        user_id = user.id

        def start(self, test, after=timedelta(0)):
            return work_tests.start(user.id, stream.round_id, test.id, received_at=NOW + after)

        def save(self, test, text, version=0, after=timedelta(0)):
            return work_tests.save(
                user.id, stream.round_id, test.id, Work(text), version, received_at=NOW + after
            )

        def hand_in(self, test, text="", version=0, after=timedelta(0), file=None):
            return work_tests.hand_in(
                user.id, stream.round_id, test.id, Work(text, file), version,
                received_at=NOW + after, recorded_at=NOW + after,
            )  # fmt: skip

    return Doing()


def attempt():
    db.session.expire_all()
    return db.session.scalars(sa.select(WorkTestAttempt)).one()


def hand_ins():
    return list(db.session.scalars(sa.select(WorkTestHandIn).order_by(WorkTestHandIn.id)))


def pdf(text="My work", name="work.pdf"):
    prepared = files.prepare(Upload(name, io.BytesIO(a_pdf(text))))
    assert isinstance(prepared, Prepared), prepared
    return prepared


def grant(boss, stream, doing, until, after):
    made = extensions.grant_extension(
        boss, stream.round_id, doing.user_id, stream.id, NOW + until,
        reason="The power failed.", now=NOW + after,
    )  # fmt: skip
    assert isinstance(made, int), made


def test_an_extension_lets_late_work_back_in_and_does_not_hand_it_in(boss, stream, doing, make):
    test = make.work_test(stream, due_at=NOW + 20 * DAY)
    doing.save(test, "Early.")

    late = doing.hand_in(test, "Too late.", 1, after=20 * DAY + HOUR)
    assert isinstance(late, Late)
    assert attempt().text == "Early."
    grant(boss, stream, doing, 22 * DAY, 20 * DAY + 2 * HOUR)

    assert attempt().text == "Too late."
    assert hand_ins() == []
    assert db.session.scalars(sa.select(LateDraft)).one().settled_at == NOW + 20 * DAY + 2 * HOUR
    given = doing.hand_in(test, "Too late.", 2, after=21 * DAY)
    assert isinstance(given, HandedIn)
    assert hand_ins()[0].closes_at == NOW + 22 * DAY


def test_an_extension_while_the_clock_runs_or_after_it_gives_its_time(boss, stream, doing, make):
    test = make.work_test(stream, minutes=60, due_at=NOW + 20 * DAY)
    doing.start(test)
    assert isinstance(doing.hand_in(test, "Late.", after=2 * HOUR), Late)

    grant(boss, stream, doing, 16 * DAY, 3 * HOUR)

    assert attempt().text == "Late."
    assert isinstance(doing.hand_in(test, "Late.", 1, after=15 * DAY), HandedIn)
    assert isinstance(doing.hand_in(test, "Later.", 1, after=16 * DAY + HOUR), Late)


def test_an_extension_from_before_the_start_leaves_the_clock(boss, stream, doing, make):
    test = make.work_test(stream, minutes=60)
    grant(boss, stream, doing, 16 * DAY, timedelta(0))
    assert isinstance(doing.start(test, after=15 * DAY), Started)
    assert isinstance(doing.hand_in(test, "Late.", after=15 * DAY + 2 * HOUR), Late)


def test_a_start_after_the_due_instant_is_late_and_begins_nothing(stream, doing, make):
    test = make.work_test(stream, minutes=60, due_at=NOW + HOUR)
    assert isinstance(doing.start(test, after=HOUR + 2 * MINUTE), Late)
    assert db.session.scalars(sa.select(WorkTestAttempt)).all() == []


def test_a_task_can_be_done_after_the_round_closed_and_not_after_its_release(stream, doing, make):
    test = make.work_test(stream, due_at=NOW + 30 * DAY)
    assert isinstance(doing.save(test, "After the close.", after=20 * DAY), Saved)
    stream.round.released_at = NOW + 21 * DAY
    db.session.commit()
    assert isinstance(doing.save(test, "After the release.", 1, after=22 * DAY), Late)


def test_a_retried_save_is_no_stale_one_and_another_text_is(stream, doing, make):
    test = make.work_test(stream)
    assert doing.save(test, "One.") == doing.save(test, "One.") == Saved(1)
    stale = doing.save(test, "Two.")
    assert isinstance(stale, StaleWork)
    assert (stale.text, stale.version) == ("One.", 1)


def test_a_file_is_handed_in_once_however_often_it_is_sent(stream, doing, make):
    test = make.work_test(stream, hand_in=HandIn.FILE)
    assert isinstance(doing.hand_in(test), work_tests.Unfit)
    first = doing.hand_in(test, version=1, file=pdf())
    again = doing.hand_in(test, version=1, file=pdf())
    assert isinstance(first, HandedIn)
    assert first == again
    assert len(db.session.scalars(sa.select(StoredFile)).all()) == 1
    another = doing.hand_in(test, version=attempt().version, file=pdf("Another"))
    assert isinstance(another, HandedIn)
    assert another != first
    assert [each.file.name for each in hand_ins()] == ["work.pdf", "work.pdf"]


def test_a_late_file_is_kept_and_let_in(boss, stream, doing, make):
    test = make.work_test(stream, hand_in=HandIn.FILE, due_at=NOW + HOUR)
    assert isinstance(doing.hand_in(test, file=pdf(), after=2 * HOUR), Late)
    kept = db.session.scalars(sa.select(LateDraft)).one()
    assert kept.content["name"] == "work.pdf"
    grant(boss, stream, doing, 16 * DAY, 3 * HOUR)
    assert attempt().file.ref == kept.content["file"]


def test_its_readers_open_a_file_and_others_do_not(stream, doing, make, browser):
    test = make.work_test(stream, hand_in=HandIn.FILE)
    doing.hand_in(test, file=pdf())
    ref = attempt().file.ref
    other = make.stream(stream.round)
    readers = {make.member(stream): 200, make.member(other): 404, make.user(): 404}
    for user, status in readers.items():
        with browser(user).get(f"/files/{ref}") as answer:
            assert answer.status_code == status


def test_the_log_holds_no_text_of_theirs(stream, doing, make):
    test = make.work_test(stream)
    doing.hand_in(test, "My secret thoughts.")
    assert actions()[-3:] == ["work_test.started", "work_test.saved", "work_test.handed_in"]
    for event in db.session.scalars(sa.select(AuditEvent)):
        assert "secret" not in f"{event.before}{event.after}"


def test_nobody_begins_a_task_of_a_stream_they_did_not_choose(make, stream, doing):
    other = make.work_test(make.stream(stream.round))
    assert isinstance(doing.start(other), Refused)
    assert isinstance(doing.save(other, "Uninvited."), Refused)
    assert db.session.scalars(sa.select(WorkTestAttempt)).all() == []
