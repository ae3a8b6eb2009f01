"""Which reminder is due, and of which deadline."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.mail import Optional, wants, with_choice
from portal.domain.reminders import due, next_deadline
from portal.domain.rounds import Grant

CLOSES = datetime(2026, 12, 5, 12, tzinfo=UTC)
LONG_AGO = CLOSES - timedelta(days=30)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("left", "hours"),
    [
        (72 * HOUR + TICK, None),
        (72 * HOUR, 72),
        (24 * HOUR + TICK, 72),
        (24 * HOUR, 24),
        (3 * HOUR + TICK, 24),
        (3 * HOUR, 3),
        (TICK, 3),
        (timedelta(0), None),
        (-HOUR, None),
    ],
)
def test_only_the_most_urgent_one_that_is_true_is_due(left, hours):
    found = due(CLOSES, LONG_AGO, CLOSES - left)
    assert (found.hours if found else None) == hours


def test_each_is_of_use_until_the_next_and_the_last_until_the_close():
    ends = [due(CLOSES, LONG_AGO, CLOSES - n * HOUR).expires_at for n in (72, 24, 3)]
    assert ends == [CLOSES - 24 * HOUR, CLOSES - 3 * HOUR, CLOSES]


def test_nobody_is_reminded_of_an_instant_before_they_began():
    began = CLOSES - 20 * HOUR
    assert due(CLOSES, began, CLOSES - 19 * HOUR) is None
    assert due(CLOSES, began, CLOSES - 3 * HOUR).hours == 3


def test_the_next_deadline_of_the_chosen_streams_counts():
    closes = {1: None, 2: CLOSES + 48 * HOUR, 3: CLOSES - 48 * HOUR}
    now = CLOSES - HOUR
    assert next_deadline(CLOSES, closes, {1, 2, 3}, (), now) == (CLOSES, [1])
    assert next_deadline(CLOSES, closes, {2}, (), now) == (CLOSES + 48 * HOUR, [2])
    assert next_deadline(CLOSES, closes, {3}, (), now) is None
    longer = Grant(CLOSES + 24 * HOUR)
    assert next_deadline(CLOSES, closes, {1, 2, 3}, (longer,), now) == (CLOSES + 24 * HOUR, [1, 3])


def test_without_choices_the_rounds_deadline_counts_then_the_last_of_all():
    closes = {1: None, 2: CLOSES + 48 * HOUR}
    assert next_deadline(CLOSES, closes, (), (), CLOSES - TICK) == (CLOSES, [])
    assert next_deadline(CLOSES, closes, (), (), CLOSES) == (CLOSES + 48 * HOUR, [])
    assert next_deadline(CLOSES, closes, (), (), CLOSES + 48 * HOUR) is None


def test_only_optional_mail_can_be_declined():
    declined = with_choice([], Optional.REMINDERS, wanted=False)
    assert not wants(declined, "draft_reminder")
    assert wants(declined, "digest")
    assert wants(["receipt", None, ""], "receipt")
    assert with_choice(declined, Optional.REMINDERS, wanted=True) == []
