"""Which directions a text is near, and which of its words carried that.

A direction is compared through its description and the papers that illustrate it ("passages"). Each
passage and the reader's text become stemmed tf-idf vectors; the score of a direction is the average of
its best passage's cosine and the mean of all its passages' cosines. It is therefore a plain sum over
(passage, word) pairs, and every reason shown is a group of those very summands: nothing is estimated.
Taking best and mean instead of a sum keeps a direction with many papers from winning by their number.

`docs/matching.md` holds the formula, the rule for "nothing fits well" and the figures.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from portal.domain.glossary import EMPTY, Glossary, Mention
from portal.domain.text import Known, is_everyday, tokens

Band = Literal["strong", "fair", "thin", "none"]
Verdict = Literal["fits", "nothing", "short"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A paper that illustrates a direction: its title and the summary the portal shows."""

    key: str
    title: str
    text: str
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """A direction: what it asks for in its own words, the names of its topics, its papers."""

    key: str
    title: str
    text: str
    passages: tuple[Passage, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TermShare:
    """What one of the reader's words added. `via` is the field's word where a glossary led to it."""

    word: str
    stem: str
    share: float
    via: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """What one passage added to the score; `passage_key` is None for the description itself."""

    passage_key: str | None
    share: float
    terms: tuple[TermShare, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """How near a text is to one direction. The shares of `reasons` add up to `score` (0 to 1)."""

    subject_key: str
    score: float
    band: Band
    reasons: tuple[Reason, ...]

    def words(self, limit: int = 5) -> tuple[TermShare, ...]:
        """The reader's words that carried most, over all passages, the heaviest first."""
        by_word: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for reason in self.reasons:
            for term in reason.terms:
                by_word[term.word, term.stem][term.via] += term.share
        ranked = [
            TermShare(
                word, stem, math.fsum(via.values()), max(via, key=lambda name: (via[name], name))
            )
            for (word, stem), via in by_word.items()
        ]
        return tuple(sorted(ranked, key=lambda term: (-term.share, term.word))[:limit])


@dataclass(frozen=True, slots=True)
class FitResult:
    """The answer to one text. `fits` is empty when it abstains; `closest` then names the two nearest."""

    verdict: Verdict
    fits: tuple[Fit, ...]
    closest: tuple[Fit, ...]
    note: str

    @property
    def abstained(self) -> bool:
        return self.verdict != "fits"


@dataclass(frozen=True, slots=True)
class Tuning:
    """The numbers of the method, chosen on the calibration half of the statements (docs/matching.md)."""

    title_weight: float = 2.0
    topic_weight: float = 1.0
    lay_weight: float = 0.5
    everyday_weight: float = 0.5
    fewest_stems: int = 5
    telling_stems: int = 3
    least_score: float = 0.08
    fair_score: float = 0.11
    strong_score: float = 0.20


@dataclass(frozen=True, slots=True)
class _Query:
    """A reader's text as a unit vector, with the written words behind each term's weight."""

    weights: Mapping[str, float]
    mentions: Mapping[str, tuple[tuple[Mention, float], ...]]
    stems: int
    foreign: bool


@dataclass(frozen=True, slots=True)
class FitIndex:
    """An immutable index over directions; build it once, ask it from any thread."""

    subjects: tuple[Subject, ...]
    glossary: Glossary
    tuning: Tuning
    _rarity: Mapping[str, float] = field(repr=False)
    _unseen: float = field(repr=False)
    _postings: Mapping[str, tuple[tuple[int, float], ...]] = field(repr=False)
    _members: Mapping[str, tuple[tuple[str | None, int], ...]] = field(repr=False)

    @classmethod
    def build(
        cls,
        subjects: Iterable[Subject],
        glossary: Glossary = EMPTY,
        tuning: Tuning = Tuning(),
    ) -> "FitIndex":
        """The index over `subjects`. Two subjects or passages of one key and unlike text: ValueError."""
        chosen = tuple(subjects)
        passages, members = _passages(chosen)
        known: Known = {}
        counts = [_counts(passage, glossary, tuning, known) for passage in passages]
        spread = Counter(term for count in counts for term in count)
        rarity = {term: _idf(len(passages), found) for term, found in spread.items()}
        postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, count in enumerate(counts):
            vector = _unit({term: _damped(times) * rarity[term] for term, times in count.items()})
            for term, weight in vector.items():
                postings[term].append((number, weight))
        frozen = {term: tuple(found) for term, found in postings.items()}
        return cls(chosen, glossary, tuning, rarity, _idf(len(passages), 0), frozen, members)

    def rank(self, text: str, limit: int = 3) -> FitResult:
        """The at most `limit` directions that `text` is near, best first, or a stated abstention."""
        query = self._query(text)
        if query.foreign:
            return FitResult("nothing", (), (), _FOREIGN)
        if query.stems < self.tuning.fewest_stems:
            return FitResult("short", (), (), _SHORT)
        scores = self._scores(query)
        order = sorted(scores, key=lambda key: (-scores[key], key))
        fits = [self._fit(query, key) for key in order[:limit]]
        passing = tuple(fit for fit in fits if fit.band != "none")
        if not passing:
            nearest = tuple(fit for fit in fits[:2] if fit.score > 0)
            return FitResult("nothing", (), nearest, _NOTHING)
        return FitResult("fits", passing, (), _note(passing[0], self._members))

    def explain(self, text: str, subject_key: str) -> Fit:
        """How near `text` is to the one direction, whatever the score. Unknown key: KeyError."""
        return self._fit(self._query(text), subject_key)

    def _query(self, text: str) -> _Query:
        """`text` as a unit vector. Words no direction uses count too, so a text about something else
        is far from everything instead of near whatever it brushes."""
        found = tokens(text)
        by_term: dict[str, list[Mention]] = defaultdict(list)
        for mention in self.glossary.mentions(text, found, self.tuning.lay_weight):
            by_term[mention.term].append(mention)
        raw: dict[str, float] = {}
        behind: dict[str, tuple[tuple[Mention, float], ...]] = {}
        for term, mentions in by_term.items():
            total = sum(mention.weight for mention in mentions)
            raw[term] = _damped(total) * self._weight(term)
            behind[term] = tuple((mention, mention.weight / total) for mention in mentions)
        stems = len({token.stem for token in found if token.counts})
        foreign = sum(not token.stem.isascii() for token in found)
        return _Query(_unit(raw), behind, stems, foreign * 2 > len(found))

    def _weight(self, term: str) -> float:
        """How much one use of a term by the reader says: its rarity here, less for a word of every day.
        Passages keep full weights: the words they share with the reader are damped once, not twice."""
        rarity = self._rarity.get(term, self._unseen)
        return rarity * self.tuning.everyday_weight if is_everyday(term) else rarity

    def _scores(self, query: _Query) -> dict[str, float]:
        cosines: dict[int, float] = defaultdict(float)
        for term, weight in query.weights.items():
            for number, other in self._postings.get(term, ()):
                cosines[number] += weight * other
        return {
            key: _average([cosines.get(number, 0.0) for _, number in members])
            for key, members in self._members.items()
        }

    def _fit(self, query: _Query, key: str) -> Fit:
        members = self._members[key]
        products = self._products(query, {number for _, number in members})
        cosines = [sum(products.get(number, {}).values()) for _, number in members]
        best = max(range(len(members)), key=lambda place: (cosines[place], -place))
        reasons = []
        for place, (passage_key, number) in enumerate(members):
            part = (0.5 if place == best else 0.0) + 0.5 / len(members)
            terms = _shares(query, products.get(number, {}), part)
            if terms:
                share = math.fsum(term.share for term in terms)
                reasons.append(Reason(passage_key, share, terms))
        reasons.sort(key=lambda reason: (-reason.share, reason.passage_key or ""))
        score = math.fsum(reason.share for reason in reasons)
        return Fit(key, score, self._band(score, reasons), tuple(reasons))

    def _products(self, query: _Query, wanted: set[int]) -> dict[int, dict[str, float]]:
        """Per wanted passage, what each term adds to the cosine."""
        products: dict[int, dict[str, float]] = defaultdict(dict)
        for term, weight in query.weights.items():
            for number, other in self._postings.get(term, ()):
                if number in wanted:
                    products[number][term] = weight * other
        return products

    def _band(self, score: float, reasons: Sequence[Reason]) -> Band:
        """Bands, not percentages: a cosine means nothing to a reader. Few telling words are no fit."""
        tuning = self.tuning
        shared = {term.stem for reason in reasons for term in reason.terms}
        telling = sum(not is_everyday(stem) for stem in shared)
        if score < tuning.least_score or telling < tuning.telling_stems:
            return "none"
        if score < tuning.fair_score:
            return "thin"
        return "fair" if score < tuning.strong_score else "strong"


_SHORT = (
    "This is too short to compare with anything. A few sentences on what you would like to find out, in"
    " English, are enough."
)
_FOREIGN = (
    "The directions are written in English and only English words can be compared with them. Write a few"
    " sentences in English, however plain, or go through the list of all directions."
)
_NOTHING = (
    "Nothing here fits well with what you wrote. That can be because no direction is about it, or because"
    " you used other words for it: the list of all directions is the better guide."
)


def _note(fit: Fit, members: Mapping[str, tuple[tuple[str | None, int], ...]]) -> str:
    if fit.band == "thin":
        return (
            "The evidence is thin: few of your words are used here. Read on before you rely on it."
        )
    if len(members[fit.subject_key]) < 2:
        return "No past paper stands behind the nearest direction, so only its description was compared."
    return ""


def _passages(
    subjects: Sequence[Subject],
) -> tuple[list[Subject | Passage], dict[str, tuple[tuple[str | None, int], ...]]]:
    """Every distinct passage once (a paper may illustrate several directions), and who holds which."""
    passages: list[Subject | Passage] = []
    numbers: dict[str, int] = {}
    members: dict[str, tuple[tuple[str | None, int], ...]] = {}
    for subject in subjects:
        if subject.key in members:
            raise ValueError(f"two directions have the key {subject.key!r}")
        held: dict[str | None, int] = {None: len(passages)}
        passages.append(subject)
        for passage in subject.passages:
            number = numbers.setdefault(passage.key, len(passages))
            if number == len(passages):
                passages.append(passage)
            elif passages[number] != passage:
                raise ValueError(f"two passages have the key {passage.key!r}")
            held[passage.key] = number
        members[subject.key] = tuple(held.items())
    return passages, members


def _counts(
    passage: Subject | Passage, glossary: Glossary, tuning: Tuning, known: Known
) -> dict[str, float]:
    """How often each term stands in a passage; a title says in few words what a body says in many."""
    counts: dict[str, float] = defaultdict(float)
    parts = ((passage.title, tuning.title_weight), (passage.text, 1.0))
    for text, weight in (*parts, (". ".join(passage.topics), tuning.topic_weight)):
        for term in glossary.terms(tokens(text, known)):
            counts[term] += weight
    return counts


def _idf(passages: int, found: int) -> float:
    return math.log((1 + passages) / (1 + found)) + 1.0


def _damped(count: float) -> float:
    """A word said ten times is not ten times the evidence. Below one, in proportion; continuous at one."""
    return 1.0 + math.log(count) if count > 1.0 else count


def _unit(vector: Mapping[str, float]) -> dict[str, float]:
    length = math.sqrt(math.fsum(value * value for value in vector.values()))
    return {term: value / length for term, value in vector.items()} if length else {}


def _average(cosines: Sequence[float]) -> float:
    return (max(cosines) + sum(cosines) / len(cosines)) / 2


def _shares(query: _Query, products: Mapping[str, float], part: float) -> tuple[TermShare, ...]:
    """What each written word added in one passage, where the passage counts for `part` in the score."""
    shares = [
        TermShare(mention.word, mention.stem, product * part * portion, mention.via)
        for term, product in products.items()
        for mention, portion in query.mentions[term]
    ]
    return tuple(sorted(shares, key=lambda term: (-term.share, term.word, term.via)))
