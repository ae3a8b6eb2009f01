"""The life of a round and its deadlines, to the microsecond."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.rounds import (
    Arrival,
    Deadline,
    Grant,
    Phase,
    general_deadline,
    last_close,
    may_withdraw,
    may_write,
    phase,
    stream_deadline,
)

T = datetime(2026, 12, 5, 11, 59, tzinfo=UTC)
US = timedelta(microseconds=1)
DAY = timedelta(days=1)
GRACE = timedelta(seconds=120)


@dataclass(frozen=True)
class Life:
    """A round's instants for the rules."""

    published_at: datetime | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    released_at: datetime | None = None
    archived_at: datetime | None = None
    stream_closes: Sequence[datetime] = ()


WHOLE = Life(
    published_at=T - 30 * DAY,
    opens_at=T - 10 * DAY,
    closes_at=T,
    released_at=T + 40 * DAY,
    archived_at=T + 100 * DAY,
)


# -- phases ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "before", "after"),
    [
        (WHOLE.published_at, Phase.DRAFT, Phase.SCHEDULED),
        (WHOLE.opens_at, Phase.SCHEDULED, Phase.OPEN),
        (WHOLE.closes_at, Phase.OPEN, Phase.CLOSED),
        (WHOLE.released_at, Phase.CLOSED, Phase.RELEASED),
        (WHOLE.archived_at, Phase.RELEASED, Phase.ARCHIVED),
    ],
)
def test_phase_changes_at_the_instant_itself(instant, before, after):
    assert phase(WHOLE, instant - US) is before
    assert phase(WHOLE, instant) is after
    assert phase(WHOLE, instant + US) is after


@pytest.mark.parametrize(
    ("life", "expected"),
    [
        (Life(), Phase.DRAFT),
        (Life(opens_at=T - DAY, closes_at=T + DAY), Phase.DRAFT),
        (Life(published_at=T - DAY), Phase.SCHEDULED),
        (Life(published_at=T - DAY, opens_at=T + DAY, closes_at=T + 2 * DAY), Phase.SCHEDULED),
        (Life(published_at=T - DAY, opens_at=T - DAY, closes_at=T + DAY), Phase.OPEN),
        (Life(published_at=T - DAY, opens_at=T - DAY), Phase.CLOSED),
        (Life(published_at=T - DAY, opens_at=T - DAY, stream_closes=[T + DAY]), Phase.OPEN),
        (Life(published_at=T + DAY, opens_at=T - DAY, closes_at=T + 2 * DAY), Phase.DRAFT),
        (Life(released_at=T), Phase.RELEASED),
        (Life(archived_at=T), Phase.ARCHIVED),
        (Life(released_at=T - DAY, archived_at=T), Phase.ARCHIVED),
    ],
)
def test_phase_of_incomplete_rounds(life, expected):
    assert phase(life, T) is expected


def test_round_stays_open_while_a_stream_accepts():
    longer = Life(WHOLE.published_at, WHOLE.opens_at, T, stream_closes=[T - DAY, T + DAY])
    assert phase(longer, T) is Phase.OPEN
    assert phase(longer, T + DAY - US) is Phase.OPEN
    assert phase(longer, T + DAY) is Phase.CLOSED
    assert last_close(longer) == T + DAY


def test_last_close_of_a_round_without_deadlines_is_nothing():
    assert last_close(Life()) is None


# -- one arrival ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (-US, Arrival.ON_TIME),
        (timedelta(0), Arrival.IN_GRACE),
        (US, Arrival.IN_GRACE),
        (GRACE - US, Arrival.IN_GRACE),
        (GRACE, Arrival.LATE),
        (GRACE + US, Arrival.LATE),
    ],
)
def test_arrival_is_judged_to_the_microsecond(offset, expected):
    arrival = Deadline(T, GRACE).judge(T + offset)
    assert arrival is expected
    assert arrival.accepted is (expected is not Arrival.LATE)


def test_without_grace_the_deadline_itself_is_late():
    assert Deadline(T, timedelta(0)).judge(T - US) is Arrival.ON_TIME
    assert Deadline(T, timedelta(0)).judge(T) is Arrival.LATE


def test_grace_is_two_minutes_unless_told_otherwise():
    assert Deadline(T).grace == timedelta(seconds=120)


# -- which deadline applies -----------------------------------------------------------------------


def test_stream_without_a_deadline_of_its_own_has_the_rounds():
    assert stream_deadline(T, None).closes_at == T


@pytest.mark.parametrize("own", [T - DAY, T + DAY])
def test_stream_with_a_deadline_of_its_own_has_that_one_earlier_or_later(own):
    assert stream_deadline(T, own).closes_at == own


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        (Grant(T + DAY), T + DAY),
        (Grant(T + DAY, stream_id=7), T + DAY),
        (Grant(T + DAY, stream_id=8), T),
        (Grant(T - DAY), T),
    ],
)
def test_grant_serves_its_stream_and_never_shortens(grant, expected):
    assert stream_deadline(T, None, [grant], stream_id=7).closes_at == expected


def test_latest_of_several_grants_counts():
    grants = [Grant(T + DAY), Grant(T + 3 * DAY, 7), Grant(T + 2 * DAY, 7), Grant(T + 9 * DAY, 8)]
    assert stream_deadline(T, T + DAY, grants, stream_id=7).closes_at == T + 3 * DAY


def test_grant_for_all_streams_serves_a_stream_with_a_deadline_of_its_own():
    assert stream_deadline(T, T - DAY, [Grant(T + DAY)], stream_id=7).closes_at == T + DAY


def test_general_deadline_is_the_last_of_the_streams():
    streams = [(1, None), (2, T + DAY), (3, T - DAY)]
    assert general_deadline(T, streams).closes_at == T + DAY


