"""The shape of anything that is asked: kinds, limits, and whether an answer is complete."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

WORD = re.compile(r"\S+")


class Kind(StrEnum):
    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    YES_NO = "yes_no"
    NUMBER = "number"
    DATE = "date"
    LINK = "link"


@dataclass(frozen=True)
class Field:
    """One thing that is asked. `words` is a budget: more is counted and told, never cut. `minutes` is an estimate."""

    name: str
    label: str
    kind: Kind = Kind.SHORT_TEXT
    hint: str = ""
    required: bool = True
    words: int | None = None
    choices: tuple[tuple[str, str], ...] = ()
    minutes: int = 0


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
            found.append(Gap(section, field.name, f"{field.label}: not answered yet"))
        elif field.words is not None and (count := word_count(text)) > field.words:
            over = count - field.words
            found.append(
                Gap(
                    section,
                    field.name,
                    f"{field.label}: {over} word{'s' if over > 1 else ''} over the limit of {field.words}",
                )
            )
    return found
