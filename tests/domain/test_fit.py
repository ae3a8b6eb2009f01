"""Which directions a text is near: exact shares and honest refusals."""

import dataclasses
import math
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fit import load_glossary, load_statements, load_subjects
from portal.domain.fit import Fit, FitIndex, Passage, Subject, Tuning
from portal.domain.glossary import Glossary
from portal.domain.text import is_everyday, tokens

STEERING = Subject(
    "steering",
    "Steering language models",
    "Adding steering vectors to the activations of a transformer during inference.",
    (
        Passage(
            "actadd", "Activation addition", "Contrast pairs of prompts give a steering vector."
        ),
    ),
)
DEBATE = Subject(
    "debate",
    "Debate as oversight",
    "Protocols by which weaker judges supervise stronger models, debate above all.",
    (Passage("judges", "Do judges benefit?", "Human judges watch two copies of a model debate."),),
)
GLOSSARY = """
[[same]]
forms = ["language model", "LLM"]
[[lay]]
says = ["magistrate", "argue in court"]
means = ["debate", "judge"]
"""
INTEREST = (
    "I would like to compare steering vectors with prompts: which activations of a transformer change, and"
    " whether contrast pairs matter at inference."
)


@pytest.fixture(scope="module")
def index() -> FitIndex:
    return FitIndex.build((STEERING, DEBATE), Glossary.parse(GLOSSARY))


@pytest.fixture(scope="module")
def seeds() -> FitIndex:
    return FitIndex.build(load_subjects(), load_glossary())


def total(fit: Fit) -> float:
    return math.fsum(term.share for reason in fit.reasons for term in reason.terms)


# --- ranking and its reasons ---------------------------------------------------------------------


def test_rank_puts_the_direction_that_shares_the_telling_words_first(index: FitIndex) -> None:
    result = index.rank(INTEREST)
    assert result.verdict == "fits"
    assert not result.abstained
    assert result.fits[0].subject_key == "steering"


def test_reasons_name_the_description_and_the_papers(index: FitIndex) -> None:
    keys = {reason.passage_key for reason in index.rank(INTEREST).fits[0].reasons}
    assert keys == {None, "actadd"}


def test_reasons_show_words_of_the_readers_text_as_they_were_written(index: FitIndex) -> None:
    text = (
        "STEERING a Transformer's Activations with vectors; prompts, contrast pairs and ínference."
    )
    shown = {t.word for r in index.explain(text, "steering").reasons for t in r.terms}
    assert {"STEERING", "Activations", "vectors", "ínference"} <= shown
    assert all(word in text for word in shown)


def test_words_adds_up_what_each_word_did_over_all_passages(index: FitIndex) -> None:
    fit = index.explain(INTEREST, "steering")
    by_hand: dict[str, float] = defaultdict(float)
    for reason in fit.reasons:
        for term in reason.terms:
            by_hand[term.word] += term.share
    assert {t.word: pytest.approx(t.share) for t in fit.words(limit=100)} == by_hand
    assert fit.words(1)[0].word == max(by_hand, key=lambda word: by_hand[word])
    assert math.fsum(term.share for term in fit.words(limit=100)) == pytest.approx(
        fit.score, abs=1e-12
    )


def test_score_is_the_average_of_best_and_mean_cosine_by_the_formula_of_the_docs() -> None:
    """Worked out here a second time, from the text of docs/matching.md, without the index."""
    tuning = Tuning()
    passages = [STEERING, *STEERING.passages, DEBATE, *DEBATE.passages]

    def counted(text: str) -> Counter[str]:
        return Counter(token.stem for token in tokens(text) if token.counts)

    counts = []
    for passage in passages:
        count: Counter[str] = counted(passage.text)
        for stem, times in counted(passage.title).items():
            count[stem] += times * int(tuning.title_weight)
        counts.append(count)

    def vector(count: Counter[str], everyday_weight: float = 1.0) -> dict[str, float]:
        raw = {}
        for stem, times in count.items():
            holding = sum(stem in other for other in counts)
            rarity = math.log((1 + len(counts)) / (1 + holding)) + 1
            ordinary = everyday_weight if is_everyday(stem) else 1.0
            raw[stem] = (1 + math.log(times)) * rarity * ordinary
        length = math.sqrt(sum(value**2 for value in raw.values()))
        return {stem: value / length for stem, value in raw.items()}

    asked = vector(counted(INTEREST), tuning.everyday_weight)
    cosines = [
        sum(asked.get(stem, 0.0) * value for stem, value in vector(count).items())
        for count in counts[:2]
    ]
    expected = (max(cosines) + sum(cosines) / 2) / 2
    assert FitIndex.build((STEERING, DEBATE)).explain(INTEREST, "steering").score == pytest.approx(
        expected, abs=1e-12
    )


