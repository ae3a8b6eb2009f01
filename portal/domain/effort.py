"""What an application asks of somebody's time, by the estimates of those who ask: in all, and what is left of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portal.domain.applications import SECTIONS
from portal.domain.questions import Field


@dataclass(frozen=True)
class Effort:
    """Questions (`needed` of them must be answered), their minutes, and the most words they take.

    `tasks` are work tests beside them, and `task_minutes` what these are expected to take, where they say so.
    """

    questions: int = 0
    needed: int = 0
    minutes: int = 0
    words: int = 0
    tasks: int = 0
    task_minutes: int = 0

    def __add__(self, other: Effort) -> Effort:
        return Effort(
            self.questions + other.questions,
            self.needed + other.needed,
            self.minutes + other.minutes,
            self.words + other.words,
            self.tasks + other.tasks,
            self.task_minutes + other.task_minutes,
        )

    def __bool__(self) -> bool:
        return bool(self.questions or self.tasks)


def effort(fields: Iterable[Field]) -> Effort:
    asked = list(fields)
    return Effort(
        questions=len(asked),
        needed=sum(each.required for each in asked),
        minutes=sum(each.minutes for each in asked),
        words=sum(each.words or 0 for each in asked),
    )


def remaining(fields: Iterable[Field], answers: Mapping[str, str]) -> Effort:
    """What is left: the questions without an answer. An answer that has begun counts as given."""
    return effort(each for each in fields if not answers.get(each.name, "").strip())


def task_effort(tasks: Iterable[tuple[int | None, int | None]]) -> Effort:
    """Work tests, each as (hours it may take, minutes of its clock); the clock is the surer of the two."""
    expected = [minutes or (hours or 0) * 60 for hours, minutes in tasks]
    return Effort(tasks=len(expected), task_minutes=sum(expected))


def general_effort() -> Effort:
    """What everybody is asked, whatever they choose."""
    return effort(each for section in SECTIONS for each in section.fields)
