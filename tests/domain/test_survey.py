"""Groups of five or more, and nothing that a total would give away."""

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.survey import (
    LEAST,
    NO_ANSWER,
    PREFER_NOT,
    QUESTIONS,
    cleaned,
    hidden_groups,
    tally,
)

GENDER = next(question for question in QUESTIONS if question.slug == "gender")
SIZES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 12), min_size=2)


def test_every_question_can_be_declined_and_has_its_own_values() -> None:
    for question in QUESTIONS:
        values = [value for value, _ in question.options]
        assert values[-1] == PREFER_NOT
        assert len(values) == len(set(values))
        assert NO_ANSWER not in values
        assert all(len(value) <= 40 for value in (*values, question.slug))


def test_what_is_no_option_counts_as_no_answer() -> None:
    assert cleaned({"gender": "woman", "age": "5", "x": "y"}) == {"gender": "woman"}


def test_a_group_of_five_is_shown_and_one_of_four_is_not() -> None:
    found = tally(GENDER, {"woman": 5, "man": 20, "other": 4, PREFER_NOT: 3}, 40)
    shown = {group.words: group.count for group in found.groups}
    assert shown == {
        "Woman": 5,
        "Man": 20,
        "In another way": None,
        "Prefer not to say": None,
        "No answer": 8,
    }
    assert found.kept_back == 7


def test_with_one_small_group_the_next_smallest_goes_too() -> None:
    """Else 40 less what is shown is the number of the one that is not."""
    found = tally(GENDER, {"woman": 6, "man": 20, "other": 1, PREFER_NOT: 8}, 43)
    shown = {group.words: group.count for group in found.groups}
    assert shown["In another way"] is None
    assert shown["Woman"] is None
    assert found.kept_back == 7


def test_small_groups_that_make_fewer_than_five_together_take_another_with_them() -> None:
    assert hidden_groups({"a": 1, "b": 2, "c": 9, "d": 30}) == {"a", "b", "c"}
    assert hidden_groups({"a": 0, "b": 0, "c": 9, "d": 30}) == {"a", "b", "c"}


def test_of_fewer_than_five_people_nothing_is_said() -> None:
    assert tally(GENDER, {"woman": 4}, 4) is None


def test_where_nearly_nobody_answered_no_group_is_shown() -> None:
    assert tally(GENDER, {"woman": 1}, 30).is_hidden
    assert not tally(GENDER, {"woman": 6, "man": 6}, 30).is_hidden


def test_without_a_small_group_nothing_is_kept_back() -> None:
    assert hidden_groups({"a": 5, "b": 50}) == set()


@given(SIZES)
def test_nothing_smaller_than_five_shows_or_follows(sizes: dict[str, int]) -> None:
    hidden = hidden_groups(sizes)
    assert all(sizes[name] >= LEAST for name in sizes if name not in hidden)
    if hidden and hidden != set(sizes):
        assert len(hidden) > 1
        assert sum(sizes[name] for name in hidden) >= LEAST
