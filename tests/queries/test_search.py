"""Searching papers: every word, folded, and nothing in a query is an operator."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.adapters.search import MOST_WORDS, searchable, words_of
from portal.queries.papers import PaperFilter, find_papers


def titles(**wanted):
    return [paper.title for paper in find_papers(PaperFilter(**wanted)).items]


def test_every_word_must_occur_in_any_order(make):
    make.paper("Sparse autoencoders find features")
    make.paper("Sparse rewards")
    assert titles(q="features sparse") == ["Sparse autoencoders find features"]
    assert titles(q="features rewards") == []


@pytest.mark.parametrize("query", ["Iván", "ivan", "IVAN", "Iva\u0301n"])
def test_accents_and_case_make_no_difference(make, query):
    make.paper("One", [make.person("Iván Arcuschin")])
    make.paper("Two", [make.person("Ana Author")])
    assert titles(q=query) == ["One"]


def test_other_scripts_are_found_as_they_are(make):
    make.paper("论可解释性研究")
    make.paper("Исследование")
    assert titles(q="可解释") == ["论可解释性研究"]
    assert titles(q="исследование") == ["Исследование"]
    assert titles(q="ИССЛЕДОВАНИЕ") == ["Исследование"]


def test_letters_in_disguise_are_read_as_letters(make):
    make.paper("Attention")
    assert titles(q="𝕬𝖙𝖙𝖊𝖓𝖙𝖎𝖔𝖓") == ["Attention"]


@pytest.mark.parametrize("mark", ["%", "_", "\\", "'", '"', "*", "[", "?"])
def test_marks_stand_for_themselves(make, mark):
    make.paper(f"A {mark} sign")
    make.paper("No sign")
    assert titles(q=mark) == [f"A {mark} sign"]


def test_titles_come_before_other_hits_and_newer_before_older(make):
    make.paper("Old diffing")
    make.paper("Something else", summary="About diffing.")
    make.paper("New diffing")
    assert titles(q="diffing") == ["New diffing", "Old diffing", "Something else"]


def test_topics_and_summaries_are_searched(make):
    make.paper("One", topics=[make.topic("Red-Teaming")])
    make.paper("Two", summary="How judges are fooled.")
    assert titles(q="red-teaming") == ["One"]
    assert titles(q="judges fooled") == ["Two"]


@pytest.mark.parametrize("query", ["", "   ", "\x00", "\n\t"])
def test_a_query_without_words_finds_everything(make, query):
    make.paper("One")
    assert titles(q=query) == ["One"]


def test_filters_hold_together(make):
    ana, ben = make.person("Ana"), make.person("Ben")
    mentor = make.mentor("Ana", person_id=ana.id)
    topic = make.topic()
    make.paper("Both", [ana, ben], [topic], fellows=[ben])
    make.paper("Ana alone", [ana])
    make.paper("Ben, no fellow", [ben], [topic])
    assert titles(mentor=mentor.slug, sort="title") == ["Ana alone", "Both"]
    assert titles(fellow=ben.slug) == ["Both"]
    assert titles(topic=topic.slug, sort="title") == ["Ben, no fellow", "Both"]
    assert titles(topic=topic.slug, mentor=mentor.slug, fellow=ben.slug, year=2025) == ["Both"]
    assert titles(year=1999) == []


@given(st.text(max_size=400))
def test_any_text_gives_a_bounded_number_of_folded_words(query):
    words = words_of(query)
    assert len(words) <= MOST_WORDS
    assert all(words_of(word) == [word] for word in words)  # folding again changes nothing


@given(st.text(max_size=60), st.text(max_size=60))
def test_title_is_one_line_of_what_is_searched(title, rest):
    assert searchable(title, rest).count("\n") == 1
