"""The rules of work tests: until when, who, and what counts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import work_tests as rules
from portal.domain.rounds import Arrival, Deadline, Grant
from portal.domain.verdict import Allowed, Refused
from portal.domain.work_tests import HandIn, Standing, Terms

CLOSE = datetime(2026, 12, 5, 11, 59, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
OWN, OTHER = 7, 8

#   the round's, the stream's, the task's own, extensions                      -> due
DUES = {
    "nothing of its own": (None, None, (), CLOSE),
    "the stream's": (CLOSE - DAY, None, (), CLOSE - DAY),
    "its own, before the stream's": (CLOSE - DAY, CLOSE - 2 * DAY, (), CLOSE - 2 * DAY),
    "its own, after the round's close": (None, CLOSE + 5 * DAY, (), CLOSE + 5 * DAY),
    "an extension that is later": (None, CLOSE + DAY, (Grant(CLOSE + 2 * DAY, OWN),), CLOSE + 2 * DAY),
    "an extension that is earlier": (None, CLOSE + DAY, (Grant(CLOSE + HOUR, OWN),), CLOSE + DAY),
    "an extension for all": (None, CLOSE + DAY, (Grant(CLOSE + 3 * DAY),), CLOSE + 3 * DAY),
    "an extension for another stream": (None, CLOSE + DAY, (Grant(CLOSE + 3 * DAY, OTHER),), CLOSE + DAY),
}  # fmt: skip


@pytest.mark.parametrize("case", DUES)
def test_due(case):
    stream_closes, own, grants, expected = DUES[case]
    found = rules.due(CLOSE, stream_closes, own, grants, OWN, timedelta(seconds=90))
    assert found == Deadline(expected, timedelta(seconds=90))


START = CLOSE - 3 * HOUR
BEFORE = START - HOUR
#   minutes, started, extensions                                                          -> until when
CLOCKS = {
    "untimed": (None, START, (), CLOSE),
    "not started": (60, None, (), CLOSE),
    "its minutes": (60, START, (), START + HOUR),
    "cut by the due instant": (240, START, (), CLOSE),
    "an extension from before the start moves no clock": (60, START, (Grant(CLOSE + DAY, OWN, BEFORE),), START + HOUR),
    "an extension granted while it ran": (60, START, (Grant(CLOSE + DAY, OWN, START + 2 * HOUR),), CLOSE + DAY),
    "one for all streams": (60, START, (Grant(CLOSE + DAY, None, START),), CLOSE + DAY),
    "one for another stream": (60, START, (Grant(CLOSE + DAY, OTHER, START),), START + HOUR),
    "one that nobody knows the instant of": (60, START, (Grant(CLOSE + DAY, OWN),), START + HOUR),
}  # fmt: skip


@pytest.mark.parametrize("case", CLOCKS)
def test_clock(case):
    minutes, started, grants, expected = CLOCKS[case]
    due = rules.due(CLOSE, None, None, [g for g in grants if g.granted_at != BEFORE], OWN)
    assert rules.ends(due, minutes, started, grants, OWN).closes_at == expected


# The bounds of a strategy are local to the zone that it draws.
FROM, UNTIL = datetime(2026, 1, 1), datetime(2027, 1, 1)  # noqa: DTZ001
instants = st.datetimes(FROM, UNTIL, timezones=st.just(UTC))


@given(instants, instants, st.integers(1, 10_000), st.lists(st.tuples(instants, instants)))
def test_a_clock_never_outlasts_the_due_instant_and_an_extension_never_shortens(
    due_at, started, minutes, grants
):
    given_ = [Grant(until, OWN, at) for until, at in grants]
    due = rules.due(CLOSE, None, due_at, given_, OWN)
    ends = rules.ends(due, minutes, started, given_, OWN)
    without = rules.ends(rules.due(CLOSE, None, due_at), minutes, started)
    assert without.closes_at <= ends.closes_at <= due.closes_at


@given(instants, st.integers(1, 10_000), instants)
def test_a_start_is_told_to_be_cut_exactly_when_its_minutes_do_not_fit(due_at, minutes, now):
    due = Deadline(due_at)
    cut = rules.cut(due, minutes, now)
    ends = rules.ends(due, minutes, now).closes_at
    if cut is None:
        assert ends - now == timedelta(minutes=minutes)
    else:
        assert cut == max(ends - now, timedelta()) < timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("offset", "arrival"),
    [
        (-MICROSECOND, Arrival.ON_TIME),
        (timedelta(0), Arrival.IN_GRACE),
        (timedelta(seconds=120) - MICROSECOND, Arrival.IN_GRACE),
        (timedelta(seconds=120), Arrival.LATE),
    ],
)
def test_the_end_of_a_clock_has_the_grace_of_every_deadline(offset, arrival):
    ends = rules.ends(rules.due(CLOSE, None, None), 60, START)
    assert ends.judge(START + HOUR + offset) is arrival


@pytest.mark.parametrize(
    ("chosen", "read", "retired", "may"),
    [(1, 0, 0, 1), (0, 1, 0, 1), (1, 1, 0, 1), (0, 0, 0, 0), (1, 1, 1, 0)],
)
def test_who_may_begin(chosen, read, retired, may):
    verdict = rules.may_begin(chosen=bool(chosen), read=bool(read), retired=bool(retired))
    assert isinstance(verdict, Allowed if may else Refused)


@pytest.mark.parametrize(
    ("kind", "text", "has_file", "fits"),
    [
        (HandIn.TEXT, "Words.", False, True),
        (HandIn.TEXT, " \n", True, False),
        (HandIn.LINK, "https://example.org/a?b", False, True),
        (HandIn.LINK, "example.org", False, False),
        (HandIn.LINK, "javascript:alert(1)", False, False),
        (HandIn.FILE, "", True, True),
        (HandIn.FILE, "Words.", False, False),
    ],
)
def test_what_can_be_handed_in(kind, text, has_file, fits):
    assert (rules.unfit(kind, text, has_file=has_file) == "") is fits


#   begun, handed in, changed, over
STANDINGS = {
    (0, 0, 0, 0): Standing.NOT_BEGUN,
    (1, 0, 0, 0): Standing.BEGUN,
    (1, 1, 0, 0): Standing.HANDED_IN,
    (1, 1, 1, 0): Standing.CHANGED,
    (0, 0, 0, 1): Standing.MISSED,
    (1, 0, 0, 1): Standing.MISSED,
    (1, 1, 0, 1): Standing.HANDED_IN,
    (1, 1, 1, 1): Standing.HANDED_IN,
}


@pytest.mark.parametrize("case", STANDINGS)
def test_standing(case):
    begun, handed_in, changed, over = map(bool, case)
    found = rules.standing(begun=begun, handed_in=handed_in, changed=changed, over=over)
    assert found is STANDINGS[case]


@pytest.mark.parametrize(
    ("required", "handed_in", "due", "ends", "holds"),
    [
        (True, False, CLOSE, CLOSE, True),
        (True, False, CLOSE - DAY, CLOSE - DAY, True),
        (True, False, CLOSE + MICROSECOND, CLOSE + MICROSECOND, False),
        (True, True, CLOSE, CLOSE, False),
        (False, False, CLOSE, CLOSE, False),
        (True, False, CLOSE, CLOSE - 4 * DAY, False),
    ],
    ids=["due with it", "due before", "due after", "handed in", "optional", "clock is over"],
)
def test_what_holds_up_a_submission(required, handed_in, due, ends, holds):
    found = rules.holds_up_submission(
        required=required,
        handed_in=handed_in,
        due=Deadline(due),
        stream=Deadline(CLOSE),
        ends=Deadline(ends),
        at=CLOSE - 2 * DAY,
    )
    assert found is holds


RELEASE = CLOSE + 30 * DAY


@pytest.mark.parametrize(
    ("terms", "fits"),
    [
        (Terms(HandIn.TEXT), True),
        (Terms(HandIn.TEXT, hours=4, due_at=CLOSE + DAY), True),
        (Terms(HandIn.TEXT, minutes=60), True),
        (Terms(HandIn.TEXT, hours=4, minutes=60), False),
        (Terms(HandIn.TEXT, due_at=CLOSE - 2 * DAY), False),
        (Terms(HandIn.TEXT, due_at=RELEASE), False),
        (Terms(HandIn.TEXT, due_at=RELEASE - MICROSECOND), True),
    ],
)
def test_what_can_be_asked(terms, fits):
    assert bool(rules.may_ask(terms, CLOSE, RELEASE, CLOSE - 2 * DAY)) is fits


@pytest.mark.parametrize(
    ("before", "after", "begun", "fits"),
    [
        (Terms(HandIn.TEXT), Terms(HandIn.FILE), 0, True),
        (Terms(HandIn.TEXT), Terms(HandIn.FILE), 1, False),
        (Terms(HandIn.TEXT, minutes=60), Terms(HandIn.TEXT), 2, False),
        (Terms(HandIn.TEXT), Terms(HandIn.TEXT, minutes=60), 2, False),
        (Terms(HandIn.TEXT, minutes=60), Terms(HandIn.TEXT, minutes=59), 2, False),
        (Terms(HandIn.TEXT, minutes=60), Terms(HandIn.TEXT, minutes=61), 2, True),
        (Terms(HandIn.TEXT, hours=4), Terms(HandIn.TEXT, hours=2), 2, True),
    ],
)
def test_terms_never_change_so_that_somebody_who_began_loses(before, after, begun, fits):
    assert bool(rules.may_change(before, after, begun)) is fits


@given(st.integers(0, 2**31 - 1))
def test_the_name_of_a_task_leads_back_to_it(key):
    assert rules.test_of(rules.action_of(key)) == key


@pytest.mark.parametrize(
    "name",
    [
        "about",
        "stream-a",
        "work-test-",
        "work-test-x",
        "work-test",
        "work-test-2147483648",
        "work-test-" + "9" * 5000,
    ],
)
def test_other_names_are_no_tasks(name):
    assert rules.test_of(name) is None