def test_more_papers_of_the_same_kind_do_not_raise_a_direction(index: FitIndex) -> None:
    paper = STEERING.passages[0]
    copies = tuple(dataclasses.replace(paper, key=f"copy-{n}") for n in range(9))
    popular = dataclasses.replace(STEERING, key="popular", passages=copies)
    both = FitIndex.build((STEERING, popular, DEBATE))
    modest = both.explain(INTEREST, "steering").score
    assert both.explain(INTEREST, "popular").score <= modest + 1e-12


def test_a_paper_of_two_directions_counts_once_for_rarity() -> None:
    shared = STEERING.passages[0]
    other = dataclasses.replace(DEBATE, passages=(*DEBATE.passages, shared))
    together = FitIndex.build((STEERING, other))
    assert together.explain(INTEREST, "debate").score > 0


def test_unlike_papers_of_one_key_are_refused() -> None:
    changed = dataclasses.replace(STEERING.passages[0], text="Something else")
    pair = (STEERING, dataclasses.replace(DEBATE, passages=(changed,)))
    with pytest.raises(ValueError, match="two passages have the key 'actadd'"):
        FitIndex.build(pair)


def test_two_directions_of_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="two directions have the key 'debate'"):
        FitIndex.build((DEBATE, DEBATE))


def test_explain_of_an_unknown_direction_is_a_key_error(index: FitIndex) -> None:
    with pytest.raises(KeyError):
        index.explain(INTEREST, "cooking")


# --- shares add up -------------------------------------------------------------------------------

VOCABULARY = (
    "steering vector debate judge model language LLM magistrate activation coral reef prompts Zoë contrast"
    " argue in court water transformer the of deception deceptive naïve 深層 данные"
)
WORDS = st.sampled_from(VOCABULARY.split())
TEXTS = st.lists(WORDS | st.text(max_size=6), max_size=40).map(" ".join)


@given(TEXTS)
def test_shares_add_up_to_the_score_and_never_pass_one(text: str) -> None:
    fitted = FitIndex.build((STEERING, DEBATE), Glossary.parse(GLOSSARY))
    for key in ("steering", "debate"):
        fit = fitted.explain(text, key)
        assert math.isclose(total(fit), fit.score, abs_tol=1e-9)
        assert math.isclose(math.fsum(r.share for r in fit.reasons), fit.score, abs_tol=1e-9)
        assert 0 <= fit.score <= 1 + 1e-9
        assert all(term.share > 0 for reason in fit.reasons for term in reason.terms)


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=4), st.lists(TEXTS, max_size=4))
@settings(max_examples=60)
def test_shares_add_up_whatever_the_directions_say(
    text: str, descriptions: list[str], papers: list[str]
) -> None:
    passages = tuple(Passage(f"p{n}", paper, paper) for n, paper in enumerate(papers))
    subjects = [Subject(f"s{n}", "", body, passages[n:]) for n, body in enumerate(descriptions)]
    fitted = FitIndex.build(subjects)
    for subject in subjects:
        fit = fitted.explain(text, subject.key)
        assert math.isclose(total(fit), fit.score, abs_tol=1e-9)


def test_shares_add_up_for_every_statement_and_direction_of_the_seeds(seeds: FitIndex) -> None:
    for statement in load_statements():
        for subject in seeds.subjects:
            fit = seeds.explain(statement.text, subject.key)
            assert math.isclose(total(fit), fit.score, abs_tol=1e-9)


@given(st.text(max_size=300))
def test_any_text_gets_an_answer_with_a_reason_or_a_note(text: str) -> None:
    result = FitIndex.build((STEERING, DEBATE)).rank(text)
    assert result.abstained == (not result.fits)
    assert result.fits or result.note


# --- the glossary --------------------------------------------------------------------------------


def test_a_lay_phrase_is_booked_to_the_words_the_reader_wrote(index: FitIndex) -> None:
    fit = index.explain("As a lawyer I argue, in  court, for whoever pays.", "debate")
    lay = next(term for reason in fit.reasons for term in reason.terms if term.via)
    assert lay.word == "argue, in court"
    assert lay.via in ("debate", "judge")


