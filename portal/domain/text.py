"""From running text to comparable terms: folding, words, stop words, a light stemmer.

The functions here are pure and keep nothing between calls, so a text that a visitor pastes leaves no
trace in the process (a cache of stems would). All patterns are linear in the length of the text.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from portal.domain.words import EVERYDAY, GLUE, STOP_WORDS

# Letters and digits of any script; combining accents stay with their letter, so that text in
# decomposed form gives the same words as text in composed form.
_RUN = r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*"
_WORD = re.compile(rf"{_RUN}(?:['’](?=[^\W\d_]){_RUN})*")
_COMBINING = re.compile(r"[\u0300-\u036f]+")
_POSSESSIVE = re.compile(r"['’](?:s|re|ve|ll|d|m|t)?$")
_LINKS = re.compile(r"\]\([^()\s]*\)|https?://\S+")
# Letters that have no decomposition but that readers of English type without their stroke.
_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})

LONGEST_WORD = 40  # characters; a longer run (base64, a script without spaces) is cut to this


@dataclass(frozen=True, slots=True)
class Token:
    """One word: as written, its stem, where it stands in the text (characters), and whether it says
    something about a subject by itself. The others ("go", "back") only count inside a known phrase."""

    word: str
    stem: str
    start: int
    end: int
    counts: bool


def fold(text: str) -> str:
    """`text` in lower case without Latin, Greek or Cyrillic accents; other scripts are kept as they are."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", _COMBINING.sub("", decomposed)).translate(_STROKES)


def words(text: str) -> Iterator[tuple[str, int, int]]:
    """Each word of `text` as written, with its start and end; addresses of links are left out."""
    readable = _LINKS.sub(lambda found: " " * len(found.group()), text)
    for found in _WORD.finditer(readable):
        yield found.group(), found.start(), found.end()


Known = dict[str, tuple[str, bool]]  # words already looked up: their stem, and whether it counts


def tokens(text: str, known: Known | None = None) -> list[Token]:
    """The words of `text` in order, without glue ("the", "of", "they"), bare numbers, single letters.

    `known` saves work over many texts of our own; a reader's text gets none, so nothing of it stays."""
    known = {} if known is None else known
    found: list[Token] = []
    for word, start, end in words(text):
        if word not in known:
            known[word] = _term(word)
        term, counts = known[word]
        if term:
            found.append(Token(word, term, start, end, counts))
    return found


def _term(word: str) -> tuple[str, bool]:
    """The stem of `word` and whether it counts; "" for glue."""
    folded = fold(_POSSESSIVE.sub("", word[: 2 * LONGEST_WORD])).replace("’", "'")[:LONGEST_WORD]
    if len(folded) < 2 or folded.isdigit() or folded in GLUE:
        return "", False
    term = stem(folded)
    return term, folded not in STOP_WORDS and term not in _STOP_STEMS


