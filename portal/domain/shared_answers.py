"""The same question asked by two chosen streams: an answer to one is offered to the other, never copied unasked."""

from collections.abc import Iterable
from dataclasses import dataclass

from portal.domain.applications import StreamPart
from portal.domain.questions import Field, Kind, malformed
from portal.domain.text import fold


@dataclass(frozen=True)
class SharedAnswer:
    """What was answered to the same question of another stream."""

    stream: str
    text: str


def shared_answers(part: StreamPart, others: Iterable[StreamPart]) -> dict[str, SharedAnswer]:
    """For each question of `part` without an answer, by field: what `others` were told when they asked the same.

    The same is the same kind of answer to the same words. An answer that this stream does not offer is left out, and a
    file is sent again: its reference belongs to one question.
    """
    given = part.answers or {}
    found = {}
    for field in part.fields:
        if field.kind is Kind.FILE or given.get(field.name, "").strip():
            continue
        for other in others:
            text = "" if other.slug == part.slug else _answer(field, other)
            if text and not malformed(field, text):
                found[field.name] = SharedAnswer(other.name, text)
                break
    return found


def _answer(field: Field, other: StreamPart) -> str:
    """The answer of another stream's section to this very question; "" for none."""
    answers = other.answers or {}
    same = (f for f in other.fields if _mark(f) == _mark(field))
    return next((text for f in same if (text := answers.get(f.name, "").strip())), "")


def _mark(field: Field) -> tuple[Kind, str]:
    return field.kind, " ".join(fold(field.label).split())
