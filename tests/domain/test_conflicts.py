"""Organisations by their mail domains, and who decides when leads are in conflict."""

import pytest

from portal.domain.conflicts import Hands, distinct, may_decide_in_place, same_organisation


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a@uni.example", "b@UNI.example", True),
        ("a@cs.uni.example", "b@uni.example", True),
        ("a@uni.example", "b@cs.uni.example.", True),
        ("a@cs.uni.example", "b@bio.uni.example", False),
        ("a@nouni.example", "b@uni.example", False),
        ("a@gmail.com", "b@gmail.com", False),
        ("a@example.org", "b@example.org", False),
        ("a@localhost", "b@localhost", False),
        ("a@x.example", "b@example", False),
    ],
)
def test_same_organisation(one, other, same):
    assert same_organisation(one, other) is same
    assert same_organisation(other, one) is same


@pytest.mark.parametrize(
    ("deciders", "conflicted", "in_place"),
    [({1}, {1}, True), ({1, 2}, {1, 2, 3}, True), ({1, 2}, {1}, False), ({1}, {3}, False), (set(), set(), False)],
)  # fmt: skip
def test_admins_decide_when_no_decider_is_left(deciders, conflicted, in_place):
    assert bool(may_decide_in_place(Hands(deciders, conflicted))) is in_place


def test_names_are_taken_once_and_tidied():
    assert distinct([" Ana  B ", "", "Ana B", "Cora"]) == ["Ana B", "Cora"]
