"""How an application is read and decided: what is missing, what shows when, and in which order."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.decisions import Release, Standing, in_order, may_release, warnings
from portal.domain.permissions import StreamRole
from portal.domain.review import (
    Outcome,
    Recommendation,
    ReviewState,
    about,
    may_review,
    mean_of_means,
    minutes_each,
    others_visible,
    review_gaps,
    totals_visible,
)
from portal.domain.rounds import Phase
from portal.domain.verdict import ALLOWED

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CRITERIA = [("fit", "Research fit"), ("skill", "Technical strength")]


def test_a_review_needs_every_score_and_a_recommendation():
    missing = review_gaps(CRITERIA, {"fit": 3}, None)
    assert [gap.field for gap in missing] == ["skill", "recommendation"]
    assert review_gaps(CRITERIA, {"fit": 3, "skill": 5}, Recommendation.NO) == []


def test_abstaining_needs_no_scores():
    assert review_gaps(CRITERIA, {}, Recommendation.ABSTAIN) == []


@pytest.mark.parametrize(
    ("own", "visible"), [(None, False), (ReviewState.DRAFT, False), (ReviewState.SUBMITTED, True)]
)
def test_others_reviews_show_once_ones_own_is_in(own, visible):
    assert others_visible(own) is visible


@pytest.mark.parametrize(
    ("role", "own", "opened", "visible"),
    [
        (StreamRole.LEAD, None, None, False),
        (StreamRole.LEAD, ReviewState.DRAFT, None, False),
        (StreamRole.LEAD, ReviewState.SUBMITTED, None, True),
        (StreamRole.LEAD, None, NOW, True),
        (StreamRole.CO, None, NOW, True),
        (StreamRole.READER, None, NOW, False),
        (StreamRole.READER, ReviewState.SUBMITTED, None, True),
    ],
)
def test_totals_show_after_ones_own_review_or_when_a_decider_opened_them(
    role, own, opened, visible
):
    assert totals_visible(role, own, opened) is visible


def test_reviews_are_closed_from_the_release_on():
    assert may_review(None, NOW) == ALLOWED
    assert may_review(NOW + timedelta(microseconds=1), NOW) == ALLOWED
    assert not may_review(NOW, NOW)


def test_each_reader_weighs_the_same_in_the_mean():
    assert mean_of_means([[5, 5, 5, 5], [1]]) == 3
    assert mean_of_means([[], []]) is None


def test_pace_is_the_median_of_ones_own_and_leaves_breaks_out():
    steady = [NOW + timedelta(minutes=6 * n) for n in range(4)]
    after_lunch = [at + timedelta(hours=3) for at in steady]
    assert minutes_each(600, [*after_lunch, *steady]) == 6
    assert minutes_each(660, steady) == 660 / 220 + 3, "too few gaps: estimated from the words"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (1, "about 5 minutes"),
        (27, "about 25 minutes"),
        (61, "about an hour"),
        (250, "about 4 hours"),
    ],
)
def test_time_left_is_told_roughly(minutes, words):
    assert about(minutes) == words


def order(moved, *standings):
    ranks = in_order([Standing(*each) for each in standings], moved)
    return sorted(ranks, key=lambda key: ranks[key])


A, W = Outcome.ACCEPT, Outcome.WAITLIST


def test_who_is_moved_to_a_place_gets_it_upwards_and_downwards():
    three = (1, A, 1), (2, A, 2), (3, A, 3)
    assert order({3: 1}, *three) == [3, 1, 2]
    assert order({1: 2}, *three) == [2, 1, 3]
    assert order({1: 3}, *three) == [2, 3, 1]


def test_new_ones_go_to_the_end_and_gaps_close():
    assert in_order([Standing(1, A, 4), Standing(2, A), Standing(3, W, 9)], {}) == {
        1: 1,
        2: 2,
        3: 1,
    }


def test_declines_have_no_place():
    assert in_order([Standing(1, Outcome.DECLINE, 1)], {}) == {}


def test_a_stream_is_warned_of_too_many_accepts_and_of_the_undecided():
    assert warnings({A: 3}, 1, 2) == [
        "3 accepted for 2 places.",
        "1 application not decided yet.",
    ]
    assert warnings({A: 2}, 0, 2) == []


GOOD = {"phase": Phase.CLOSED, "told": 3, "undecided": 0, "seen": "m"}


@pytest.mark.parametrize(
    ("asked", "facts", "why"),
    [
        (Release(3, False, "m"), {"phase": Phase.OPEN}, "still takes applications"),
        (Release(3, False, "m"), {"tasks_due": True}, "may still hand in"),
        (Release(0, False, "m"), {"told": 0}, "No submitted application"),
        (Release(3, False, "old"), {}, "must be what you looked over"),
        (Release(3, False, "m"), {"undecided": 2}, "have no decision"),
        (Release(2, False, "m"), {}, "3 people will be told"),
        (Release(None, False, "m"), {}, "3 people will be told"),
    ],
)
def test_a_release_is_refused_with_its_reason(asked, facts, why):
    refused = may_release(asked, **{**GOOD, **facts})
    assert not refused
    assert why in refused.why


def test_a_release_goes_out_when_all_is_decided_or_the_rest_is_told():
    assert may_release(Release(3, False, "m"), **GOOD)
    assert may_release(Release(3, True, "m"), **{**GOOD, "undecided": 9})
