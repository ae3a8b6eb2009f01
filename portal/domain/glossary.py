"""The field's phrases, and the plain ways of saying them: data that helps a text meet a direction.

Two kinds of entries. `same`: spellings of one thing ("sparse autoencoder", "SAE"), used on both sides.
`lay`: everyday phrases of a reader ("talks to itself") and the field's words they may stand for ("chain of
thought"), used on the reader's side only and at a lower weight. What an entry adds is booked to the words
the reader wrote, so that the shares of a score still add up.
"""

import math
import tomllib
from collections import Counter
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
    """Phrases as sequences of stems. `same` leads to a term; `lay` to the terms it may stand for, each
    with the field's word to show; `reach` says how long the phrases are that begin with a stem."""

    same: Mapping[Phrase, str]
    lay: Mapping[Phrase, tuple[tuple[str, str], ...]]
    reach: Mapping[str, int]

    @classmethod
    def of(
        cls, same: Mapping[Phrase, str], lay: Mapping[Phrase, tuple[tuple[str, str], ...]]
    ) -> "Glossary":
        reach: dict[str, int] = {}
        for phrase in (*same, *lay):
            reach[phrase[0]] = max(reach.get(phrase[0], 0), len(phrase))
        return cls(same, lay, reach)

    @property
    def spellings(self) -> "Glossary":
        """This glossary without its lay phrases."""
        return self.of(self.same, {})

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
                for term in cls.of(same, {}).terms(tokens(meaning))
            }
            for said in _strings(entry, "says"):
                lay.setdefault(_phrase(said, alone=False), {}).update(meant)
        return cls.of(same, {said: tuple(meant.items()) for said, meant in lay.items()})

    def terms(self, found: Sequence[Token]) -> list[str]:
        """The terms of a passage: every stem that counts, and the common term of each known phrase."""
        terms: list[str] = []
        for place, token in enumerate(found):
            if token.counts:
                terms.append(token.stem)
            terms.extend(
                self.same[phrase] for phrase in self._phrases(found, place) if phrase in self.same
            )
        return terms

    def _phrases(self, found: Sequence[Token], place: int) -> list[Phrase]:
        """The phrases that may begin at `place`, the longest first; a lone word must count by itself."""
        token = found[place]
        reach = self.reach.get(token.stem, 0)
        if not reach:
            return []
        stems = tuple(other.stem for other in found[place : place + reach])
        shortest = 1 if token.counts else 2
        return [stems[:length] for length in range(len(stems), shortest - 1, -1)]

    def mentions(self, text: str, found: Sequence[Token], lay_weight: float) -> list[Mention]:
        """The terms of a reader's `text`, whose tokens are `found`, with the words behind each: one entry
        for a word however often it stands there, quoted as it was first written, weighed by its uses.

        Of lay phrases that overlap the longest is taken, once; its meanings share `lay_weight` so that
        the length of a glossary entry gives it no weight."""
        uses: Counter[tuple[Phrase, str]] = Counter()
        written: dict[Phrase, str] = {}
        free = 0
        for place, token in enumerate(found):
            if token.counts:
                uses[(token.stem,), "word"] += 1
                written.setdefault((token.stem,), token.word)
            for phrase in self._phrases(found, place):
                is_lay = phrase in self.lay and place >= free
                if phrase not in self.same and not is_lay:
                    continue
                if phrase not in written:
                    written[phrase] = _written(text, found[place : place + len(phrase)])
                uses[phrase, "same"] += phrase in self.same
                uses[phrase, "lay"] += is_lay
                free = place + len(phrase) if is_lay else free
        return [
            Mention(term, written[phrase], " ".join(phrase), times * weight, via)
            for (phrase, kind), times in uses.items()
            if times
            for term, weight, via in self._led_to(phrase, kind, lay_weight)
        ]

    def _led_to(self, phrase: Phrase, kind: str, lay_weight: float) -> list[tuple[str, float, str]]:
        """The terms that one use of a phrase leads to: term, weight, the field's word to show."""
        if kind == "word":
            return [(phrase[0], 1.0, "")]
        if kind == "same":
            return [(self.same[phrase], 1.0, "")]
        weight = lay_weight / math.sqrt(len(self.lay[phrase]))
        return [(term, weight, via) for term, via in self.lay[phrase]]


EMPTY = Glossary({}, {}, {})


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
