"""Doing a stream's task: starting its clock, saving the working copy, handing it in.

Every verb takes `received_at`, locks the applicant's row, and is judged like any write of an application, by the
instant until which this person's work on this task is taken (`domain.work_tests`). A refusal for lateness keeps what
was sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain import work_tests as rules
from portal.domain.rounds import Arrival
from portal.domain.saving import Origin, goes_on, is_recorded
from portal.domain.verdict import Refused
from portal.models import StoredFile, WorkTestAttempt, WorkTestHandIn
from portal.queries.work_tests import OwnTask, task_of
from portal.services import outbox
from portal.services.applications import clean
from portal.services.desk import Desk, Late, begun, judge, open_desk, record, stream_application
from portal.services.files import Prepared, attach
from portal.services.work import writing


@dataclass(frozen=True)
class Work:
    """What was sent: a text or link, or a file that was checked and stored before. None keeps the saved one.

    `unheard` are texts that the page sent before and heard nothing back about; `by_itself`: sent while one types.
    """

    text: str = ""
    file: Prepared | None = None
    removes_file: bool = False
    unheard: tuple[str, ...] = ()
    by_itself: bool = False


@dataclass(frozen=True)
class Started:
    """The task is begun; its clock, if it has one, counts from this instant."""

    started_at: datetime


@dataclass(frozen=True)
class Saved:
    version: int


@dataclass(frozen=True)
class HandedIn:
    """What was handed in, for good, under this id. Handing in the same again answers the same."""

    id: int


@dataclass(frozen=True)
class Unfit:
    """Nothing was handed in, for this reason; what was sent is saved."""

    problem: str
    version: int

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True)
class StaleWork:
    """The task was saved somewhere else in between. Nothing was written; `text` is what stands, under `version`."""

    version: int
    saved_at: datetime
    text: str
    file_name: str = ""

    def __bool__(self) -> bool:
        return False


def start(
    user_id: int, round_id: int, test_id: int, *, received_at: datetime
) -> Started | Refused | Late:
    """Begin a task: from now on its clock counts, if it has one. Begun already is no error, and moves no clock.

    Raises LookupError for a task that is not one of this round.
    """
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        task = _task(desk, test_id)
        if task.attempt is not None:
            return Started(task.attempt.started_at)
        if isinstance(task.may_begin, Refused):
            return task.may_begin
        arrival = judge(desk, task.due, task.action, {}, task.stream)
        if not isinstance(arrival, Arrival):
            return arrival
        return Started(_begin(desk, task, arrival).started_at)


def save(
    user_id: int, round_id: int, test_id: int, work: Work, version: int, *, received_at: datetime
) -> Saved | StaleWork | Refused | Late:
    """Save the working copy; nobody else sees it. `version` is the one the form was made from.

    Raises LookupError for a task that is not one of this round.
    """
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        result = _save(desk, _task(desk, test_id), work, version)
        return Saved(result.version) if isinstance(result, WorkTestAttempt) else result


def save_file(
    user_id: int, round_id: int, test_id: int, sent: Prepared, *, received_at: datetime
) -> Saved | Refused | Late:
    """Save a file by itself, as soon as it was chosen. It goes over whatever file stands: choosing it says so.

    Raises LookupError for a task that is not one of this round, or that is not handed in as a file.
    """
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        task = _task(desk, test_id)
        if task.test.hand_in is not rules.HandIn.FILE:
            raise LookupError(f"work test {test_id} asks for no file")
        stands = task.attempt.version if task.attempt else 0
        result = _save(desk, task, Work(file=sent), stands)
        if isinstance(result, StaleWork):
            raise AssertionError("a save that names the version that stands is never stale")
        return Saved(result.version) if isinstance(result, WorkTestAttempt) else result


def hand_in(
    user_id: int,
    round_id: int,
    test_id: int,
    work: Work,
    version: int,
    *,
    received_at: datetime,
    recorded_at: datetime,
) -> HandedIn | Unfit | StaleWork | Refused | Late:
    """Save the working copy and hand it in, for the stream's readers. The newest hand-in is what they see.

    Raises LookupError for a task that is not one of this round.
    """
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        task = _task(desk, test_id)
        attempt = _save(desk, task, work, version)
        if not isinstance(attempt, WorkTestAttempt):
            return attempt
        problem = rules.unfit(task.test.hand_in, attempt.text, has_file=attempt.file_id is not None)
        if problem:
            return Unfit(problem, attempt.version)
        newest = attempt.hand_ins[-1] if attempt.hand_ins else None
        if newest is not None and not _differs(session, newest, attempt):
            return HandedIn(newest.id)
        given = _keep(desk, task, attempt, recorded_at)
        _confirm(desk, task, given)
        return HandedIn(given.id)


def put_late(desk: Desk, test_id: int, content: Mapping[str, Any]) -> None:
    """Let a late text back into the working copy, inside the transaction that grants the extension.

    Handing it in stays the applicant's own act. Starting too late left no text, so nothing is done then.
    """
    task = task_of(desk.dossier, test_id, desk.at)
    if task is None or "text" not in content:
        return
    attempt = task.attempt or _begin(desk, task, Arrival.LATE)
    stored = _stored(desk, content.get("file"))
    _write(desk, attempt, content["text"], stored.id if stored else attempt.file_id, Arrival.LATE)


# -- helpers -------------------------------------------------------------------------------------------


def _task(desk: Desk, test_id: int) -> OwnTask:
    task = task_of(desk.dossier, test_id, desk.at)
    if task is None:
        raise LookupError(f"no work test {test_id} in this round")
    return task


def _save(
    desk: Desk, task: OwnTask, work: Work, version: int
) -> WorkTestAttempt | StaleWork | Refused | Late:
    """Write the working copy, or say why not; `task.attempt` is None where nothing was begun."""
    text = clean(work.text)
    attempt = task.attempt
    stored = attempt.file if attempt and not work.removes_file else None
    if work.file is not None:
        stored = _attached(desk, work.file, stored)
    file_id = stored.id if stored else None
    content = {"text": text, "file": stored.ref, "name": stored.name} if stored else {"text": text}
    arrival = judge(desk, task.ends, task.action, content, task.stream)
    if not isinstance(arrival, Arrival):
        return arrival
    if attempt is None:
        if isinstance(task.may_begin, Refused):
            return task.may_begin
        if task.test.minutes is not None:
            return rules.CLOCK_NOT_STARTED
        attempt = _begin(desk, task, arrival)
    elif (attempt.text, attempt.file_id) == (text, file_id):
        return attempt  # a double click, or nothing to change
    elif not goes_on(version, attempt.version, attempt.text, map(clean, work.unheard)):
        name = attempt.file.name if attempt.file else ""
        return StaleWork(attempt.version, attempt.saved_at, attempt.text, name)
    _write(desk, attempt, text, file_id, arrival, by_itself=work.by_itself)
    return attempt


def _attached(desk: Desk, prepared: Prepared, current: StoredFile | None) -> StoredFile:
    """The row of a file; the one that is saved already, if it is the same: a double click is one file."""
    if current is not None and (current.sha256, current.name) == (prepared.sha256, prepared.name):
        return current
    return attach(desk.session, desk.user.id, desk.dossier.round.id, prepared, at=desk.at)


def _stored(desk: Desk, ref: str | None) -> StoredFile | None:
    """The person's own file of this name in the round."""
    return desk.session.scalar(
        sa.select(StoredFile).where(
            StoredFile.ref == ref,
            StoredFile.user_id == desk.user.id,
            StoredFile.round_id == desk.dossier.round.id,
        )
    )