def test_a_spelling_meets_the_other_spelling(index: FitIndex) -> None:
    shown = [
        t.word for r in index.explain("Something about an LLM", "steering").reasons for t in r.terms
    ]
    assert shown.count("LLM") >= 1


def test_a_lay_phrase_weighs_less_than_the_fields_own_word(index: FitIndex) -> None:
    plain = index.explain("magistrate vineyard umbrella oboe", "debate").score
    field = index.explain("debate vineyard umbrella oboe", "debate").score
    assert 0 < plain < field


def test_a_lone_word_of_every_day_cannot_be_a_lay_phrase() -> None:
    with pytest.raises(ValueError, match="'water' is too common"):
        Glossary.parse('[[lay]]\nsays = ["water"]\nmeans = ["ocean"]')


@pytest.mark.parametrize(
    "source", ['[[lay]]\nsays = ["oboe"]', '[[same]]\nforms = "LLM"', "[[same]]"]
)
def test_a_glossary_entry_without_its_fields_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="a glossary entry needs a list of texts"):
        Glossary.parse(source)


def test_the_longest_of_overlapping_lay_phrases_is_taken_once() -> None:
    entries = '[[lay]]\nsays = ["magistrate", "magistrate court"]\nmeans = ["debate"]'
    text = "magistrate court"
    mentions = Glossary.parse(entries).mentions(text, tokens(text), 0.5)
    assert [m.word for m in mentions if m.via] == ["magistrate court"]


# --- abstaining ----------------------------------------------------------------------------------


def test_a_text_about_something_else_is_refused_with_the_two_closest(seeds: FitIndex) -> None:
    text = next(s.text for s in load_statements() if s.id == "reef-fish")
    result = seeds.rank(text)
    assert result.abstained
    assert result.verdict == "nothing"
    assert len(result.closest) == 2
    assert "Nothing here fits well" in result.note


@pytest.mark.parametrize(
    "text", ["", "   ", "Hello there", "I am interested in AI", "the of and", "🙂🙂"]
)
def test_a_very_short_text_is_asked_for_more(seeds: FitIndex, text: str) -> None:
    result = seeds.rank(text)
    assert result.verdict == "short"
    assert not result.closest
    assert "too short" in result.note


@pytest.mark.parametrize(
    "text",
    [
        "我想研究大型语言模型的可解释性，特别是稀疏自编码器。模型在微调过程中发生了什么变化？",
        "Я хочу изучать интерпретируемость языковых моделей и понять, как они рассуждают.",
        "أريد أن أدرس كيف تفكر النماذج اللغوية وما الذي يتغير فيها بعد التدريب الإضافي.",
        "मैं भाषा मॉडल की व्याख्या पर शोध करना चाहता हूँ और समझना चाहता हूँ कि वे कैसे सोचते हैं।",
    ],
)
def test_a_text_in_another_script_is_asked_for_english(seeds: FitIndex, text: str) -> None:
    result = seeds.rank(text)
    assert result.verdict == "nothing"
    assert "in English" in result.note


def test_one_repeated_word_is_not_a_fit(seeds: FitIndex) -> None:
    assert seeds.rank("autoencoder " * 200).abstained


def test_no_direction_at_all_is_answered_too() -> None:
    result = FitIndex.build(()).rank(INTEREST)
    assert result.verdict == "nothing"
    assert result.closest == ()


def test_bands_follow_the_thresholds(seeds: FitIndex) -> None:
    tuning = Tuning()
    for statement in load_statements():
        for fit in seeds.rank(statement.text).fits:
            assert fit.score >= tuning.least_score
            assert (fit.band == "strong") == (fit.score >= tuning.strong_score)


def test_a_direction_without_papers_says_so() -> None:
    alone = FitIndex.build((dataclasses.replace(STEERING, passages=()), DEBATE))
    assert "No past paper" in alone.rank(INTEREST).note


# --- what it bears (how long it takes is measured by `python -m bench.fit`) -------------------------


@pytest.mark.parametrize(
    "unit", [INTEREST + "\n", "steering ", "step by step ", "a ", "x1y ", "学", "é"]
)
def test_a_text_of_100_kb_is_answered(seeds: FitIndex, unit: str) -> None:
    text = (unit * (100_000 // len(unit) + 1))[:100_000]
    assert seeds.rank(text).verdict in ("fits", "nothing", "short")
