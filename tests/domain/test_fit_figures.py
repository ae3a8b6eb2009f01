"""The figures of docs/matching.md hold on the real seeds, and the bars it promises are kept."""

import re
from collections import Counter

import pytest

from bench.fit import (
    ROOT,
    Statement,
    deletion,
    evaluate,
    figures,
    load_glossary,
    load_statements,
    load_subjects,
)
from portal.domain.fit import FitIndex


@pytest.fixture(scope="module")
def seeds() -> FitIndex:
    return FitIndex.build(load_subjects(), load_glossary())


def statements(half: str) -> list[Statement]:
    return [statement for statement in load_statements() if statement.half == half]


def bar(name: str) -> float:
    """The bar that docs/matching.md promises under "Bars"."""
    page = (ROOT / "docs" / "matching.md").read_text(encoding="utf-8")
    found = re.search(
        rf"^\| {re.escape(name)} \| (?:at least|at most) ([\d.]+)", page, re.MULTILINE
    )
    assert found, f"docs/matching.md promises nothing about {name!r}"
    return float(found.group(1))


def test_statements_are_enough_and_of_every_kind() -> None:
    everything = load_statements()
    known = {subject.key for subject in load_subjects()}
    assert {slug for s in everything for slug in s.right} <= known
    assert len({s.id for s in everything}) == len(everything)
    for half in ("calibration", "held-out"):
        kinds = Counter(s.words for s in statements(half))
        assert kinds["plain"] >= kinds["field"]
        assert kinds["unfit"] >= 4
        assert kinds["plain"] + kinds["field"] >= 20
    assert all(30 <= len(s.text.split()) <= 90 for s in everything)


@pytest.mark.parametrize("half", ["calibration", "held-out"])
def test_every_statement_that_fits_nothing_is_refused(seeds: FitIndex, half: str) -> None:
    unfit = [s for s in statements(half) if s.words == "unfit"]
    assert [s.id for s in unfit if not seeds.rank(s.text).abstained] == []


def test_held_out_statements_reach_the_bars_of_the_docs(seeds: FitIndex) -> None:
    got = figures(evaluate(seeds, statements("held-out")))
    assert got.mrr >= bar("held-out MRR")
    assert got.top1 >= bar("held-out top-1")
    assert got.wrongly_refused <= bar("held-out statements refused wrongly")


def test_plain_words_reach_the_bar_of_the_docs(seeds: FitIndex) -> None:
    plain = [s for s in statements("held-out") if s.words == "plain"]
    assert figures(evaluate(seeds, plain)).mrr >= bar("held-out MRR, plain words")


def test_taking_the_shown_words_out_costs_more_than_taking_out_others(seeds: FitIndex) -> None:
    _, lost, by_chance = deletion(seeds, evaluate(seeds, statements("held-out")))
    assert lost / by_chance >= bar("deletion, against chance")
