"""Which passwords will do: long ones of any letters, and none that is guessed first or known of the person."""

import pytest

from portal.adapters.common_passwords import common_passwords
from portal.domain.accounts import password_gap

PERSON = (
    "Mira Okonjo-Élodie",
    "mira.okonjo+apply@lanternworks.example.org",
    "Summer Reading Scheme",
)


def gap(password):
    return password_gap(password, PERSON, common_passwords())


@pytest.mark.parametrize(
    "password",
    [
        "vq7 rTz,",  # eight
        "four brown umbrellas",
        "чотири зелені ліхтарі",
        "네 개의 초록 등불 " * 7,
        "🏮🦦🌂🪁🧭🪴🫖🪗",
        "un été près de Mira et du phare bleu",
        "x9" + "mantle otter quay " * 7,
        "a" * 60 + "bcd" + "e" * 137,
        "SUMMER umbrellas otters reading",
    ],
)
def test_good_passwords_are_taken(password):
    assert gap(password) is None


def test_lengths_are_counted_in_letters_as_they_are_seen():
    eight, seven = "é" * 3 + "w8ůzk", "é" * 3 + "w8ůz"
    assert gap(eight) is None
    assert "at least 8" in (gap(seven) or "")
    assert gap("네" * 3 + "개의등불" * 49) is None, (
        "199 syllables, three signs each when taken apart"
    )
    assert "at most 200" in (gap("vq7 rTz," * 26) or "")


def test_none_of_thirty_thousand_common_passwords_is_taken():
    assert len(common_passwords()) >= 3_000
    assert len([word for word in common_passwords() if len(word) >= 8]) >= 3_000
    for change in (str, str.upper, str.title):
        assert [word for word in common_passwords() if gap(change(word)) is None] == []
    words = [word for word in common_passwords() if word.isalpha()]
    for padded in ("{}2027!", "!{}1", "{} ..7"):
        assert [word for word in words if gap(padded.format(word)) is None] == []


@pytest.mark.parametrize(
    "password",
    [
        "Okonjo1234", "mira-okonjo-1", "élodie 2027", "LanternWorks9!", "okonjoapply77",
        "summer reading scheme", "SummerScheme27", "ReadingScheme!!", "abcdefghij", "zyxwvuts",
        "09876543210", "aaaaaaaaaaaa", "ababababab", "qwertyuiop", "mentorship2027",
    ],
)  # fmt: skip
def test_what_others_know_or_try_first_is_refused(password):
    assert gap(password) is not None
