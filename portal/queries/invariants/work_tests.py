"""Rules about the tasks of streams: what was handed in was in time, for that stream's task, and is there."""

from collections import defaultdict
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain import work_tests as rules
from portal.domain.rounds import Grant
from portal.domain.work_tests import HandIn
from portal.models import (
    Application,
    Extension,
    Round,
    Stream,
    StreamApplication,
    WorkTest,
    WorkTestAttempt,
    WorkTestHandIn,
)
from portal.queries.invariants.invariant import Invariant, rule


def _too_late(session: Session) -> Iterator[int]:
    """By what it was judged by, and by what stands now: a deadline only ever moves to an instant that lies ahead."""
    grants: dict[tuple[int, int], list[Grant]] = defaultdict(list)
    for extension in session.scalars(sa.select(Extension)):
        grants[extension.round_id, extension.user_id].append(
            Grant(extension.closes_at, extension.stream_id, extension.granted_at)
        )
    rows = session.execute(
        sa.select(WorkTestHandIn, WorkTestAttempt, WorkTest, Stream, Round, Application.user_id)
        .join(WorkTestAttempt, WorkTestAttempt.id == WorkTestHandIn.attempt_id)
        .join(WorkTest, WorkTest.id == WorkTestAttempt.work_test_id)
        .join(StreamApplication, StreamApplication.id == WorkTestAttempt.stream_application_id)
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .join(Application, Application.id == StreamApplication.application_id)
        .join(Round, Round.id == Application.round_id)
    )
    for given, attempt, test, stream, round_, user_id in rows:
        own = grants[round_.id, user_id]
        if round_.closes_at is None:
            continue  # a rule of rounds finds it
        due = rules.due(
            round_.closes_at, stream.closes_at, test.due_at, own, stream.id, round_.grace
        )
        ends = rules.ends(due, test.minutes, attempt.started_at, own, stream.id)
        if given.received_at >= min(given.closes_at, ends.closes_at) + round_.grace:
            yield given.id


def _of_another_stream() -> sa.Select[int]:
    return (
        sa.select(WorkTestAttempt.id)
        .join(StreamApplication, StreamApplication.id == WorkTestAttempt.stream_application_id)
        .join(WorkTest, WorkTest.id == WorkTestAttempt.work_test_id)
        .where(WorkTest.stream_id != StreamApplication.stream_id)
    )


def _without_content() -> sa.Select[int]:
    is_file = WorkTest.hand_in == HandIn.FILE
    return (
        sa.select(WorkTestHandIn.id)
        .join(WorkTestAttempt, WorkTestAttempt.id == WorkTestHandIn.attempt_id)
        .join(WorkTest, WorkTest.id == WorkTestAttempt.work_test_id)
        .where(
            sa.or_(
                sa.and_(is_file, WorkTestHandIn.file_id.is_(None)),
                sa.and_(~is_file, WorkTestHandIn.text == ""),
            )
        )
    )


def _before_its_start() -> sa.Select[int]:
    return (
        sa.select(WorkTestHandIn.id)
        .join(WorkTestAttempt, WorkTestAttempt.id == WorkTestHandIn.attempt_id)
        .where(
            sa.or_(
                WorkTestHandIn.received_at < WorkTestAttempt.started_at,
                WorkTestHandIn.recorded_at < WorkTestHandIn.received_at,
            )
        )
    )


INVARIANTS = (
    Invariant(
        "hand-in-in-time",
        "hand-in",
        "it arrived after its task was due, or its clock was over",
        _too_late,
    ),
    rule(
        "task-of-own-stream",
        "attempt",
        "its task is one of another stream",
        _of_another_stream,
    ),
    rule(
        "hand-in-has-content",
        "hand-in",
        "there is nothing in it of the kind its task takes",
        _without_content,
    ),
    rule(
        "hand-in-after-start",
        "hand-in",
        "it arrived before its task was begun, or was recorded before it arrived",
        _before_its_start,
    ),
)
