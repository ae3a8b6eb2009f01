"""The tasks of a stream, set by its leads and by admins. One that somebody has begun is retired rather than removed,
changes only so that nobody loses time or text, and those who began are told."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.adapters import letters
from portal.domain import work_tests as rules
from portal.domain.permissions import Viewer
from portal.domain.rounds import Phase, phase
from portal.domain.verdict import Refused
from portal.domain.work_tests import HandIn, Terms
from portal.models import (
    Application,
    Round,
    Stream,
    StreamApplication,
    User,
    WorkTest,
    WorkTestAttempt,
)
from portal.services import audit, outbox
from portal.services.outbox import Addressed
from portal.services.rounds import GONE
from portal.services.streams import may_edit
from portal.services.versions import Stale, assign, changes, fingerprint
from portal.services.work import locked, writing

# What those who began are told of: the rest changes nothing for them.
TOLD = {"title", "brief", "due_at", "hours", "minutes", "required"}


@dataclass(frozen=True)
class Task:
    """What is asked and on which terms. `hours` caps the effort, `minutes` times it from the applicant's own start.

    Without `due_at` it is due when the stream closes.
    """

    title: str
    brief: str
    hand_in: HandIn = HandIn.TEXT
    required: bool = True
    hours: int | None = None
    minutes: int | None = None
    due_at: datetime | None = None

    @property
    def terms(self) -> Terms:
        return Terms(self.hand_in, self.hours, self.minutes, self.due_at)


def add_task(viewer: Viewer, stream_id: int, task: Task, *, now: datetime) -> int | Refused:
    """Ask one more task of those who choose the stream. Answers its id."""
    with writing() as session:
        stream = locked(session, Stream, stream_id)
        refusal = _refuse(session, viewer, stream, task, now)
        if refusal is not None or stream is None:
            return GONE if refusal is None else refusal
        test = WorkTest(stream_id=stream_id, **asdict(task))
        session.add(test)
        session.flush()
        _record(session, viewer, stream, test, "work_test.added", now, after=_told(asdict(task)))
        return test.id


def edit_task(
    viewer: Viewer, test_id: int, task: Task, *, seen: str, now: datetime
) -> Refused | Stale | None:
    """Change a task that still is as `seen` (`mark_of`). Its version rises once somebody has begun; they are told."""
    with writing() as session:
        test = locked(session, WorkTest, test_id)
        stream = locked(session, Stream, test.stream_id) if test is not None else None
        refusal = _refuse(session, viewer, stream, task, now)
        if refusal is not None or test is None or stream is None:
            return GONE if refusal is None else refusal
        before = asdict(task_of(test))
        if mark_of(test) != seen:
            return Stale(before, mark_of(test))
        was, becomes = changes(before, asdict(task))
        if not becomes:
            return None
        begun = _begun(session, test_id)
        verdict = rules.may_change(task_of(test).terms, task.terms, len(begun))
        if isinstance(verdict, Refused):
            return verdict
        assign(test, becomes)
        if begun:
            was["version"], becomes["version"] = test.version, test.version + 1
            test.version += 1
        was, becomes = _told(was), _told(becomes)
        _record(session, viewer, stream, test, "work_test.changed", now, was, becomes)
        if TOLD & set(becomes):
            _tell(session, test, stream, begun, now)
        return None


def retire_task(viewer: Viewer, test_id: int, *, now: datetime) -> Refused | None:
    """Stop asking a task. Those who began are told, and can still finish; one that nobody began is removed."""
    with writing() as session:
        test = locked(session, WorkTest, test_id)
        stream = locked(session, Stream, test.stream_id) if test is not None else None
        refusal = _refuse(session, viewer, stream, None, now)
        if refusal is not None or test is None or stream is None:
            return GONE if refusal is None else refusal
        begun = _begun(session, test_id)
        if test.retired_at is not None:
            return None
        if begun:
            test.retired_at = now
            _record(session, viewer, stream, test, "work_test.retired", now)
            _tell(session, test, stream, begun, now)
        else:
            _record(session, viewer, stream, test, "work_test.removed", now)
            session.delete(test)
        return None


def task_of(test: WorkTest) -> Task:
    return Task(
        test.title,
        test.brief,
        test.hand_in,
        test.required,
        test.hours,
        test.minutes,
        test.due_at,
    )


def mark_of(test: WorkTest) -> str:
    """What a form about this task carries, to notice that somebody else changed it."""
    return fingerprint(*asdict(task_of(test)).values(), test.retired_at)


# -- helpers -------------------------------------------------------------------------------------------


def _refuse(
    session: Session, viewer: Viewer, stream: Stream | None, task: Task | None, now: datetime
) -> Refused | None:
    """Why tasks of this stream cannot be set so: rights, the time, or the task itself."""
    refusal = may_edit(viewer, stream)
    if refusal is not None or stream is None:
        return GONE if refusal is None else refusal
    round_ = session.get_one(Round, stream.round_id)
    if phase(round_, now) in (Phase.RELEASED, Phase.ARCHIVED):
        return Refused(
            "The tasks of this stream cannot be changed any more.",
            "The round's decisions are released.",
        )
    if task is None:
        return None
    if not task.title.strip() or not task.brief.strip():
        return Refused("A task needs a title and what it asks.", "One of them is empty.")
    closes_at = stream.closes_at or round_.closes_at
    verdict = rules.may_ask(task.terms, closes_at, round_.release_at, now)
    return verdict if isinstance(verdict, Refused) else None


def _begun(session: Session, test_id: int) -> Sequence[User]:
    """Who has begun the task, by address."""
    return session.scalars(
        sa.select(User)
        .join(Application, Application.user_id == User.id)
        .join(StreamApplication, StreamApplication.application_id == Application.id)
        .join(WorkTestAttempt, WorkTestAttempt.stream_application_id == StreamApplication.id)
        .where(WorkTestAttempt.work_test_id == test_id)
        .order_by(User.email_key)
    ).all()


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """For the audit log: texts are named there, not copied."""
    return {name: "changed" if name == "brief" else value for name, value in values.items()}


def _tell(
    session: Session, test: WorkTest, stream: Stream, people: Sequence[User], at: datetime
) -> None:
    """One letter for each who began: what is asked now and until when, or that it is asked no more."""
    round_ = session.get_one(Round, stream.round_id)
    due_at = test.due_at or stream.closes_at or round_.closes_at
    outbox.put_each(
        session,
        "work_test_changed",
        (
            Addressed(
                letters.write(
                    "work_test_changed",
                    test=test,
                    stream=stream,
                    round=round_,
                    due_at=due_at,
                    words=rules.in_words(test.hand_in, test.hours, test.minutes),
                    zone=user.time_zone,
                ),
                user.id,
                user.email,
                f"work-test-changed:{test.id}:{at.isoformat()}:{user.id}",
            )
            for user in people
            if user.active and user.closed_at is None
        ),
        at=at,
    )


def _record(
    session: Session,
    viewer: Viewer,
    stream: Stream,
    test: WorkTest,
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
        subject=("work_test", test.id),
        round_id=stream.round_id,
        before=before,
        after={"name": f"{stream.name}: {test.title}", **(after or {})},
    )