def _begin(desk: Desk, task: OwnTask, arrival: Arrival) -> WorkTestAttempt:
    application = begun(desk, arrival)
    row = stream_application(desk, application, task.stream.id)
    attempt = WorkTestAttempt(
        work_test_id=task.test.id, started_at=desk.at, saved_at=desk.at, text="", version=0
    )
    row.work_test_attempts.append(attempt)
    desk.session.flush()
    after: dict[str, Any] = {"name": task.test.title, "stream": task.stream.name}
    if task.test.minutes is not None:
        ends = rules.ends(task.due, task.test.minutes, desk.at, desk.dossier.grants, task.stream.id)
        after["ends_at"] = ends.closes_at
    subject = ("application", application.id)
    record(desk, "work_test.started", subject, after=after, arrival=arrival)
    return attempt


def _write(
    desk: Desk,
    attempt: WorkTestAttempt,
    text: str,
    file_id: int | None,
    arrival: Arrival,
    *,
    by_itself: bool = False,
) -> None:
    """Write the working copy. As with sections, of saves by themselves the audit log has the first of a sitting."""
    last = attempt.saved_at if attempt.version else None
    before = {"version": attempt.version, "saved_at": last} if last else None
    attempt.text, attempt.file_id = text, file_id
    attempt.version, attempt.saved_at = attempt.version + 1, desk.at
    application = desk.dossier.application
    if application is not None:
        application.saved_at = desk.at
    desk.session.flush()
    if arrival is Arrival.ON_TIME and not is_recorded(Origin(by_itself=by_itself), last, desk.at):
        return
    subject, after = ("work_test_attempt", attempt.id), {"version": attempt.version}
    record(desk, "work_test.saved", subject, before=before, after=after, arrival=arrival)


