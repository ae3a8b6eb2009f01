"""The shape of anything that is asked: kinds, limits, and whether an answer is complete."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

# The same white space as in static/js/form.js, where languages differ: both count by the union of what they know.
WORD = re.compile(r"[^\s\ufeff]+")
LINK = re.compile(r"https?://[^\s/?#]+\.[^\s/?#]+\S*", re.IGNORECASE)
NUMBER = re.compile(r"-?\d+([.,]\d+)?")


class Kind(StrEnum):
    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    NUMBER = "number"
    DATE = "date"
    LINK = "link"
    FILE = "file"


WITH_OPTIONS = frozenset((Kind.CHOICE, Kind.CHOICES))
WITH_WORDS = frozenset((Kind.SHORT_TEXT, Kind.LONG_TEXT))
FEWEST_OPTIONS, MOST_OPTIONS, LONGEST_OPTION = 2, 20, 200  # the last in characters


@dataclass(frozen=True)
class Field:
    """One thing that is asked. `words` is a budget: more is counted and told, never cut. `minutes` is an estimate.

    Every answer is text: several chosen options stand on a line each, a file is named by its reference. `version` is
    that of the question's wording.
    """

    name: str
    label: str
    kind: Kind = Kind.SHORT_TEXT
    hint: str = ""
    required: bool = True
    words: int | None = None
    choices: tuple[tuple[str, str], ...] = ()
    minutes: int = 0
    version: int = 1


@dataclass(frozen=True)
class Former:
    """A question in the words that somebody answered, before they changed; `label` is "" where they were not kept."""

    label: str = ""
    hint: str = ""
    options: tuple[str, ...] = ()
    words: int | None = None


@dataclass(frozen=True)
class Gap:
    """Something that stands between an answer and a submission: where, and in words."""

    section: str
    field: str
    problem: str


def word_count(text: str) -> int:
    """Words as people count them: runs of characters between white space."""
    return len(WORD.findall(text))


def gaps(section: str, fields: Sequence[Field], answers: Mapping[str, str]) -> list[Gap]:
    """What is missing or over its budget, in the order of the fields."""
    found = []
    for field in fields:
        text = answers.get(field.name, "").strip()
        if field.required and not text:
            found.append(Gap(section, field.name, told(field, "not answered yet")))
        elif field.words is not None and (count := word_count(text)) > field.words:
            over = count - field.words
            found.append(
                Gap(
                    section,
                    field.name,
                    told(
                        field,
                        f"{over} word{'s' if over > 1 else ''} over the limit of {field.words}",
                    ),
                )
            )
        elif text and (problem := malformed(field, text)):
            found.append(Gap(section, field.name, told(field, problem)))
    return found


def differences(former: Former, field: Field) -> list[str]:
    """How a question read when it was answered, where it reads otherwise now, in sentences."""
    if not former.label:
        return []
    said = []
    if former.label != field.label:
        said.append(f"It was: “{former.label}”")
    if former.hint != field.hint:
        said.append(f"Its help was: “{former.hint}”" if former.hint else "It had no help.")
    options = tuple(value for value, _ in field.choices)
    if former.options and former.options != options:
        listed = ", ".join(f"“{option}”" for option in former.options)
        said.append(f"The answers to choose from were: {listed}.")
    if former.words != field.words:
        limit = f"was {former.words} words" if former.words else "was not set"
        said.append(f"Its word limit {limit}.")
    return said


def told(field: Field, problem: str) -> str:
    """A problem after the label it belongs to, as one reads it: a question mark needs no colon."""
    if field.label[-1:] in "?.!":
        return f"{field.label} {problem[:1].upper()}{problem[1:]}"
    return f"{field.label}: {problem}"


def malformed(field: Field, text: str) -> str:
    """What is wrong with the form of an answer that is not empty; "" when nothing is."""
    match field.kind:
        case Kind.LINK if not LINK.fullmatch(text):
            return "enter a full web address that begins with https:// or http://"
        case Kind.NUMBER if not NUMBER.fullmatch(text):
            return "enter a number in digits, such as 12 or 3.5"
        case Kind.DATE if not _is_date(text):
            return "enter a date as year, month and day, such as 2027-06-01"
        case Kind.YES_NO if text not in ("yes", "no"):
            return "choose yes or no"
        case Kind.CHOICE if field.choices and text not in dict(field.choices):
            return "choose one of the answers that are offered now"
        case Kind.CHOICES if not set(chosen(text)) <= set(dict(field.choices)):
            return "choose among the answers that are offered now"
    return ""


def chosen(text: str) -> list[str]:
    """The options in an answer to a question of several choices."""
    return [line for line in text.split("\n") if line]


def options_in(text: str) -> tuple[str, ...]:
    """The options that a text offers, one on a line."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return tuple(line for line in lines if line)


def problem_of_options(kind: Kind, options: Sequence[str]) -> str:
    """What is wrong with the options of a question; "" when nothing is, or when its kind has none."""
    if kind not in WITH_OPTIONS:
        return ""
    if not FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS:
        return f"Give between {FEWEST_OPTIONS} and {MOST_OPTIONS} answers to choose from, one on a line"
    folded = [option.casefold() for option in options]
    twice = next((o for n, o in enumerate(options) if o.casefold() in folded[:n]), None)
    if twice is not None:
        return f"“{twice}” stands there twice"
    if any(len(option) > LONGEST_OPTION for option in options):
        return f"An answer to choose can have up to {LONGEST_OPTION} characters"
    return ""


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
