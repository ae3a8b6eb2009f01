"""Folding, words, stop words and stems: what makes two texts comparable."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.text import LONGEST_WORD, fold, is_everyday, stem, tokens, words
from portal.domain.words import EVERYDAY, GLUE, STOP_WORDS


def stems(text: str) -> list[str]:
    return [token.stem for token in tokens(text) if token.counts]


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Café", "cafe"),
        ("NAÏVE", "naive"),
        ("Højmark", "hojmark"),
        ("Łukasz", "lukasz"),
        ("straße", "strasse"),
    ],
)
def test_fold_drops_case_and_accents(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_fold_keeps_the_vowel_signs_of_other_scripts() -> None:
    assert fold("हिन्दी") == "हिन्दी"
    assert fold("深層学習") == "深層学習"


@pytest.mark.parametrize(
    "family",
    [
        "interpretability interpretable interpreting interpretation",
        "deception deceptive deceive deceiving",
        "steering steered steers steer",
        "evaluation evaluations evaluate evaluating evals",
        "faithful faithfulness faith",
        "training trained trains train",
        "robust robustness",
        "jailbreak jailbreaks jailbreaking jailbroken",
        "dictionary dictionaries",
        "behaviour behaviours behavioural behavior",
        "modelling models model",
        "modular modularity",
        "geometry geometric",
        "adversary adversarial adversaries",
        "decompose decomposition decomposing decomposed",
        "forecast forecasts forecasting forecasted",
        "probe probes probing",
        "assume assumption assumptions",
        "generalisation generalises generalization",
    ],
)
def test_stem_joins_the_forms_of_a_word(family: str) -> None:
    assert len({stem(word) for word in family.split()}) == 1


@pytest.mark.parametrize(
    "pair",
    [
        ("probe", "probability"), ("general", "generalise"), ("persona", "person"), ("organ", "organism"),
        ("flat", "flattery"), ("probation", "probable"), ("loss", "lose"), ("found", "foundations"),
    ],
)  # fmt: skip
def test_stem_keeps_unlike_words_apart(pair: tuple[str, str]) -> None:
    assert stem(pair[0]) != stem(pair[1])


def test_tokens_keep_the_word_as_written_and_where_it_stands() -> None:
    text = "Why do Crosscoders' latents mislead, Zoë?"
    found = {token.word: text[token.start : token.end] for token in tokens(text)}
    assert found["Crosscoders"] == "Crosscoders"
    assert found["Zoë"] == "Zoë"
    assert all(word == slice_ for word, slice_ in found.items())


def test_tokens_leave_out_glue_numbers_and_single_letters() -> None:
    assert stems("They are the 12 x of 3 autoencoders in it") == [stem("autoencoders")]


def test_tokens_keep_names_that_mix_letters_and_digits() -> None:
    assert "r1" in stems("distilled R1 models")


def test_words_of_an_applicants_story_do_not_count() -> None:
    assert stems("I am excited to apply and would love to learn research from a mentor") == []


def test_composed_and_decomposed_text_give_the_same_stems() -> None:
    text = "Clément et l’élève naïve déçue"
    assert stems(unicodedata.normalize("NFD", text)) == stems(unicodedata.normalize("NFC", text))


def test_addresses_of_links_are_not_words() -> None:
    assert stems("[crosscoders](https://example.org/secret-path) https://example.org/other") == [
        stem("crosscoders")
    ]


def test_word_lists_do_not_overlap_in_ways_that_hide_an_entry() -> None:
    assert not EVERYDAY & (STOP_WORDS | GLUE)
    assert is_everyday(stem("water"))
    assert not is_everyday(stem("autoencoder"))


@given(st.text(max_size=400))
def test_any_text_gives_tokens_that_lie_in_it_in_order(text: str) -> None:
    last = 0
    for token in tokens(text):
        assert last <= token.start < token.end <= len(text)
        assert text[token.start : token.end] == token.word
        assert 0 < len(token.stem) <= 2 * LONGEST_WORD
        last = token.end


@given(
    st.text(alphabet=st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=30)
)
def test_a_stem_is_never_empty_nor_longer_than_it_may_grow(word: str) -> None:
    assert 1 <= len(stem(word)) <= len(word) + 2


@pytest.mark.parametrize(
    "unit",
    ["a", "e\u0301", "'", "a'", "](", "](x", "https://", "\u0301", "学", "-a", "aé ", " \n"],
)
def test_a_text_of_100_kb_is_read_to_its_end(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    for _, _, end in words(text):
        assert end <= len(text)
    assert all(token.end <= len(text) for token in tokens(text))
