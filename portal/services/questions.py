"""The questions of a stream. One that was answered keeps its answers: new words raise its version, the former ones are
kept for those who answered them, and it is retired rather than removed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.permissions import Viewer
from portal.domain.questions import Kind, problem_of_options
from portal.domain.rounds import Phase, phase
from portal.domain.verdict import Refused
from portal.models import Answer, Question, QuestionWording, Round, Stream
from portal.services import streams
from portal.services.rounds import GONE
from portal.services.versions import Stale, assign, changes, fingerprint
from portal.services.work import locked, writing

# What makes it another question to answer. Whether an answer is needed, and the estimate, do not.
WORDS = frozenset(("prompt", "kind", "help", "word_limit", "options"))


@dataclass(frozen=True)
class Wording:
    """What is asked and how. `minutes` is an honest estimate of an answer; `word_limit` None means no limit.

    `options` are the answers to choose from, for the kinds that have some.
    """

    prompt: str
    kind: Kind = Kind.LONG_TEXT
    help: str = ""
    required: bool = True
    word_limit: int | None = None
    minutes: int = 0
    options: tuple[str, ...] = ()

    def columns(self) -> dict[str, Any]:
        """As the table holds it."""
        return {**asdict(self), "options": list(self.options)}


@dataclass(frozen=True)
class _Change:
    """One change of one question, by somebody who may make it now."""

    session: Session
    viewer: Viewer
    stream: Stream
    question: Question
    now: datetime

    def record(
        self,
        action: str,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        streams.record(
            self.session,
            self.viewer,
            self.stream,
            action,
            self.now,
            before,
            after,
            subject=("question", self.question.id),
        )


def add_question(
    viewer: Viewer, stream_id: int, wording: Wording, *, now: datetime
) -> int | Refused:
    """Ask one more question, after the others. Answers its id."""
    with writing() as session:
        stream = locked(session, Stream, stream_id)
        refusal = _refuse(session, viewer, stream, wording, now)
        if refusal is not None or stream is None:
            return GONE if refusal is None else refusal
        last = max((question.position for question in stream.questions), default=-1)
        question = Question(stream_id=stream_id, position=last + 1, **wording.columns())
        session.add(question)
        session.flush()
        change = _Change(session, viewer, stream, question, now)
        change.record("question.added", after=wording.columns())
        return question.id


def edit_question(
    viewer: Viewer, question_id: int, wording: Wording, *, seen: str, now: datetime
) -> Refused | Stale | None:
    """Change a question that still is as `seen` (`mark_of`).

    Other words raise its version once somebody has answered it or may be reading it, and the former ones are kept.
    """
    with writing() as session:
        change = _begin(session, viewer, question_id, wording, now)
        if isinstance(change, Refused):
            return change
        question = change.question
        before = wording_of(question).columns()
        if mark_of(question) != seen:
            return Stale(before, mark_of(question))
        was, becomes = changes(before, wording.columns())
        if not becomes:
            return None
        if WORDS & becomes.keys() and _met(change):
            session.add(_former(question, now))
            was["version"], becomes["version"] = question.version, question.version + 1
        assign(question, becomes)
        change.record("question.changed", was, becomes)
        return None


def move_question(viewer: Viewer, question_id: int, *, up: bool, now: datetime) -> Refused | None:
    """Swap a question with the one above or below it."""
    with writing() as session:
        change = _begin(session, viewer, question_id, None, now)
        if isinstance(change, Refused):
            return change
        live = [found for found in change.stream.questions if found.retired_at is None]
        place = next((n for n, found in enumerate(live) if found.id == question_id), None)
        if place is None:
            return GONE
        other = place - 1 if up else place + 1
        if not 0 <= other < len(live):
            return None
        live[place], live[other] = live[other], live[place]
        for number, found in enumerate(live):
            found.position = number
        change.record("question.moved", {"place": place + 1}, {"place": other + 1})
        return None


def retire_question(viewer: Viewer, question_id: int, *, now: datetime) -> Refused | None:
    """Stop asking a question. With answers it is kept for reading them; without any it is removed."""
    with writing() as session:
        change = _begin(session, viewer, question_id, None, now)
        if isinstance(change, Refused):
            return change
        before = {"prompt": change.question.prompt}
        if _answered(session, question_id):
            change.question.retired_at = now
            change.record("question.retired", before)
        else:
            change.record("question.removed", before)
            for table in (Answer, QuestionWording):
                session.execute(sa.delete(table).where(table.question_id == question_id))
            change.stream.questions.remove(change.question)
        return None


def wording_of(question: Question) -> Wording:
    return Wording(
        question.prompt,
        question.kind,
        question.help,
        question.required,
        question.word_limit,
        question.minutes,
        tuple(question.options),
    )


def mark_of(question: Question) -> str:
    """What a form about this question carries, to notice that somebody else changed it."""
    return fingerprint(*asdict(wording_of(question)).values(), question.retired_at)


def _begin(
    session: Session, viewer: Viewer, question_id: int, wording: Wording | None, now: datetime
) -> _Change | Refused:
    """A question and its stream, locked for a change by this viewer; or why there is none to make."""
    question = locked(session, Question, question_id)
    stream = locked(session, Stream, question.stream_id) if question is not None else None
    refusal = _refuse(session, viewer, stream, wording, now)
    if refusal is not None or question is None or stream is None:
        return GONE if refusal is None else refusal
    return _Change(session, viewer, stream, question, now)


def _refuse(
    session: Session,
    viewer: Viewer,
    stream: Stream | None,
    wording: Wording | None,
    now: datetime,
) -> Refused | None:
    """Why questions of this stream cannot be changed: rights, the time, or the wording itself."""
    refusal = streams.may_edit(viewer, stream)
    if refusal is not None or stream is None:
        return GONE if refusal is None else refusal
    round_ = session.get_one(Round, stream.round_id)
    closes = stream.closes_at or round_.closes_at
    over = phase(round_, now) in (Phase.RELEASED, Phase.ARCHIVED)
    opened = phase(round_, now) in (Phase.OPEN, Phase.CLOSED)
    if over or (opened and closes is not None and closes <= now):
        return Refused(
            "The questions of this stream cannot be changed any more.",
            "Its deadline has passed, and the answers are in.",
            "Extend the stream's deadline first, if applicants should answer again.",
        )
    if wording is None:
        return None
    if not wording.prompt.strip():
        return Refused("There is no question yet.", "The text is empty.", "Write what you ask.")
    if wording.word_limit is not None and wording.word_limit < 1:
        return Refused("The word limit must be at least 1.", "Leave it empty for no limit.")
    problem = problem_of_options(wording.kind, wording.options)
    return Refused(f"{problem}.", "Applicants choose among them.") if problem else None


def _answered(session: Session, question_id: int) -> bool:
    """Whether anybody has written something; an empty answer left behind does not count."""
    found = sa.exists().where(Answer.question_id == question_id, Answer.text != "")
    return bool(session.scalar(sa.select(found)))


def _met(change: _Change) -> bool:
    """Whether somebody has answered a question, or may have its words on the screen."""
    round_ = change.session.get_one(Round, change.stream.round_id)
    is_open = phase(round_, change.now) is Phase.OPEN
    return is_open or _answered(change.session, change.question.id)


def _former(question: Question, now: datetime) -> QuestionWording:
    """A question as it stands, kept before it changes."""
    return QuestionWording(
        question_id=question.id,
        version=question.version,
        prompt=question.prompt,
        help=question.help,
        options=list(question.options),
        word_limit=question.word_limit,
        replaced_at=now,
    )
