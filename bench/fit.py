"""How well directions are found: prints the tables that stand in docs/matching.md.

    .venv/bin/python -m bench.fit

Reads the reference seeds and bench/statements.toml, nothing else. The chance deletions use a fixed seed,
so that two runs on the same seeds print the same tables (the times differ).
"""

import random
import time
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from portal.domain.fit import Fit, FitIndex, FitResult, Passage, Subject, Tuning
from portal.domain.glossary import EMPTY, Glossary
from portal.domain.text import tokens

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "seeds" / "reference"
STATEMENTS = ROOT / "bench" / "statements.toml"
HALVES = ("calibration", "held-out")
KINDS = {
    "field": "the field's words",
    "plain": "plain words",
    "neighbour": "of the field, but no direction asks for it",
    "unfit": "nothing fits",
}
SHOWN_WORDS = 3  # the words a reader sees first, taken away by the deletion test
CHANCES = 20  # random deletions per statement


@dataclass(frozen=True)
class Statement:
    """A text, and the directions a fair reader would accept as its first; none where nothing fits."""

    id: str
    half: str
    words: str
    right: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Outcome:
    """What the index said to one statement: the place of the first right direction, if it has one."""

    statement: Statement
    place: int | None
    result: FitResult
    best: Fit


def load_statements(path: Path = STATEMENTS) -> tuple[Statement, ...]:
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["statement"]
    return tuple(
        Statement(r["id"], r["half"], r["words"], tuple(r["right"]), r["text"].strip())
        for r in rows
    )


def load_glossary(reference: Path = REFERENCE) -> Glossary:
    return Glossary.parse((reference / "glossary.toml").read_text(encoding="utf-8"))


def load_subjects(reference: Path = REFERENCE) -> tuple[Subject, ...]:
    """The reference directions with their papers, as the portal's own query builds them."""
    topics = {t["slug"]: t["name"] for t in _rows(reference / "topics.toml", "topic")}
    passages = {p["slug"]: _passage(p, topics) for p in _rows(reference / "papers.toml", "paper")}
    paths = sorted((reference / "directions").glob("*.md"))
    return tuple(_subject(path, passages, topics) for path in paths)


def _rows(path: Path, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))[name]
    return rows


def _passage(paper: dict[str, Any], topics: dict[str, str]) -> Passage:
    names = tuple(topics[slug] for slug in paper["topics"])
    return Passage(paper["slug"], paper["title"], paper["summary"], names)


def _subject(path: Path, passages: dict[str, Passage], topics: dict[str, str]) -> Subject:
    _, front, body = path.read_text(encoding="utf-8").split("+++", 2)
    entry = tomllib.loads(front)
    return Subject(
        entry.get("slug", path.stem),
        entry["title"],
        f"{entry['summary']}\n\n{body}",
        tuple(passages[slug] for slug in entry.get("papers", [])),
        tuple(topics[slug] for slug in entry.get("topics", [])),
    )


def evaluate(index: FitIndex, statements: Iterable[Statement]) -> tuple[Outcome, ...]:
    return tuple(_outcome(index, statement) for statement in statements)


def _outcome(index: FitIndex, statement: Statement) -> Outcome:
    fits = [index.explain(statement.text, subject.key) for subject in index.subjects]
    fits.sort(key=lambda fit: (-fit.score, fit.subject_key))
    places = [n for n, fit in enumerate(fits, 1) if fit.subject_key in statement.right]
    return Outcome(statement, min(places, default=None), index.rank(statement.text), fits[0])


@dataclass(frozen=True)
class Figures:
    """One row: `top1`, `top3` and `mrr` over statements that fit something, whether shown or not."""

    fitting: int
    top1: float
    top3: float
    mrr: float
    unfit: int
    refused: int
    wrongly_refused: int


def figures(outcomes: Sequence[Outcome]) -> Figures:
    places = [outcome.place for outcome in outcomes if outcome.place is not None]
    unfit = [outcome for outcome in outcomes if outcome.place is None]
    wrongly = sum(outcome.result.abstained for outcome in outcomes if outcome.place is not None)
    return Figures(
        len(places),
        fmean(place == 1 for place in places) if places else 0.0,
        fmean(place <= 3 for place in places) if places else 0.0,
        fmean(1 / place for place in places) if places else 0.0,
        len(unfit),
        sum(outcome.result.abstained for outcome in unfit),
        wrongly,
    )


def chance_mrr(subjects: int, statements: Sequence[Statement]) -> float:
    """The mean reciprocal rank of a random order, for as many right answers as each statement has."""
    generator = random.Random(7)
    fitting = [len(statement.right) for statement in statements if statement.right]
    draws = [
        1 / min(generator.sample(range(1, subjects + 1), right))
        for right in fitting
        for _ in range(500)
    ]
    return fmean(draws)


def deletion(index: FitIndex, outcomes: Sequence[Outcome]) -> tuple[float, float, float]:
    """Share of the score carried by the words shown, lost without them, lost without as many others.

    "As many others": informative words of the same text, drawn at random, every use of each."""
    generator = random.Random(7)
    carried, lost, by_chance = [], [], []
    for outcome in outcomes:
        if outcome.result.abstained:
            continue
        fit, text = outcome.best, outcome.statement.text
        shown = fit.words(SHOWN_WORDS)
        stems = {stem for term in shown for stem in term.stem.split()}
        carried.append(sum(term.share for term in shown) / fit.score)
        lost.append(1 - _without(index, text, stems, fit.subject_key) / fit.score)
        all_stems = sorted({token.stem for token in tokens(text) if token.counts})
        chances = (
            set(generator.sample(all_stems, min(len(stems), len(all_stems))))
            for _ in range(CHANCES)
        )
        by_chance.append(
            fmean(
                1 - _without(index, text, drawn, fit.subject_key) / fit.score for drawn in chances
            )
        )
    return fmean(carried), fmean(lost), fmean(by_chance)


