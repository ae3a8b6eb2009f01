"""Tics of a writer, and the cut at a word limit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random

# Words, as the demo questions ask for them. What was submitted stays within; a draft may be over.
WORD_LIMITS: Mapping[str, int] = {
    "interests": 400, "background": 250, "why": 200, "idea": 250, "changed_mind": 150, "limits": 120,
}  # fmt: skip

Paragraphs = list[list[str]]


def words(text: str) -> int:
    """Words as a word limit counts them: what stands between white space."""
    return len(text.split())


def without_articles(text: str, rng: Random) -> str:
    """Drop an article here and there, as somebody does whose first language has none."""
    return re.sub(
        r"\b(?:the|a) (?=[a-z])", lambda found: "" if rng.random() < 0.13 else found[0], text
    )


def clip(sentence: str) -> str:
    """The note-taker's imperative: "I would add ..." becomes "Add ..."."""
    if not sentence.startswith("I would ") or sentence.startswith("I would not"):
        return sentence
    rest = sentence.removeprefix("I would ")
    return rest[:1].upper() + rest[1:]


def fit(paragraphs: Paragraphs, limit: int) -> Paragraphs:
    """Stop at the last sentence that fits."""
    left: int = limit
    kept: Paragraphs = []
    for part in paragraphs:
        sentences: list[str] = []
        for sentence in part:
            left -= words(sentence)
            if left < 0:
                # one sentence of a new paragraph would be a lead-in to nothing
                return [*kept, sentences] if len(sentences) > 1 or not kept else kept
            sentences.append(sentence)
        kept.append(sentences)
    return kept
