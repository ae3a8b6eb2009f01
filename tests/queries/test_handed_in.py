"""What readers and admins see of a stream's tasks: what was handed in, and of the rest only that it was begun."""

from datetime import timedelta

import pytest

from portal.domain.rounds import Arrival
from portal.extensions import db
from portal.models import Extension
from portal.queries.handed_in import work_of
from portal.services import work_tests
from portal.services.work_tests import Work
from tests.conftest import NOW

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def stream(make):
    return make.stream(make.round())


@pytest.fixture
def row(make, stream):
    return make.arrived(make.submitted(make.user("Iris Okafor"), stream.round, [stream]), stream)


def do(row, test, text, after=timedelta(0), *, hand_in=True, version=0):
    user_id, round_id = row.application.user_id, row.application.round_id
    if hand_in:
        return work_tests.hand_in(
            user_id, round_id, test.id, Work(text), version,
            received_at=NOW + after, recorded_at=NOW + after,
        )  # fmt: skip
    return work_tests.save(user_id, round_id, test.id, Work(text), version, received_at=NOW + after)


def test_the_newest_hand_in_is_seen_and_what_was_saved_is_not(make, stream, row):
    test = make.work_test(stream)
    saved_only = make.work_test(stream, "Another")
    untouched = make.work_test(stream, "A third", due_at=NOW + 9 * DAY)
    do(row, test, "First.")
    do(row, test, "Second.", version=1)
    do(row, test, "Only saved.", hand_in=False, version=2)
    do(row, saved_only, "Only saved.", hand_in=False)

    first, second, third = work_of([row.id])[row.id]

    assert first.given.text == "Second."
    assert (second.begun_at, second.given) == (NOW, None)
    assert (third.begun_at, third.given, third.due_at) == (None, None, untouched.due_at)
    assert "Only saved." not in repr([first, second, third])


@pytest.mark.parametrize(("after", "used"), [(MINUTE, 1), (61 * MINUTE / 2, 31)])
def test_time_used_is_told_in_begun_minutes(make, stream, row, after, used):
    test = make.work_test(stream, minutes=60)
    user_id, round_id = row.application.user_id, row.application.round_id
    work_tests.start(user_id, round_id, test.id, received_at=NOW)
    do(row, test, "Done.", after)
    (work,) = work_of([row.id])[row.id]
    assert work.used == used
    assert work.given.arrival is Arrival.ON_TIME


def test_an_extension_of_theirs_moves_the_due_instant_that_is_shown(make, stream, row):
    make.work_test(stream)
    later = stream.round.closes_at + 2 * DAY
    db.session.add(
        Extension(
            round_id=stream.round_id,
            user_id=row.application.user_id,
            closes_at=later,
            reason="ill",
            granted_at=NOW,
        )
    )
    db.session.commit()
    assert work_of([row.id])[row.id][0].due_at == later


def test_a_reader_sees_the_words_that_were_answered_and_other_streams_see_nothing(
    make, browser, stream, row
):
    other = make.stream(stream.round)
    test = make.work_test(stream, brief="Repeat figure one.")
    make.work_test(other, "Of the other stream")
    do(row, test, "What I saw.")
    test.brief, test.version = "Repeat figure two.", 2
    db.session.commit()

    page = browser(make.member(stream)).page(f"/review/{row.id}")

    assert "What I saw." in page.text
    assert "Repeat figure one." in page.text
    assert "Repeat figure two." not in page.text
    assert "Of the other stream" not in page.text
    assert browser(make.member(other)).get(f"/review/{row.id}").status_code == 404
    admin = browser(make.admin()).page(f"/admin/applications/{row.application_id}")
    assert "What I saw." in admin.text