def _differs(session: Session, newest: WorkTestHandIn, attempt: WorkTestAttempt) -> bool:
    """Whether the working copy is another than what was handed in last; the same file sent again is the same."""
    if newest.text != attempt.text:
        return True
    if newest.file_id == attempt.file_id:
        return False
    files = [session.get(StoredFile, key) for key in (newest.file_id, attempt.file_id) if key]
    return len(files) < 2 or len({(each.name, each.sha256) for each in files if each}) > 1


def _keep(
    desk: Desk, task: OwnTask, attempt: WorkTestAttempt, recorded_at: datetime
) -> WorkTestHandIn:
    """Write the immutable record, with the words of the task as they stand."""
    ends = rules.ends(
        task.due, task.test.minutes, attempt.started_at, desk.dossier.grants, task.stream.id
    )
    given = WorkTestHandIn(
        title=task.test.title,
        brief=task.test.brief,
        test_version=task.test.version,
        text=attempt.text,
        file_id=attempt.file_id,
        closes_at=ends.closes_at,
        received_at=desk.at,
        recorded_at=recorded_at,
        arrival=ends.judge(desk.at),
    )
    attempt.hand_ins.append(given)
    desk.session.flush()
    after = {
        "name": task.test.title,
        "stream": task.stream.name,
        "received_at": given.received_at,
        "recorded_at": given.recorded_at,
    }
    subject = ("work_test_hand_in", given.id)
    record(desk, "work_test.handed_in", subject, after=after, arrival=given.arrival)
    return given


def _confirm(desk: Desk, task: OwnTask, given: WorkTestHandIn) -> None:
    outbox.queue(
        desk.session,
        "work_test_handed_in",
        at=given.recorded_at,
        recipient=desk.user.email,
        user_id=desk.user.id,
        once=f"work-test-hand-in:{given.id}",
        title=given.title,
        stream_name=task.stream.name,
        test_id=task.test.id,
        round_name=desk.dossier.round.name,
        round_slug=desk.dossier.round.slug,
        received_at=given.received_at,
        closes_at=given.closes_at,
        file_name=_file_name(desk.session, given),
        time_zone=desk.user.time_zone,
    )


def _file_name(session: Session, given: WorkTestHandIn) -> str:
    stored = session.get(StoredFile, given.file_id) if given.file_id else None
    return stored.name if stored else ""
