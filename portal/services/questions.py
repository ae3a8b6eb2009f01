"""The questions of a stream. One that was answered keeps its answers: a change raises its version, and it is retired
rather than removed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.permissions import Viewer
from portal.domain.questions import Kind
from portal.domain.rounds import Phase, phase
from portal.domain.verdict import Refused
from portal.models import Answer, Question, Round, Stream
from portal.services import audit
from portal.services.rounds import GONE
from portal.services.streams import may_edit
from portal.services.versions import Stale, assign, changes, fingerprint
from portal.services.work import locked, writing


@dataclass(frozen=True)
class Wording:
    """What is asked and how. `minutes` is an honest estimate of an answer; `word_limit` None means no limit."""

    prompt: str
    kind: Kind = Kind.LONG_TEXT
    help: str = ""
    required: bool = True
    word_limit: int | None = None
    minutes: int = 0


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
        question = Question(stream_id=stream_id, position=last + 1, **asdict(wording))
        session.add(question)
        session.flush()
        _record(session, viewer, stream, question, "question.added", now, after=asdict(wording))
        return question.id


def edit_question(
    viewer: Viewer, question_id: int, wording: Wording, *, seen: str, now: datetime
) -> Refused | Stale | None:
    """Change a question that still is as `seen` (`mark_of`). Its version rises once it has answers."""
    with writing() as session:
        question = locked(session, Question, question_id)
        stream = locked(session, Stream, question.stream_id) if question is not None else None
        refusal = _refuse(session, viewer, stream, wording, now)
        if refusal is not None or question is None or stream is None:
            return GONE if refusal is None else refusal
        before = asdict(wording_of(question))
        if mark_of(question) != seen:
            return Stale(before, mark_of(question))
        was, becomes = changes(before, asdict(wording))
        if not becomes:
            return None
        assign(question, becomes)
        if _answered(session, question_id):
            was["version"], becomes["version"] = question.version, question.version + 1
            question.version += 1
        _record(session, viewer, stream, question, "question.changed", now, was, becomes)
        return None


def move_question(viewer: Viewer, question_id: int, *, up: bool, now: datetime) -> Refused | None:
    """Swap a question with the one above or below it."""
    with writing() as session:
        question = locked(session, Question, question_id)
        stream = locked(session, Stream, question.stream_id) if question is not None else None
        refusal = _refuse(session, viewer, stream, None, now)
        if refusal is not None or question is None or stream is None:
            return GONE if refusal is None else refusal
        live = [found for found in stream.questions if found.retired_at is None]
        place = next((n for n, found in enumerate(live) if found.id == question_id), None)
        if place is None:
            return GONE
        other = place - 1 if up else place + 1
        if not 0 <= other < len(live):
            return None
        live[place], live[other] = live[other], live[place]
        for number, found in enumerate(live):
            found.position = number
        before, after = {"place": place + 1}, {"place": other + 1}
        _record(session, viewer, stream, question, "question.moved", now, before, after)
        return None


def retire_question(viewer: Viewer, question_id: int, *, now: datetime) -> Refused | None:
    """Stop asking a question. With answers it is kept for reading them; without any it is removed."""
    with writing() as session:
        question = locked(session, Question, question_id)
        stream = locked(session, Stream, question.stream_id) if question is not None else None
        refusal = _refuse(session, viewer, stream, None, now)
        if refusal is not None or question is None or stream is None:
            return GONE if refusal is None else refusal
        before = {"prompt": question.prompt}
        if _answered(session, question_id):
            question.retired_at = now
            _record(session, viewer, stream, question, "question.retired", now, before)
        else:
            _record(session, viewer, stream, question, "question.removed", now, before)
            session.execute(sa.delete(Answer).where(Answer.question_id == question_id))
            stream.questions.remove(question)
        return None


def wording_of(question: Question) -> Wording:
    return Wording(
        question.prompt,
        question.kind,
        question.help,
        question.required,
        question.word_limit,
        question.minutes,
    )


def mark_of(question: Question) -> str:
    """What a form about this question carries, to notice that somebody else changed it."""
    return fingerprint(*asdict(wording_of(question)).values(), question.retired_at)


def _refuse(
    session: Session,
    viewer: Viewer,
    stream: Stream | None,
    wording: Wording | None,
    now: datetime,
) -> Refused | None:
    """Why questions of this stream cannot be changed: rights, the time, or the wording itself."""
    refusal = may_edit(viewer, stream)
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
    return None


def _answered(session: Session, question_id: int) -> bool:
    """Whether anybody has written something; an empty answer left behind does not count."""
    found = sa.exists().where(Answer.question_id == question_id, Answer.text != "")
    return bool(session.scalar(sa.select(found)))


def _record(
    session: Session,
    viewer: Viewer,
    stream: Stream,
    question: Question,
    action: str,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        action,
        at=now,
        actor_id=viewer.user_id,
        subject=("question", question.id),
        round_id=stream.round_id,
        before=before,
        after={"name": stream.name, **(after or {})},
    )
