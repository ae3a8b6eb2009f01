"""Second factors: who waits for one, what is shown before a change, and who may take a lost one off."""

from datetime import UTC, datetime, timedelta
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.permissions import (
    ANONYMOUS,
    Policy,
    StreamRole,
    Viewer,
    permits,
    waits_for_second_factor,
)
from portal.domain.second_factor import (
    CODE_LENGTH,
    CODE_LETTERS,
    FORMER_CODE_LENGTH,
    Factors,
    Proof,
    in_groups,
    may_ask_for_reset,
    may_decide_reset,
    proof_wanted,
    tidy_code,
    tidy_recovery_code,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PRIVILEGED = {Policy.MENTOR, Policy.LEAD, Policy.ADMIN}
PEOPLE = [
    Viewer(1),
    Viewer(2, is_admin=True),
    *(Viewer(3, roles={7: role}) for role in StreamRole),
    Viewer(4, is_admin=True, roles={7: StreamRole.LEAD}),
]


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("policy", Policy)
def test_before_the_factor_a_page_waits_if_and_only_if_it_would_open_after(person, policy):
    before = person.before_second_factor()

    if policy in PRIVILEGED:
        assert not permits(policy, before)
        assert waits_for_second_factor(policy, before) == permits(policy, person)
    else:
        assert permits(policy, before) == permits(policy, person)
        assert not waits_for_second_factor(policy, before)
    assert not waits_for_second_factor(policy, person)


@pytest.mark.parametrize("person", PEOPLE)
def test_before_the_factor_nobody_has_rights_over_others(person):
    before = person.before_second_factor()

    assert not before.is_admin
    assert not before.stream_ids
    assert not before.led_stream_ids
    assert before.in_full == person
    assert (before is person) == (not person.is_staff)


def test_nobody_is_nobody():
    assert ANONYMOUS.before_second_factor() is ANONYMOUS


APP = Factors(authenticator=True)


@pytest.mark.parametrize(
    ("factors", "ago", "wanted"),
    [
        (Factors(), None, Proof.PASSWORD),
        (Factors(codes=5), timedelta(0), Proof.PASSWORD),
        (APP, None, Proof.FACTOR),
        (APP, timedelta(minutes=15), Proof.FACTOR),
        (APP, timedelta(minutes=15, microseconds=-1), Proof.NOTHING),
        (Factors(passkeys=1), timedelta(0), Proof.NOTHING),
    ],
)
def test_what_is_shown_before_a_change(factors, ago, wanted):
    assert proof_wanted(factors, None if ago is None else NOW - ago, NOW) is wanted


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("123456", "123456"),
        (" 123 456 ", "123456"),
        ("12345", ""),
        ("1234567", ""),
        ("12345a", ""),
        ("१२३४५६", ""),
        ("", ""),
    ],
)
def test_codes_as_people_type_them(typed, code):
    assert tidy_code(typed) == code


LENGTHS = (CODE_LENGTH, FORMER_CODE_LENGTH)
CODE = st.sampled_from(LENGTHS).flatmap(
    lambda length: st.text(CODE_LETTERS, min_size=length, max_size=length)
)


def test_a_recovery_code_has_128_bits_or_more():
    assert CODE_LENGTH * log2(len(set(CODE_LETTERS))) >= 128


@given(CODE)
def test_recovery_codes_survive_how_they_are_written(code):
    shown = in_groups(code)

    assert len(shown) == len(code) + len(code) // 4 - 1
    for typed in (
        shown,
        shown.lower(),
        shown.replace("-", " "),
        f" {code} ",
        shown.replace("-", "–"),
    ):
        assert tidy_recovery_code(typed) == code
    assert tidy_recovery_code(shown[:-1]) == ""


@given(st.text())
def test_any_text_is_a_code_or_none(text):
    assert tidy_code(text) == "" or len(tidy_code(text)) == 6
    assert tidy_recovery_code(text) == "" or len(tidy_recovery_code(text)) in LENGTHS


def test_who_may_ask_for_a_reset():
    right = {"is_self": False, "has_factor": True, "is_open": False}

    assert may_ask_for_reset(**right)
    for wrong in ({"is_self": True}, {"has_factor": False}, {"is_open": True}):
        assert not may_ask_for_reset(**{**right, **wrong})


def test_who_may_decide_on_a_reset():
    right = {
        "approves": True, "is_asker": False, "is_self": False, "is_open": True,
        "asked_at": NOW - timedelta(days=7, microseconds=-1), "now": NOW,
    }  # fmt: skip

    assert may_decide_reset(**right)
    old = {"asked_at": NOW - timedelta(days=7)}
    for wrong in ({"is_asker": True}, {"is_self": True}, old, {"is_open": False}):
        assert not may_decide_reset(**{**right, **wrong})
        assert may_decide_reset(**{**right, **wrong, "approves": False}) or "is_open" in wrong
