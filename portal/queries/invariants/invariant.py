"""A rule about stored rows, and how to find the rows that break it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Invariant:
    """`subject` is the kind of row whose ids `offenders` answers; `sentence` says what is wrong with such a row."""

    name: str
    subject: str
    sentence: str
    offenders: Callable[[Session], Iterable[int]]


def rule(
    name: str, subject: str, sentence: str, statement: Callable[[], sa.Select[int]]
) -> Invariant:
    """A rule that one select of ids can check."""
    return Invariant(name, subject, sentence, lambda session: session.scalars(statement()))
