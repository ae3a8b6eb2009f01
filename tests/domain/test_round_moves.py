"""What an admin may do with a round, by its phase; and what the words and values of its rules must keep."""

from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest

from portal.domain.rounds import (
    Arrival,
    Deadline,
    Grant,
    Phase,
    may_announce,
    may_close,
    may_extend,
    may_open,
    may_withdraw,
    may_write,
    phase,
)
from tests.domain.test_rounds import DAY, US, WHOLE, Life, T

NOW_IN = {
    Phase.DRAFT: WHOLE.published_at - US,
    Phase.SCHEDULED: WHOLE.published_at,
    Phase.OPEN: WHOLE.opens_at,
    Phase.CLOSED: WHOLE.closes_at,
    Phase.RELEASED: WHOLE.released_at,
    Phase.ARCHIVED: WHOLE.archived_at,
}
MOVES = [
    (may_open, {Phase.DRAFT, Phase.SCHEDULED}, "opened already"),
    (may_close, {Phase.OPEN}, "not open"),
    (may_extend, {Phase.OPEN, Phase.CLOSED}, "cannot be extended"),
]


# -- opening, closing, extending --------------------------------------------------------------------


@pytest.mark.parametrize("now_in", list(Phase))
@pytest.mark.parametrize(("move", "phases", "refusal"), MOVES)
def test_what_can_be_done_with_a_round_follows_from_its_phase(move, phases, refusal, now_in):
    now = NOW_IN[now_in]
    assert phase(WHOLE, now) is now_in

    verdict = move(WHOLE, now)

    assert bool(verdict) is (now_in in phases)
    if now_in not in phases:
        assert refusal in verdict.what
        assert verdict.why
        assert verdict.next


# -- announcing a day of release --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release", "closes", "due", "refusal"),
    [
        (T + DAY, T, None, None),
        (T + DAY, T, T + DAY - US, None),
        (T + US, T, None, None),
        (T, T, None, "before the deadline"),
        (T - DAY, T, None, "before the deadline"),
        (T + DAY, T, T + DAY, "before a task is due"),
        (T + DAY, T, T + 2 * DAY, "before a task is due"),
        (T + DAY, None, T + 2 * DAY, "before a task is due"),
        (None, T, T + DAY, None),
        (T, None, None, None),
        (None, None, None, None),
    ],
)
def test_decisions_come_after_the_deadline_and_after_the_last_task(release, closes, due, refusal):
    verdict = may_announce(release, closes, due)

    assert bool(verdict) is (refusal is None)
    if refusal:
        assert refusal in verdict.what
        assert "later day" in verdict.next


# -- an archived round, whether or not anything was released ----------------------------------------


def test_a_round_archived_without_a_release_takes_nothing():
    shelved = Life(T - 30 * DAY, T - 10 * DAY, T + DAY, archived_at=T)

    assert may_write(shelved, Deadline(T + DAY), T - US)
    assert "over" in may_write(shelved, Deadline(T + DAY), T).what


def test_nobody_withdraws_from_an_archived_round():
    shelved = Life(T - 30 * DAY, T - 10 * DAY, T + DAY, archived_at=T)

    assert may_withdraw(shelved, T - US)
    assert "no longer be withdrawn" in may_withdraw(shelved, T).what


# -- what others rely on ----------------------------------------------------------------------------


def test_a_deadline_cannot_be_moved_by_whoever_was_told_it():
    with pytest.raises(FrozenInstanceError):
        Deadline(T).closes_at = T + DAY
    with pytest.raises(FrozenInstanceError):
        Grant(T).closes_at = T + DAY
    assert Deadline(T, timedelta(0)).closes_at == T


def test_the_interface_gives_phases_by_these_words_and_the_database_keeps_these_arrivals():
    assert [each.value for each in Phase] == [
        "draft",
        "scheduled",
        "open",
        "closed",
        "released",
        "archived",
    ]
    assert [each.value for each in Arrival] == ["on_time", "in_grace", "late"]