def _without(index: FitIndex, text: str, stems: set[str], key: str) -> float:
    """The score of the direction once every word with one of the stems is blanked out of the text."""
    for token in reversed(tokens(text)):
        if token.stem in stems:
            text = text[: token.start] + "..." + text[token.end :]
    return index.explain(text, key).score


def speed(index: FitIndex, statements: Sequence[Statement]) -> tuple[float, float, float]:
    """Milliseconds, medians: one statement on the seeds, on 5,000 passages, a 100 kB text on the seeds."""
    texts = [statement.text for statement in statements]
    large = FitIndex.build(_many(index.subjects, 5000), index.glossary)
    long = ("\n".join(texts) * 10)[:100_000]
    return _median_ms(index, texts), _median_ms(large, texts), _median_ms(index, [long] * 5)


def _many(subjects: Sequence[Subject], passages: int) -> list[Subject]:
    """Copies of the directions with copies of their papers, until there are `passages` in all."""
    copies: list[Subject] = []
    made = 0
    while made < passages:
        for subject in subjects:
            own = tuple(replace(p, key=f"{p.key}-{len(copies)}") for p in subject.passages)
            copies.append(replace(subject, key=f"{subject.key}-{len(copies)}", passages=own))
            made += 1 + len(own)
    return copies


def _median_ms(index: FitIndex, texts: Sequence[str]) -> float:
    taken = []
    for text in texts:
        began = time.perf_counter()
        index.rank(text)
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)[len(taken) // 2]


def table(index: FitIndex, statements: Sequence[Statement]) -> str:
    """Ranking and refusals, by half and by the kind of words."""
    lines = [
        "| statements | fit something | top-1 | in top 3 | MRR | refused, rightly | refused, wrongly |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for half in HALVES:
        chosen = _half(statements, half)
        fitting = [s for s in chosen if s.right]
        lines.append(_row(f"**{half}**, all that fit something", index, fitting))
        for kind, label in KINDS.items():
            lines.append(_row(f"{half}, {label}", index, [s for s in chosen if s.words == kind]))
    return "\n".join(lines)


def _row(label: str, index: FitIndex, statements: Sequence[Statement]) -> str:
    got = figures(evaluate(index, statements))
    if not got.fitting:
        return f"| {label} | - | - | - | - | {got.refused} of {got.unfit} | - |"
    return (
        f"| {label} | {got.fitting} | {got.top1:.2f} | {got.top3:.2f} | {got.mrr:.2f} | - "
        f"| {got.wrongly_refused} of {got.fitting} |"
    )


def parts_table(index: FitIndex, statements: Sequence[Statement]) -> str:
    """What each part of the method is worth: MRR without it."""
    subjects, full = index.subjects, index.glossary
    bare = [replace(subject, passages=()) for subject in subjects]
    variants = {
        "as it is": index,
        "without the lay phrases": FitIndex.build(subjects, full.spellings),
        "without the whole glossary": FitIndex.build(subjects, EMPTY),
        "descriptions only, no papers": FitIndex.build(bare, full),
        "titles weigh as much as text": FitIndex.build(subjects, full, Tuning(title_weight=1.0)),
        "without the names of topics": FitIndex.build(subjects, full, Tuning(topic_weight=0.0)),
    }
    lines = [
        "| method | calibration MRR | held-out MRR | its plain words | unfit refused | others refused |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    tried, held_out = (_half(statements, half) for half in HALVES)
    for label, variant in variants.items():
        got, plain = (
            figures(evaluate(variant, chosen))
            for chosen in (held_out, [s for s in held_out if s.words == "plain"])
        )
        lines.append(
            f"| {label} | {figures(evaluate(variant, tried)).mrr:.2f} | {got.mrr:.2f} | {plain.mrr:.2f} "
            f"| {got.refused} of {got.unfit} | {got.wrongly_refused} of {got.fitting} |"
        )
    return "\n".join(lines)


def _half(statements: Sequence[Statement], half: str) -> list[Statement]:
    return [statement for statement in statements if statement.half == half]


def main() -> None:
    statements = load_statements()
    index = FitIndex.build(load_subjects(), load_glossary())
    papers = {p.key for subject in index.subjects for p in subject.passages}
    print(
        f"{len(index.subjects)} directions, {len(papers)} papers, {len(statements)} statements; ",
        end="",
    )
    print(
        f"a random order would have an MRR of {chance_mrr(len(index.subjects), statements):.2f}.\n"
    )
    print(table(index, statements) + "\n")
    print(parts_table(index, statements) + "\n")
    carried, lost, by_chance = deletion(index, evaluate(index, statements))
    print("| deletion test, over the statements that got an answer | |\n| --- | --- |")
    print(f"| share of the score that the {SHOWN_WORDS} words shown carry | {carried:.0%} |")
    print(f"| score lost when they are taken out of the text | {lost:.0%} |")
    print(f"| score lost when as many other words are taken out at random | {by_chance:.0%} |")
    print(f"| ratio | {lost / by_chance:.1f} |\n")
    small, large, long = speed(index, statements)
    print("| one answer takes (median) | ms |\n| --- | --- |")
    print(f"| {len(index.subjects)} directions of the seeds | {small:.1f} |")
    print(
        f"| 5,000 passages | {large:.1f} |\n| a text of 100 kB, directions of the seeds | {long:.0f} |"
    )


if __name__ == "__main__":
    main()
