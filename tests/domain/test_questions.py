"""Kinds of questions: what they take, what they tell, and how a change of their words is told."""

import pytest

from portal.domain.questions import (
    Field,
    Former,
    Kind,
    differences,
    gaps,
    malformed,
    options_in,
    problem_of_options,
)


def field(kind, *options, **more):
    return Field("q1", "Which?", kind, choices=tuple((o, o) for o in options), **more)


@pytest.mark.parametrize(
    ("kind", "text", "fine"),
    [
        (Kind.CHOICE, "Red", True),
        (Kind.CHOICE, "Retired", False),
        (Kind.CHOICES, "Red", True),
        (Kind.CHOICES, "Blue\nRed", True),
        (Kind.CHOICES, "Red\nRetired", False),
        (Kind.NUMBER, "3,5", True),
        (Kind.NUMBER, "three", False),
        (Kind.DATE, "2027-02-30", False),
        (Kind.LINK, "example.org", False),
        (Kind.LINK, "https://example.org/a", True),
    ],
)
def test_answer_counts_only_in_the_form_that_was_asked_for(kind, text, fine):
    problem = malformed(field(kind, "Red", "Blue"), text)
    assert (problem == "") is fine


def test_retired_option_is_told_as_a_gap():
    [gap] = gaps("stream-a", [field(Kind.CHOICE, "Red", "Blue")], {"q1": "Retired"})
    assert gap.problem == "Which? Choose one of the answers that are offered now"


def test_options_are_lines():
    assert options_in(" Red \r\n\r\nDark  blue\n") == ("Red", "Dark blue")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("Red", "Blue"), ""),
        (("Red",), "between 2 and 20"),
        (tuple(map(str, range(21))), "between 2 and 20"),
        (("Red", "Blue", "red"), "“red” stands there twice"),
        (("Red", "x" * 201), "up to 200 characters"),
    ],
)
def test_options_are_few_short_and_distinct(options, told):
    problem = problem_of_options(Kind.CHOICES, options)
    assert told in problem if told else problem == ""
    assert problem_of_options(Kind.LINK, options) == ""


def test_differences_are_told_one_by_one():
    now = field(Kind.CHOICE, "Red", "Blue", hint="One only.", words=None)
    former = Former("What?", "", ("Red", "Green"), 50)
    assert differences(former, now) == [
        "It was: “What?”",
        "It had no help.",
        "The answers to choose from were: “Red”, “Green”.",
        "Its word limit was 50 words.",
    ]
    assert differences(Former("Which?", "One only.", ("Red", "Blue")), now) == []
    assert differences(Former(), now) == []  # its words were not kept
