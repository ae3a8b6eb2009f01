"""What names somebody is found whatever its case, accents and spacing; ordinary words are left alone."""

from datetime import timedelta

import pytest

from portal.domain.anonymity import (
    FIRST_CODE,
    LAST_CODE,
    MASK,
    Identity,
    code_of,
    identity,
    is_withheld,
    label,
    may_switch,
    new_code,
    pointed_out,
    version_mark,
)
from tests.conftest import NOW

WHO = identity(
    {
        ("about", "full_name"): "Aaron Zhäng-Müller",
        ("background", "institution"): "Uni of X",
    },
    "Will Grace",
    "aaron.zm99@uni-x.example",
    [
        "https://github.com/azm-codes/repo",
        "https://aaronzm.example/blog",
        "scholar.google.com/citations?user=AbCdEf12",
    ],
)


@pytest.mark.parametrize(
    "text",
    [
        "Aaron Zhäng-Müller", "AARON ZHANG-MULLER", "aaron zhang muller", "aaron_zhang_müller", "Aaron\u00a0Zhäng",
        "Aaron", "Müller", "zhang", "Zha\u0308ng", "Aa\u200bron", "Will Grace", "will-grace",
        "aaron.zm99@uni-x.example",
        "aaron.zm99", "github.com/azm-codes/repo", "azm-codes", "AZM-Codes", "aaronzm.example", "aaronzm",
        "uni-x.example", "AbCdEf12",
        "Uni  of X",
    ],
)  # fmt: skip
def test_each_form_of_a_name_is_masked(text):
    assert MASK in WHO.masked(f"I am ({text}), said so.")
    left = WHO.masked(f"I am ({text}), said so.").replace(MASK, "")
    assert not any(
        letter.isalnum() for letter in left.removeprefix("I am (").removesuffix("), said so.")
    )


@pytest.mark.parametrize(
    "text",
    ["I will do it with grace.", "Aaronson and Mullerian", "zhangs", "a unit of X-rays", "the repo", "github.com"],
)  # fmt: skip
def test_other_words_stay(text):
    assert WHO.masked(text) == text


def test_names_without_spaces_between_words():
    assert Identity(("张伟",)).masked("我是张伟。") == f"我是{MASK}。"
    assert Identity(("Ян Ли",)).masked("Январь, сказал Ян.") == f"Январь, сказал {MASK}."


def test_nothing_known_masks_nothing():
    assert Identity(("", " ")).masked("Anything at all") == "Anything at all"


def test_masking_leaves_all_else_as_it_was():
    text = "Ünïcode\u00a0tëxt stays.\n\nAaron\tleft.  Twice."
    assert WHO.masked(text) == text.replace("Aaron", MASK)


def test_what_names_its_writer_is_pointed_out_as_written():
    texts = [("Story", "I, AARON, did."), ("Plan", "Nothing here.")]
    assert pointed_out(texts, WHO) == [("Story", ["AARON"])]


def test_links_that_are_no_links_break_nothing():
    for link in ("http://[", "not a link", "https://", "//", "x" * 3000):
        identity({}, "Ana", "a@example.org", [link]).masked("Ana wrote this.")


def test_labels_are_readable_and_one_for_each_code():
    codes = {new_code() for _ in range(300)} | {FIRST_CODE, LAST_CODE}
    assert all(FIRST_CODE <= code <= LAST_CODE for code in codes)
    assert len({label(code) for code in codes}) == len(codes)
    assert label(FIRST_CODE) == "Applicant 000000"
    assert label(LAST_CODE) == "Applicant ZZZZZZ"
    assert {code_of(label(code).split()[1].lower()) for code in codes} == codes
    assert [code_of(word) for word in ("probes", "00000", "UUUUUU", "0000000")] == [None] * 4
    assert FIRST_CODE <= version_mark("ab" * 32) <= LAST_CODE


def test_names_are_withheld_until_the_release():
    assert is_withheld(anonymised=True, released_at=None, now=NOW)
    assert is_withheld(anonymised=True, released_at=NOW + timedelta(microseconds=1), now=NOW)
    assert not is_withheld(anonymised=True, released_at=NOW, now=NOW)
    assert not is_withheld(anonymised=False, released_at=None, now=NOW)


def test_a_round_is_switched_before_it_opens():
    assert may_switch(None, NOW, 0)
    assert may_switch(NOW + timedelta(seconds=1), NOW, 0)
    assert not may_switch(NOW, NOW, 0)
    assert not may_switch(None, NOW, 1)
