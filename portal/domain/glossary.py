"""The field's phrases, and the plain ways of saying them: data that helps a text meet a direction.

Two kinds of entries. `same`: spellings of one thing ("sparse autoencoder", "SAE"), used on both sides.
`lay`: everyday phrases of a reader ("talks to itself") and the field's words they may stand for ("chain of
thought"), used on the reader's side only and at a lower weight. What an entry adds is booked to the words
the reader wrote, so that the shares of a score still add up.
"""

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.domain.text import Token, is_everyday, tokens

Phrase = tuple[str, ...]
_LONGEST_QUOTE = 80  # characters; a phrase interrupted by more than this is quoted without the rest


@dataclass(frozen=True, slots=True)
class Mention:
    """A term that the reader's words led to: `word` as written, `via` the field's word if not literal."""

    term: str
    word: str
    stem: str
    weight: float
    via: str = ""


@dataclass(frozen=True, slots=True)
class Glossary:
    """Phrases as sequences of stems. `same` leads to a term; `lay` to the terms it may stand for."""

    same: Mapping[Phrase, str]
    lay: Mapping[Phrase, tuple[tuple[str, str], ...]]
    longest: int

    @classmethod
    def parse(cls, source: str) -> "Glossary":
        """The glossary in TOML. An entry without its fields, or of stop words only: ValueError."""
        data = tomllib.loads(source)
        same: dict[Phrase, str] = {}
        for entry in data.get("same", []):
            forms = [_phrase(form) for form in _strings(entry, "forms")]
            for form in forms:
                same[form] = "=" + " ".join(forms[0])
        lay: dict[Phrase, dict[str, str]] = {}
        for entry in data.get("lay", []):
            meant = {
                term: meaning
                for meaning in _strings(entry, "means")
                for term in _expand(tokens(meaning), same)
            }
            for said in _strings(entry, "says"):
                lay.setdefault(_phrase(said, alone=False), {}).update(meant)
        longest = max((len(phrase) for phrase in (*same, *lay)), default=1)
        return cls(same, {said: tuple(meant.items()) for said, meant in lay.items()}, longest)

    def terms(self, found: Sequence[Token]) -> list[str]:
        """The terms of a passage: every stem, and the common term of each known phrase."""
        return _expand(found, self.same, self.longest)

    def mentions(self, text: str, found: Sequence[Token], lay_weight: float) -> list[Mention]:
        """The terms of a reader's `text`, whose tokens are `found`, with the words behind each.

        Of lay phrases that overlap the longest is taken, once; its meanings share `lay_weight` so that
        the length of a glossary entry gives it no weight."""
        mentions: list[Mention] = []
        free = 0
        for place, token in enumerate(found):
            if token.counts:
                mentions.append(Mention(token.stem, token.word, token.stem, 1.0))
            ahead = found[place : place + self.longest]
            for length in range(len(ahead), 0, -1):
                phrase = tuple(other.stem for other in ahead[:length])
                if length == 1 and not token.counts:
                    continue
                if phrase in self.same:
                    written = _written(text, ahead[:length])
                    mentions.append(Mention(self.same[phrase], written, " ".join(phrase), 1.0))
                if phrase in self.lay and place >= free:
                    free = place + length
                    mentions.extend(
                        self._meanings(phrase, _written(text, ahead[:length]), lay_weight)
                    )
        return mentions

    def _meanings(self, phrase: Phrase, written: str, lay_weight: float) -> list[Mention]:
        meant = self.lay[phrase]
        weight, stems = lay_weight / math.sqrt(len(meant)), " ".join(phrase)
        return [Mention(term, written, stems, weight, via) for term, via in meant]


EMPTY = Glossary({}, {}, 1)


def _expand(found: Sequence[Token], same: Mapping[Phrase, str], longest: int = 6) -> list[str]:
    terms: list[str] = []
    for place, token in enumerate(found):
        if token.counts:
            terms.append(token.stem)
        stems = tuple(other.stem for other in found[place : place + longest])
        terms.extend(
            same[stems[:length]] for length in range(1, len(stems) + 1) if stems[:length] in same
        )
    return terms


def _written(text: str, found: Sequence[Token]) -> str:
    """The phrase as it stands in the reader's text, small words included, on one line."""
    stretch = text[found[0].start : found[-1].end]
    if len(stretch) > _LONGEST_QUOTE:
        return " ".join(token.word for token in found)
    return " ".join(stretch.split())


def _phrase(text: str, alone: bool = True) -> Phrase:
    """The stems of a phrase. `alone` false: one word of every day is not enough, it would match anywhere."""
    found = tokens(text)
    lone = len(found) == 1 and (not found[0].counts or is_everyday(found[0].stem))
    if not found or (lone and not alone):
        raise ValueError(
            f"the glossary's phrase {text!r} is too common to mean anything in particular"
        )
    return tuple(token.stem for token in found)


def _strings(entry: Mapping[str, Any], name: str) -> Iterable[str]:
    values = entry.get(name)
    if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
        raise ValueError(f"a glossary entry needs a list of texts in {name!r}: {dict(entry)!r}")
    return values