_PLURALS = (("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("ies", "y"))
# Longest first within a family; (ending, what stays). A rule is used when at least four letters stay.
_ENDINGS = tuple(
    sorted(
        (
            *(("isation", ""), ("ization", ""), ("ational", ""), ("ability", ""), ("ibility", "")),
            *(("iveness", ""), ("fulness", ""), ("ousness", ""), ("ation", ""), ("ative", "")),
            *(("ising", ""), ("izing", ""), ("ised", ""), ("ized", ""), ("iser", ""), ("izer", "")),
            *(("ise", ""), ("ize", ""), ("ating", ""), ("ated", ""), ("ator", ""), ("ate", "")),
            *(("able", ""), ("ible", ""), ("ment", ""), ("ness", ""), ("ical", ""), ("ally", "")),
            *(("ance", ""), ("ence", ""), ("ancy", ""), ("ency", ""), ("less", ""), ("ship", "")),
            *(("ption", "p"), ("ptive", "p"), ("ction", "ct"), ("ctive", "ct"), ("sion", "s")),
            *(("tion", "t"), ("sive", "s"), ("tive", "t"), ("ial", ""), ("ism", ""), ("ist", "")),
            *(("ity", ""), ("ful", ""), ("ous", ""), ("ant", ""), ("ent", ""), ("ing", "")),
            *(("ed", ""), ("er", ""), ("or", ""), ("ly", ""), ("al", ""), ("ic", ""), ("y", "")),
            *(("osition", "os"), ("i", ""), ("e", "")),
        ),
        key=lambda rule: -len(rule[0]),
    )
)
_ENDINGS_BY_LETTER = {
    letter: tuple(rule for rule in _ENDINGS if rule[0][-1] == letter)
    for letter in {ending[-1] for ending, _ in _ENDINGS}
}
_SHORTEST_STEM = 4
# Families that the endings would split, or unlike words that they would join.
_IRREGULAR = {
    "deceive": "decep", "deceives": "decep", "deceived": "decep", "deceiving": "decep", "deceit": "decep",
    "deceitful": "decep", "perceive": "percep", "lying": "lie", "lied": "lie", "liar": "lie", "liars": "lie",
    "lies": "lie", "thought": "think", "thoughts": "think", "thinking": "think", "thinks": "think",
    "thinker": "think", "taught": "teach", "teaching": "teach", "teaches": "teach", "hidden": "hide",
    "hiding": "hide", "hides": "hide", "hid": "hide", "broke": "break", "broken": "break", "evals": "evalu",
    "eval": "evalu", "interp": "interpret", "gave": "give", "written": "write", "wrote": "write",
    "writing": "write", "chose": "choose", "chosen": "choose", "choice": "choose", "choices": "choose",
    "understood": "understand", "knew": "know", "knowledge": "know", "beliefs": "believ", "belief": "believ",
    "generalise": "generalis", "generalises": "generalis", "generalize": "generalis",
    "generalizes": "generalis", "generalising": "generalis", "generalizing": "generalis",
    "generalisation": "generalis", "generalization": "generalis", "general": "general",
    "hypotheses": "hypothes", "hypothesis": "hypothes", "analyses": "analy", "analysis": "analy",
    "analyse": "analy", "analysed": "analy", "analyze": "analy", "analysing": "analy", "vertices": "vertex",
    "matrices": "matrix", "foundation": "foundation", "foundations": "foundation", "flatter": "flatter",
    "flattery": "flatter", "flattering": "flatter", "flattered": "flatter", "flatters": "flatter",
    "bias": "bias", "biases": "bias", "biased": "bias", "bases": "base",
    "probe": "probe", "probes": "probe", "probed": "probe", "probing": "probe", "safety": "safe",
    "safe": "safe", "safer": "safe", "safely": "safe", "assumption": "assum", "assumptions": "assum",
    "capable": "capabil", "capability": "capabil", "capabilities": "capabil", "oversee": "oversight",
    "oversees": "oversight", "overseeing": "oversight", "overseer": "oversight", "jailbroken": "jailbreak",
    "statistic": "statist", "statistics": "statist", "statistical": "statist", "statistician": "statist",
    "objective": "objectiv", "objectives": "objectiv", "careful": "careful", "carefully": "careful",
    "persona": "persona", "personas": "persona",
    "organism": "organism", "organisms": "organism", "fought": "fight", "caught": "catch",
    "argue": "argu", "argument": "argu", "arguments": "argu", "truth": "true", "truths": "true",
    "truthful": "true", "truthfulness": "true", "truthfully": "true", "went": "go", "seen": "see",
}  # fmt: skip


def stem(word: str) -> str:
    """The common beginning of the forms of a folded English word; other words come back shorter at most."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if not word.isascii() or len(word) <= _SHORTEST_STEM - 1:
        return word
    return _without_ending(_singular(word))


def _singular(word: str) -> str:
    for ending, instead in _PLURALS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + instead
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _without_ending(word: str) -> str:
    """Takes off endings until none is left: "interpretability" and "interpreted" both end as "interpret"."""
    shorter = _one_ending_less(word[:3] + word[3:].replace("our", "or"))
    while shorter != word:
        word, shorter = shorter, _one_ending_less(shorter)
    return _undoubled(word)


def _one_ending_less(word: str) -> str:
    for ending, instead in _ENDINGS_BY_LETTER.get(word[-1:], ()):
        if word.endswith(ending):
            base = word[: -len(ending)] + instead
            if _needed(ending) <= len(base) < len(word):
                return _undoubled(base) if ending in ("ing", "ed", "er") else base
    return word


def _needed(ending: str) -> int:
    """Letters that must stay: short verbs lose -ing and -ed too, longer endings need more of a word."""
    if ending in ("ing", "ed", "e", "y", "i"):
        return 3
    return _SHORTEST_STEM + (len(ending) > 4)


def _undoubled(base: str) -> str:
    doubled = len(base) > 3 and base[-1] == base[-2] and base[-1] not in "sz"
    return base[:-1] if doubled else base


# Forms that the lists do not spell out ("researched", "deliveries") go with their stem.
_STOP_STEMS = frozenset(
    stem(word)
    for word in [
        "research",
        "mentor",
        "apply",
        "applicant",
        "project",
        "interest",
        "excite",
        "fascinate",
    ]
)
_EVERYDAY_STEMS = frozenset(stem(word) for word in EVERYDAY)


def is_everyday(term: str) -> bool:
    """Whether a stem belongs to a word that texts on every subject use."""
    return term in _EVERYDAY_STEMS
