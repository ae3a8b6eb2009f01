"""Invented texts: different by direction, person and length, and never the same paragraph twice."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from portal.demo.grammar import TemplateError, parse
from portal.demo.material import Material, load_material
from portal.demo.people import DemoPerson, Progress, people
from portal.demo.plan import load_plan
from portal.demo.reviews import (
    RECOMMENDATIONS,
    asked,
    decline_reason,
    load_announcements,
    load_questions,
    review,
)
from portal.demo.writing import WORD_LIMITS, DemoTexts, choose_directions, words, write

SEEDS = Path(__file__).parents[2] / "seeds"
DEMO = SEEDS / "demo"
SEED = 11
PEOPLE = 1000
SENT = (Progress.SUBMITTED, Progress.WITHDRAWN)

Applications = list[tuple[DemoPerson, DemoTexts]]


@pytest.fixture(scope="module")
def material() -> Material:
    return load_material(DEMO)


@pytest.fixture(scope="module")
def applications(material: Material) -> Applications:
    return [_application(material, one) for one in people(SEED, PEOPLE, material)]


def _application(material: Material, one: DemoPerson) -> tuple[DemoPerson, DemoTexts]:
    chosen = choose_directions(material, one, SEED, sorted(material.directions))
    return one, write(material, one, SEED, chosen)


def _answers(texts: DemoTexts) -> list[tuple[str, str]]:
    own = [
        (name, getattr(texts, name))
        for name in ("interests", "background", "changed_mind", "limits")
    ]
    return own + [
        (name, getattr(text, name)) for text in texts.directions for name in ("why", "idea")
    ]


def test_every_direction_has_twelve_lines_of_thought(material: Material) -> None:
    directions = {path.stem for path in (SEEDS / "reference" / "directions").glob("*.md")}
    assert directions
    assert set(material.directions) == directions
    for direction in material.directions.values():
        assert len(direction.plans) >= 12
        assert len({plan.about for plan in direction.plans}) == len(direction.plans)
        assert set(direction.near) < directions


def test_texts_are_the_same_for_the_same_person(
    material: Material, applications: Applications
) -> None:
    for one, texts in applications[:30]:
        assert _application(material, one)[1] == texts


def test_paragraphs_hardly_ever_repeat(applications: Applications) -> None:
    paragraphs = Counter(
        part
        for _, texts in applications
        for _, answer in _answers(texts)
        for part in answer.split("\n\n")
        if part
    )
    assert paragraphs.total() > 5 * PEOPLE
    repeated = paragraphs.total() - len(paragraphs)
    assert repeated / paragraphs.total() < 0.01


def test_what_was_submitted_is_complete_and_within_the_limits(applications: Applications) -> None:
    for one, texts in applications:
        if one.progress in SENT:
            assert texts.directions
            required = [texts.interests, texts.background]
            required += [answer for text in texts.directions for answer in (text.why, text.idea)]
            assert all(required)
            assert all(words(answer) <= WORD_LIMITS[name] for name, answer in _answers(texts))


def test_drafts_have_gaps_and_some_run_over_the_limit(applications: Applications) -> None:
    drafts = [_answers(texts) for one, texts in applications if one.progress is Progress.HALF_DONE]
    assert any(not answer for answers in drafts for _, answer in answers)
    assert any(words(answer) > WORD_LIMITS[name] for answers in drafts for name, answer in answers)
    never = [texts for one, texts in applications if one.progress is Progress.NEVER_STARTED]
    assert never
    assert all(not any(answer for _, answer in _answers(texts)) for texts in never)


def test_lengths_run_from_two_sentences_to_the_limit(applications: Applications) -> None:
    lengths = sorted(words(texts.interests) for one, texts in applications if one.progress in SENT)
    assert lengths[0] < 50
    assert lengths[-1] > 370
    assert sum(120 <= length <= 400 for length in lengths) / len(lengths) > 0.5


@pytest.mark.parametrize(
    ("pattern", "meaning"),
    [
        (r"[\u4e00-\u9fff]{8}", "Chinese"),
        (r"[\u0600-\u06ff]{4}", "Arabic"),
        (r"\b(?:prefiero|desde|español)\b", "Spanish"),
        (r"\b(?:prefiro|desde|português)\b", "Portuguese"),
        (r"^- \*\*", "a Markdown list"),
        (r"\]\(https://example\.org/", "a link"),
        (r"^```", "a code block"),
        (r"=SUM\(A1", "a formula"),
        (r"^[=+@]", "a first character that spreadsheets execute"),
        (r"<b>", "an angle bracket"),
        (r"\u200b", "a zero width space"),
        (r"[\U0001f600-\U0001f9ff]", "an emoji"),
    ],
)
def test_texts_contain_awkward_things(
    applications: Applications, pattern: str, meaning: str
) -> None:
    everything = (answer for _, texts in applications for _, answer in _answers(texts))
    assert any(re.search(pattern, answer, re.MULTILINE) for answer in everything), meaning


def test_no_template_is_left_unfilled(applications: Applications) -> None:
    for _, texts in applications:
        for _, answer in _answers(texts):
            prose = re.sub(r"```.*?(```|$)", "", answer, flags=re.DOTALL)
            assert "{" not in prose
            assert not re.search(r"\b[aA] (?:8|11|18|8\d)\b|  | \.", prose)


def test_texts_tell_their_direction(material: Material, applications: Applications) -> None:
    """A word-count classifier trained on half of the applicants names the direction of the others."""
    pairs = [
        (text.direction, f"{text.why} {text.idea}")
        for _, texts in applications
        for text in texts.directions
    ]
    half = len(pairs) // 2
    frequency: dict[str, Counter[str]] = {slug: Counter() for slug in material.directions}
    for slug, text in pairs[:half]:
        frequency[slug].update(set(re.findall(r"[a-z]{4,}", text.lower())))
    seen = Counter(slug for slug, _ in pairs[:half])

    def guess(text: str) -> str:
        found = set(re.findall(r"[a-z]{4,}", text.lower()))
        return max(seen, key=lambda slug: sum(frequency[slug][word] / seen[slug] for word in found))

    written = [(slug, text) for slug, text in pairs[half:] if words(text) > 30]
    assert sum(guess(text) == slug for slug, text in written) / len(written) > 0.6


def test_choices_favour_popular_directions_and_stay_unique(material: Material) -> None:
    offered = [
        "beliefs-in-games",
        "understanding-thinking-models",
        "sycophancy-human-feedback",
        "unknown-to-the-demo",
    ]
    chosen = [
        choose_directions(material, one, SEED, offered) for one in people(SEED, 300, material)
    ]
    assert all(len(ranked) == len(set(ranked)) for ranked in chosen)
    firsts = Counter(ranked[0] for ranked in chosen if ranked)
    assert firsts["understanding-thinking-models"] > firsts["beliefs-in-games"] > 0
    assert "unknown-to-the-demo" not in firsts


def test_reviews_follow_the_hidden_quality(material: Material, applications: Applications) -> None:
    sent = [(one, texts) for one, texts in applications if one.progress in SENT]
    marks = []
    for one, texts in sent:
        given = review(
            material, one, texts, texts.directions[0].direction, "mentor@example.org", SEED
        )
        scores = (given.research_fit, given.technical_strength, given.communication)
        assert all(1 <= score <= 5 for score in scores)
        assert 1 <= len(re.findall(r"[.!?](?: |$)", given.comment)) <= 6
        marks.append((one.quality, sum(scores), RECOMMENDATIONS.index(given.recommendation)))
    marks.sort()
    quarter = len(marks) // 4
    low, high = marks[:quarter], marks[-quarter:]
    assert sum(mark[1] for mark in high) / quarter > sum(mark[1] for mark in low) / quarter + 3
    assert {mark[2] for mark in marks} == {0, 1, 2, 3}


def test_comments_are_consistent_with_text_and_scores(
    material: Material, applications: Applications
) -> None:
    stopping = material.reviews["technical.test.any"]
    for one, texts in applications:
        if one.progress not in SENT:
            continue
        for text in texts.directions:
            given = review(material, one, texts, text.direction, "reader.turner@example.org", SEED)
            assert text.about.lower() in given.comment.lower()
            if any(sentence in given.comment for sentence in stopping):
                assert text.has_test
            if given.recommendation == "no":
                assert given.technical_strength <= 3 or given.research_fit <= 3


def test_decline_reasons_name_the_subject_and_blame_nobody(
    material: Material, applications: Applications
) -> None:
    reasons = set()
    for one, texts in applications:
        if one.progress in SENT:
            direction = texts.directions[0]
            given = [
                review(material, one, texts, direction.direction, reader, SEED)
                for reader in ("a", "b")
            ]
            reasons.add(decline_reason(material, one, texts, direction.direction, given, SEED))
    assert len(reasons) > 50
    assert all(reason.endswith(".") and "{" not in reason for reason in reasons)


def test_questions_of_applicants_have_answers_or_wait(material: Material) -> None:
    questions = load_questions(DEMO)
    assert any(question.answer for question in questions)
    assert any(not question.answer for question in questions)
    sent = [asked(questions, one, SEED) for one in people(SEED, 400, material)]
    assert 10 < sum(question is not None for question in sent) < 80
    assert load_announcements(DEMO)


def test_every_stream_question_can_be_answered(applications: Applications) -> None:
    texts = next(texts for one, texts in applications if one.progress is Progress.SUBMITTED)
    direction = texts.directions[0].direction
    for stream in load_plan(DEMO).streams:
        for question in stream.questions:
            if question.answered_by not in ("yes_no", "drawn"):
                assert isinstance(texts.answer(question.answered_by, direction), str)
                assert question.words is None or question.words >= WORD_LIMITS[question.answered_by]


@pytest.mark.parametrize("template", ["{open", "closed}", "{not a name}"])
def test_a_broken_template_is_refused(template: str) -> None:
    with pytest.raises(TemplateError):
        parse(template)