def test_general_deadline_is_not_the_rounds_when_every_stream_closes_earlier():
    assert general_deadline(T, [(1, T - DAY), (2, T - 2 * DAY)]).closes_at == T - DAY


def test_general_deadline_follows_a_grant_for_one_stream():
    streams = [(1, None), (2, None)]
    assert general_deadline(T, streams, [Grant(T + DAY, 2)]).closes_at == T + DAY
    assert general_deadline(T, streams, [Grant(T + DAY, 3)]).closes_at == T


def test_general_deadline_of_a_round_without_streams_is_the_rounds():
    assert general_deadline(T, []).closes_at == T
    assert general_deadline(T, [], [Grant(T + DAY)]).closes_at == T + DAY


def test_deadlines_keep_the_grace_they_were_given():
    short = timedelta(seconds=5)
    assert stream_deadline(T, None, grace=short).grace == short
    assert general_deadline(T, [(1, None)], grace=short).grace == short


# -- writing and withdrawing ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received_at", "allowed"),
    [
        (WHOLE.published_at - US, False),
        (WHOLE.published_at, False),
        (WHOLE.opens_at - US, False),
        (WHOLE.opens_at, True),
        (T - US, True),
        (T, True),
        (T + GRACE - US, True),
        (T + GRACE, False),
        (WHOLE.released_at, False),
        (WHOLE.archived_at, False),
    ],
)
def test_writing_is_possible_from_the_opening_to_the_end_of_the_grace(received_at, allowed):
    verdict = may_write(WHOLE, Deadline(T, GRACE), received_at)
    assert bool(verdict) is allowed
    if not allowed:
        assert verdict.what
        assert verdict.why


def test_extension_beyond_the_release_does_not_reopen_a_round():
    verdict = may_write(WHOLE, Deadline(WHOLE.released_at + DAY), WHOLE.released_at)
    assert not verdict
    assert "over" in verdict.what


def test_extension_serves_someone_after_the_rounds_close():
    assert may_write(WHOLE, Deadline(T + DAY), T + DAY - US)


def test_draft_takes_nothing_even_with_all_its_dates_set():
    assert not may_write(Life(opens_at=T - DAY, closes_at=T + DAY), Deadline(T + DAY), T)


def test_announced_round_without_an_opening_takes_nothing():
    assert not may_write(Life(published_at=T - DAY), Deadline(T + DAY), T)


def test_late_refusal_says_that_nothing_is_lost():
    verdict = may_write(WHOLE, Deadline(T, GRACE), T + GRACE)
    assert "Nothing you wrote is lost" in verdict.next


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        (T + DAY, True),
        (WHOLE.released_at - US, True),
        (WHOLE.released_at, False),
        (WHOLE.archived_at, False),
    ],
)
def test_withdrawing_is_possible_until_the_release(at, allowed):
    assert bool(may_withdraw(WHOLE, at)) is allowed


# -- properties -----------------------------------------------------------------------------------

instants = st.integers(-10_000, 10_000).map(lambda n: T + n * timedelta(seconds=1))
maybe = st.none() | instants
graces = st.integers(0, 3600).map(lambda n: timedelta(seconds=n))
grants = st.lists(st.builds(Grant, instants, st.none() | st.integers(1, 3)), max_size=4)
lives = st.builds(
    Life, maybe, maybe, maybe, maybe, maybe, st.lists(instants, max_size=3).map(tuple)
)
ORDER = list(Phase)


@given(lives, instants, instants)
def test_phase_never_goes_back_as_time_passes(life, one, other):
    earlier, later = sorted((one, other))
    assert ORDER.index(phase(life, earlier)) <= ORDER.index(phase(life, later))


@given(lives, instants)
def test_open_phase_means_that_some_stream_accepts(life, now):
    is_open = phase(life, now) is Phase.OPEN
    accepts = any(now < at for at in (life.closes_at, *life.stream_closes) if at is not None)
    assert not is_open or accepts


@given(instants, maybe, grants, st.integers(1, 3))
def test_grants_never_make_a_deadline_earlier(round_closes, own, given_, stream):
    without = stream_deadline(round_closes, own, (), stream).closes_at
    assert stream_deadline(round_closes, own, given_, stream).closes_at >= without


@given(instants, st.dictionaries(st.integers(1, 3), maybe), grants)
def test_general_deadline_is_never_before_any_stream(round_closes, streams, given_):
    general = general_deadline(round_closes, streams.items(), given_).closes_at
    each = [
        stream_deadline(round_closes, own, given_, number).closes_at
        for number, own in streams.items()
    ]
    assert all(general >= at for at in each)
    assert general in [*each, round_closes, *(grant.closes_at for grant in given_)]


@given(instants, graces, instants)
def test_arrivals_fall_into_exactly_one_class_by_their_distance(closes_at, grace, received_at):
    arrival = Deadline(closes_at, grace).judge(received_at)
    late_by = received_at - closes_at
    expected = (
        Arrival.ON_TIME
        if late_by < timedelta(0)
        else Arrival.IN_GRACE
        if late_by < grace
        else Arrival.LATE
    )
    assert arrival is expected


@given(lives, instants, graces, instants)
def test_what_may_be_written_arrived_after_the_opening_and_before_the_end(
    life, closes_at, grace, received_at
):
    if may_write(life, Deadline(closes_at, grace), received_at):
        assert life.published_at is not None
        assert life.published_at <= received_at
        assert life.opens_at is not None
        assert life.opens_at <= received_at < closes_at + grace
        assert phase(life, received_at) in (Phase.OPEN, Phase.CLOSED)
