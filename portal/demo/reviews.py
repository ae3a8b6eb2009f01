"""What invented readers make of invented applications, and what is said around a round.

Scores follow a hidden quality and the texts, comments follow the scores: a reader praises a stopping
rule only where there is one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from portal.demo.grammar import Voice
from portal.demo.material import Material, MaterialError
from portal.demo.people import DemoPerson
from portal.demo.writing import DemoTexts, DirectionText

RECOMMENDATIONS = ("strong_yes", "yes", "maybe", "no")


@dataclass(frozen=True)
class DemoReview:
    """One reader's form: three scores of 1 to 5, one of RECOMMENDATIONS, a comment."""

    research_fit: int
    technical_strength: int
    communication: int
    recommendation: str
    comment: str


@dataclass(frozen=True)
class DemoQuestion:
    """A question to the programme; ``answer`` is empty while it is open."""

    subject: str
    body: str
    answer: str


@dataclass(frozen=True)
class DemoAnnouncement:
    title: str
    body: str
    days_before_close: int


def review(
    material: Material,
    person: DemoPerson,
    texts: DemoTexts,
    direction: str,
    reader: str,
    rng_seed: int,
) -> DemoReview:
    """What the reader called ``reader`` (any stable key) says about one stream application.

    ``direction`` is the chosen direction through which it reached the stream; KeyError if it was
    not chosen.
    """
    text = _text(texts, direction)
    rng = Random(f"{rng_seed}:{person.index}:review:{direction}:{reader}")
    severity = Random(f"{rng_seed}:reader:{reader}").gauss(0, 0.35)
    base = 1.2 + 3.9 * person.quality - severity
    fit = _score(rng, base + 0.5 - 0.3 * _rank(texts, direction))
    technical = _score(
        rng, base + (0.3 if text.has_pilot else -0.5) + (0.2 if text.has_test else -0.3)
    )
    plain = _score(rng, base + 0.4 + _clarity(texts, text))
    recommendation = _recommend(rng, (2 * fit + 3 * technical + plain) / 6)
    comment = _comment(material, rng, texts, text, (fit, technical, plain), recommendation)
    return DemoReview(fit, technical, plain, recommendation, comment)


def decline_reason(
    material: Material,
    person: DemoPerson,
    texts: DemoTexts,
    direction: str,
    reviews: Sequence[DemoReview],
    rng_seed: int,
) -> str:
    """A reason that the applicant may read: about the weakest score, or about places."""
    rng = Random(f"{rng_seed}:{person.index}:decline:{direction}")
    voice = _voice(rng, _text(texts, direction).about)
    means = {
        name: sum(getattr(given, field) for given in reviews) / len(reviews)
        for name, field in (
            ("technical", "technical_strength"), ("fit", "research_fit"), ("communication", "communication"),
        )
    } if reviews else {}  # fmt: skip
    weakest = min(means, key=lambda name: means[name], default="places")
    reason = weakest if means and means[weakest] < 3.4 else "places"
    return voice.say(voice.pick(material.reviews[f"decline.{reason}"]))


def load_questions(folder: Path) -> tuple[DemoQuestion, ...]:
    """Questions to the demo programme, from ``programme.toml``. Raises MaterialError."""
    return tuple(
        DemoQuestion(row["subject"], row["body"], row.get("answer", ""))
        for row in _rows(folder, "question")
    )


def load_announcements(folder: Path) -> tuple[DemoAnnouncement, ...]:
    """Announcements of the demo programme, from ``programme.toml``. Raises MaterialError."""
    return tuple(
        DemoAnnouncement(row["title"], row["body"], row["days_before_close"])
        for row in _rows(folder, "announcement")
    )


def asked(
    questions: Sequence[DemoQuestion], person: DemoPerson, rng_seed: int
) -> DemoQuestion | None:
    """The question this person sends to the programme; most send none."""
    rng = Random(f"{rng_seed}:{person.index}:question")
    return rng.choice(questions) if questions and rng.random() < 0.08 else None


def _rows(folder: Path, kind: str) -> list[dict[str, Any]]:
    path = folder / "programme.toml"
    try:
        rows: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get(kind, [])
    except (OSError, tomllib.TOMLDecodeError) as broken:
        raise MaterialError(f"{path}: {broken}") from broken
    needed = ("subject", "body") if kind == "question" else ("title", "body", "days_before_close")
    for number, row in enumerate(rows, 1):
        for field in needed:
            if field not in row:
                raise MaterialError(f"{path}: {kind} {number}: {field} is missing")
    return rows


def _text(texts: DemoTexts, direction: str) -> DirectionText:
    return {text.direction: text for text in texts.directions}[direction]


def _rank(texts: DemoTexts, direction: str) -> int:
    return [text.direction for text in texts.directions].index(direction)


def _clarity(texts: DemoTexts, text: DirectionText) -> float:
    if texts.length == "two":
        return -1.2
    return {"careful": 0.3, "second": -0.2}.get(texts.register, 0.0) + (
        0.1 if text.has_plan else -0.3
    )


def _score(rng: Random, mean: float) -> int:
    return min(5, max(1, round(rng.gauss(mean, 0.65))))


def _recommend(rng: Random, mean: float) -> str:
    for line, recommendation in ((4.3, "strong_yes"), (3.5, "yes"), (2.7, "maybe")):
        if mean + rng.uniform(-0.2, 0.2) >= line:
            return recommendation
    return "no"


def _level(score: int) -> str:
    return "high" if score >= 4 else "mid" if score == 3 else "low"


def _voice(rng: Random, about: str) -> Voice:
    voice = Voice(rng, {})
    voice.bind("about", about)
    return voice


def _comment(
    material: Material,
    rng: Random,
    texts: DemoTexts,
    text: DirectionText,
    scores: tuple[int, int, int],
    recommendation: str,
) -> str:
    """One to four sentences: the subject always, the rest as the scores give reason to."""
    said, voice = material.reviews, _voice(rng, text.about)
    fit, technical, plain = scores
    ground = "pilot" if text.has_pilot else "bare"
    parts = [voice.say(voice.pick(said[f"fit.{_level(fit)}"]))]
    wanted = rng.choice((1, 2, 3, 3, 4, 4))
    more = [said[f"technical.{ground}.{_level(technical)}"], said[f"communication.{_level(plain)}"]]
    if text.has_test and technical >= 3:
        more.insert(1, said["technical.test.any"])
    elif not text.has_test and technical <= 3:
        more.insert(1, said["technical.test.none"])
    if plain <= 2 or plain == 5:
        more.insert(0, more.pop())
    parts += [voice.say(voice.pick(options)) for options in more[: max(0, wanted - 2)]]
    if wanted > 1:
        parts.append(voice.say(voice.pick(said[f"verdict.{recommendation}"])))
    return " ".join(parts)
