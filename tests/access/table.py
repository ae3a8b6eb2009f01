"""Reads the hand-written tables of who gets what, and when."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.access.moments import PHASES, STATES, Moment

PASSWORD_ALONE = "admin without second factor"
PEOPLE = (
    "anonymous",
    "applicant",
    "other applicant",
    "mentor",
    "other mentor",
    "admin",
    PASSWORD_ALONE,
)
ANSWERS = {"ok", "in", "2f", "403", "404"}
IN_TIME = {"ok", "no", "gone", "403", "404"}
FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class When:
    """What "ok" becomes, by phase and state; `own`: the state of the asker's application, else the applicant's."""

    own: bool
    answers: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """One expected answer; `when` names the block of when.txt that it obeys."""

    method: str
    path: str
    person: str
    answer: str
    when: str = ""

    def at(self, moment: Moment, blocks: Mapping[str, When]) -> str:
        """The answer that is expected in this moment."""
        if self.answer not in ("ok", "404") or not self.when:
            return self.answer
        block = blocks[self.when]
        state = moment.state_of(self.person) if block.own else moment.state
        then = block.answers[moment.phase, state]
        # Whoever loses a right is told so at the door, and so is who would not have found the object behind it.
        return then if self.answer == "ok" or then == "403" else self.answer


def lines(name: str) -> Iterator[str]:
    """The lines of a table that say something."""
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def cells() -> Iterator[Cell]:
    """Every cell of the table. Raises ValueError for a line that is neither a head, a route nor a comment."""
    answers: list[str] = []
    for line in lines("table.txt"):
        head = re.match(r"\[([^]]*)\]", line)
        if head:
            answers = head.group(1).split()
            if len(answers) != len(PEOPLE) or not set(answers) <= ANSWERS:
                raise ValueError(f"seven answers wanted: {line!r}")
            continue
        method, path, *named = line.split()
        if not answers or method not in ("GET", "POST"):
            raise ValueError(f"neither a head nor a route: {line!r}")
        when = dict(_named(word) for word in named)
        for person, answer in zip(PEOPLE, answers, strict=True):
            yield Cell(method, path, person, answer, when.get(person, when.get("", "")))


def _named(word: str) -> tuple[str, str]:
    """Whom an @ concerns ("" for everybody) and the block it names."""
    if not word.startswith("@"):
        raise ValueError(f"neither a block nor a person's block: {word!r}")
    person, _, block = word[1:].rpartition("=")
    return person, block


def everybody() -> Iterator[Cell]:
    """Every cell of the table, and those of the people who answer as somebody in it."""
    written = list(cells())
    yield from written
    for person, (model, exceptions) in others().items():
        for cell in written:
            if cell.person == model:
                answer = exceptions.get((cell.method, cell.path), cell.answer)
                yield replace(cell, person=person, answer=answer)


def others() -> dict[str, tuple[str, dict[tuple[str, str], str]]]:
    """Who answers as somebody else: by name, as whom, and what is different at which routes."""
    found: dict[str, tuple[str, dict[tuple[str, str], str]]] = {}
    for line in lines("people.txt"):
        head = re.fullmatch(r"\[(.*)\] as (.*)", line)
        if head:
            exceptions: dict[tuple[str, str], str] = {}
            found[head.group(1)] = (head.group(2), exceptions)
        else:
            answer, method, path = line.split()
            exceptions[method, path] = answer
    return found


def blocks() -> dict[str, When]:
    """The blocks of when.txt by name. Raises ValueError for one that does not answer for each phase and state once."""
    found: dict[str, When] = {}
    answers: dict[tuple[str, str], str] = {}
    for line in lines("when.txt"):
        head = re.match(r"@(\S+) (own|read):", line)
        if head:
            answers = {}
            found[head.group(1)] = When(head.group(2) == "own", answers)
        else:
            answers.update(_phase_line(line, answers))
    for name, block in found.items():
        if (
            len(block.answers) != len(PHASES) * len(STATES)
            or not set(block.answers.values()) <= IN_TIME
        ):
            raise ValueError(f"@{name} does not say what becomes of each phase and state")
    return found


def _phase_line(line: str, before: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    named, given = re.split(r"\s{2,}", line)
    answers = given.split()
    answers = answers * len(STATES) if len(answers) == 1 else answers
    phases: list[str] = []
    for word in named.split():
        first, _, last = word.partition("..")
        phases += PHASES[PHASES.index(first) : PHASES.index(last or first) + 1]
    made = {(p, s): a for p in phases for s, a in zip(STATES, answers, strict=True)}
    if set(made) & set(before):
        raise ValueError(f"a phase stands twice in one block: {line!r}")
    return made
