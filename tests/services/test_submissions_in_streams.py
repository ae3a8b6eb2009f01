"""What a submit means for its streams: which submission each of them reads, by its own deadline."""

import pytest
import sqlalchemy as sa

from portal.domain.rounds import DEFAULT_GRACE
from portal.domain.submissions import read
from portal.extensions import db
from portal.models import (
    StreamApplication,
)
from portal.services import applications
from portal.services.submissions import Incomplete, Receipt
from tests.conftest import NOW
from tests.support.applicant import (
    CLOSES,
    EARLY,
    choose,
    met_by,
    record,
    submit,
    write,
)


@pytest.fixture
def round_(make):
    return make.round(closes_at=CLOSES)


@pytest.fixture
def iris(make):
    return make.user("Iris Okafor", time_zone="Africa/Nairobi")


def test_streams_learn_the_best_rank_and_how_much_there_is_to_read(make, round_, iris):
    first = make.stream(round_)
    second = make.stream(round_, directions=[make.direction(), make.direction()])
    write(iris, round_, first)
    ids = [second.offerings[1].id, first.offerings[0].id, second.offerings[0].id]
    applications.save_ranking(iris.id, round_.id, ids, 1, received_at=NOW)

    number = submit(iris, round_).number

    assert (met_by(iris, second).best_rank, met_by(iris, first).best_rank) == (1, 2)
    assert met_by(iris, first).submission_id == record(number).id
    assert met_by(iris, first).first_received_at == NOW
    assert met_by(iris, first).words > 0


def test_stream_that_has_closed_keeps_the_submission_it_had(make, round_, iris):
    closed, open_ = make.stream(round_, closes_at=EARLY), make.stream(round_)
    write(iris, round_, open_, closed)
    before = submit(iris, round_).number

    later = EARLY + DEFAULT_GRACE
    choose(iris, round_, closed, open_, received_at=later)
    after = submit(iris, round_, "key-0002", received_at=later).number

    assert met_by(iris, closed).submission_id == record(before).id
    assert met_by(iris, closed).best_rank == 2
    assert met_by(iris, open_).submission_id == record(after).id
    assert met_by(iris, open_).best_rank == 2
    arrivals = {s.stream_id: s.arrival for s in read(record(after).content).streams}
    assert arrivals == {closed.id: "late", open_.id: "on_time"}


def test_stream_that_had_closed_before_the_first_submit_never_reads_it(make, round_, iris):
    closed, open_ = make.stream(round_, closes_at=EARLY), make.stream(round_)
    write(iris, round_, open_, closed)

    submit(iris, round_, received_at=EARLY + DEFAULT_GRACE)

    readers = db.session.scalars(
        sa.select(StreamApplication.stream_id).where(StreamApplication.submission_id.is_not(None))
    ).all()
    assert readers == [open_.id]


def test_what_a_closed_stream_misses_does_not_hold_up_the_others(make, round_, iris):
    closed = make.stream(round_, questions=["Why?"], closes_at=EARLY)
    open_ = make.stream(round_)
    write(iris, round_, open_)
    choose(iris, round_, open_, closed)

    assert isinstance(submit(iris, round_), Incomplete)
    assert isinstance(submit(iris, round_, received_at=EARLY + DEFAULT_GRACE), Receipt)


@pytest.mark.parametrize("passed", [False, True], ids=["stream-open", "stream-closed"])
def test_removed_choice_takes_the_submission_from_its_stream(make, round_, iris, passed):
    removed, kept = make.stream(round_, closes_at=EARLY), make.stream(round_)
    write(iris, round_, kept, removed)
    submit(iris, round_)

    now = EARLY + DEFAULT_GRACE if passed else NOW
    choose(iris, round_, kept, received_at=now)
    assert met_by(iris, removed).submission_id is not None, "nothing changes before the submit"
    submit(iris, round_, "key-0002", received_at=now)

    assert met_by(iris, removed).submission_id is None
    assert met_by(iris, removed).best_rank is None


def test_removing_the_last_open_stream_can_be_submitted_while_it_accepts(make, round_, iris):
    closed, open_ = make.stream(round_, closes_at=EARLY), make.stream(round_)
    write(iris, round_, closed, open_)
    before = submit(iris, round_)
    later = EARLY + DEFAULT_GRACE
    choose(iris, round_, closed, received_at=later)

    assert isinstance(submit(iris, round_, "key-0002", received_at=later), Receipt)
    assert met_by(iris, open_).submission_id is None
    assert met_by(iris, closed).submission_id == record(before.number).id
