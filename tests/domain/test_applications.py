"""What makes an application complete, how wishes are ranked, and what one sentence says about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.applications import (
    ABOUT,
    BACKGROUND,
    SECTIONS,
    ApplicationState,
    Draft,
    Progress,
    StreamPart,
    draft_gaps,
    may_choose,
    may_submit,
    section_gaps,
    standing,
    tasks,
    with_added,
    with_moved,
    with_ranks,
    with_removed,
)
from portal.domain.questions import Field, Gap, Kind
from portal.domain.verdict import Allowed, Refused

COMPLETE = {
    "about": {"full_name": "Iris", "country": "Kenya", "adult": "yes", "returning": "no"},
    "background": {"position": "Engineer", "story": "I built a probe."},
    "availability": {"hours": "full", "whole_programme": "yes"},
    "interests": {"interests": "What models know."},
}
QUESTION = Field("q1", "Why us?", Kind.LONG_TEXT, words=5, minutes=10)
rankings = st.lists(st.integers(1, 12), unique=True, max_size=8).map(tuple)


def asked(answer: str | None, *, accepts: bool = True) -> StreamPart:
    answers = None if answer is None else {"q1": answer}
    return StreamPart("nanda", "Nanda stream", (QUESTION,), answers, accepts)


# -- Completeness ------------------------------------------------------------------------------------


def test_complete_draft_lacks_nothing():
    assert draft_gaps(Draft(COMPLETE, (1,), (asked("Because."),))) == []


def test_empty_draft_lacks_every_required_answer_in_the_order_of_the_form():
    missing = draft_gaps(Draft({}))

    assert [gap.section for gap in missing] == sorted(
        (gap.section for gap in missing),
        key=[*(section.slug for section in SECTIONS), "directions"].index,
    )
    required = sum(field.required for section in SECTIONS for field in section.fields)
    assert len(missing) == required + 1


def test_over_the_limit_is_counted_and_told():
    missing = draft_gaps(Draft(COMPLETE, (1,), (asked("one two three four five six seven"),)))

    assert missing == [
        Gap("stream-nanda", "q1", "Why us? 2 words over the limit of 5"),
    ]


def test_a_stream_that_closed_holds_nothing_up():
    assert draft_gaps(Draft(COMPLETE, (1,), (asked(None, accepts=False),))) == []


def test_someone_under_age_is_told_before_submitting():
    gaps = section_gaps(ABOUT, {**COMPLETE["about"], "adult": "no"})

    assert [gap.field for gap in gaps] == ["adult"]


@pytest.mark.parametrize(
    ("link", "is_right"),
    [
        ("https://example.org/me", True),
        ("http://example.org", True),
        ("example.org", False),
        ("javascript:alert(1)", False),
        ("https://nothing", False),
        ("https://example.org/a b", False),
    ],
)
def test_link_needs_a_full_address(link, is_right):
    gaps = section_gaps(BACKGROUND, {**COMPLETE["background"], "link_code": link})

    assert [gap.field for gap in gaps] == ([] if is_right else ["link_code"])


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (Kind.NUMBER, "3.5", "three"),
        (Kind.DATE, "2027-06-01", "1 June"),
        (Kind.YES_NO, "no", "perhaps"),
    ],
)
def test_answers_of_a_kind_are_checked_by_their_form(kind, right, wrong):
    def missing(text):
        part = StreamPart("s", "S", (Field("q1", "How many", kind),), {"q1": text})
        return draft_gaps(Draft(COMPLETE, (1,), (part,)))

    assert missing(right) == []
    assert len(missing(wrong)) == 1


def test_task_list_tells_not_started_from_incomplete():
    found = {
        task.slug: task.progress
        for task in tasks(Draft({"about": {"full_name": "Iris"}}, (), (asked(None),)))
    }

    assert found["about"] is Progress.INCOMPLETE
    assert found["background"] is Progress.NOT_STARTED
    assert found["stream-nanda"] is Progress.NOT_STARTED


def test_a_stream_without_questions_has_no_section():
    draft = Draft(COMPLETE, (1,), (StreamPart("quiet", "Quiet", (), None),))

    assert "stream-quiet" not in [task.slug for task in tasks(draft)]
    assert draft_gaps(draft) == []


def test_submitting_needs_a_complete_draft_that_is_not_withdrawn():
    assert isinstance(may_submit(ApplicationState.DRAFT, []), Allowed)
    assert isinstance(may_submit(ApplicationState.SUBMITTED, []), Allowed)
    assert isinstance(may_submit(ApplicationState.WITHDRAWN, []), Refused)
    assert isinstance(may_submit(ApplicationState.DRAFT, [Gap("a", "b", "c")]), Refused)


# -- Ranking -----------------------------------------------------------------------------------------


@given(rankings, st.integers(1, 12))
def test_adding_puts_the_wish_last_and_adds_it_once(ranking, offering):
    once = with_added(ranking, offering)

    assert sorted(once) == sorted({*ranking, offering})
    assert with_added(once, offering) == once
    if offering not in ranking:
        assert once == (*ranking, offering)


@given(rankings, st.integers(1, 12))
def test_removing_keeps_the_order_of_the_others(ranking, offering):
    assert with_removed(ranking, offering) == tuple(e for e in ranking if e != offering)


@given(rankings, st.integers(1, 12), st.integers(-9, 9))
def test_moving_changes_one_place_and_loses_nothing(ranking, offering, by):
    moved = with_moved(ranking, offering, by)

    assert sorted(moved) == sorted(ranking)
    assert with_removed(moved, offering) == with_removed(ranking, offering)
    if offering in ranking:
        wanted = min(max(ranking.index(offering) + by, 0), len(ranking) - 1)
        assert moved.index(offering) == wanted


@given(rankings.filter(bool), st.data())
def test_up_undoes_down(ranking, data):
    offering = data.draw(st.sampled_from(ranking[:-1] or ranking))
    if offering != ranking[-1]:
        assert with_moved(with_moved(ranking, offering, 1), offering, -1) == ranking


@given(rankings, st.dictionaries(st.integers(1, 12), st.integers(1, 12)))
def test_ranks_given_in_any_way_lose_and_repeat_nothing(ranking, wanted):
    assert sorted(with_ranks(ranking, wanted)) == sorted(ranking)


@given(rankings)
def test_ranks_as_shown_change_nothing(ranking):
    assert with_ranks(ranking, {each: rank for rank, each in enumerate(ranking, 1)}) == ranking


@given(rankings.filter(bool), st.data())
def test_one_new_rank_is_the_place_it_gets(ranking, data):
    offering = data.draw(st.sampled_from(ranking))
    rank = data.draw(st.integers(1, len(ranking)))

    assert with_ranks(ranking, {offering: rank}).index(offering) == rank - 1


@given(rankings.filter(bool), st.randoms(use_true_random=False))
def test_a_full_set_of_new_ranks_is_the_order_asked_for(ranking, random):
    order = list(ranking)
    random.shuffle(order)

    wanted = {each: rank for rank, each in enumerate(order, 1)}
    assert with_ranks(ranking, wanted) == tuple(order)


@given(rankings, st.integers(0, 10))
def test_no_more_choices_than_the_round_takes(ranking, most):
    assert isinstance(may_choose(ranking, most), Allowed) == (len(ranking) <= most)


# -- Standing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(ApplicationState))
@pytest.mark.parametrize("accepting", [True, False])
@pytest.mark.parametrize("released", [True, False])
def test_every_standing_has_one_sentence(state, accepting, released):
    assert standing(state, accepting=accepting, released=released).endswith(".")
