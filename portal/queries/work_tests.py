"""Work tests in an applicant's dossier: which ones concern them, how each stands, and until when it is taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from portal.domain import work_tests as rules
from portal.domain.questions import Gap
from portal.domain.rounds import Deadline
from portal.domain.verdict import Verdict
from portal.domain.work_tests import Standing
from portal.models import Stream, WorkTest, WorkTestAttempt, WorkTestHandIn

if TYPE_CHECKING:
    from portal.queries.applications import Dossier


@dataclass(frozen=True)
class OwnTask:
    """A task with this applicant's part in it. `due` is when it is due, `ends` until when their work is taken.

    `may_begin` answers for those who have not begun.
    """

    test: WorkTest
    stream: Stream
    attempt: WorkTestAttempt | None
    due: Deadline
    ends: Deadline
    may_begin: Verdict
    at: datetime

    @property
    def action(self) -> str:
        return rules.action_of(self.test.id)

    @property
    def handed_in(self) -> WorkTestHandIn | None:
        """What counts: the newest thing handed in."""
        return self.attempt.hand_ins[-1] if self.attempt and self.attempt.hand_ins else None

    @property
    def accepts(self) -> bool:
        return self.ends.judge(self.at).accepted

    @property
    def changed(self) -> bool:
        """Whether the working copy differs from what was handed in."""
        newest = self.handed_in
        if self.attempt is None or newest is None:
            return False
        return (self.attempt.text, self.attempt.file_id) != (newest.text, newest.file_id)

    @property
    def standing(self) -> Standing:
        return rules.standing(
            begun=self.attempt is not None,
            handed_in=self.handed_in is not None,
            changed=self.changed,
            over=not self.accepts,
        )

    @property
    def shows_brief(self) -> bool:
        """What a timed task asks is not told before its clock runs."""
        return self.test.minutes is None or self.attempt is not None

    @property
    def cut(self) -> timedelta | None:
        """What would be left of the minutes of a clock started now, where that is less than they are."""
        minutes = self.test.minutes
        return None if minutes is None else rules.cut(self.due, minutes, self.at)


def tasks_of(dossier: Dossier, at: datetime) -> list[OwnTask]:
    """The tasks that concern an applicant: of the streams they chose or are read by, and begun ones."""
    found = [own_task(dossier, s, test, at) for s in dossier.round.streams for test in s.work_tests]
    return [task for task in found if task.attempt is not None or bool(task.may_begin)]


def task_of(dossier: Dossier, test_id: int, at: datetime) -> OwnTask | None:
    """One task of the round, whether it concerns the applicant or not."""
    for stream in dossier.round.streams:
        for test in stream.work_tests:
            if test.id == test_id:
                return own_task(dossier, stream, test, at)
    return None


def own_task(dossier: Dossier, stream: Stream, test: WorkTest, at: datetime) -> OwnTask:
    row = dossier.stream_application(stream)
    attempts = row.work_test_attempts if row else []
    attempt = next((each for each in attempts if each.work_test_id == test.id), None)
    due = rules.due(
        dossier.closes_at,
        stream.closes_at,
        test.due_at,
        dossier.grants,
        stream.id,
        dossier.round.grace,
    )
    started_at = attempt.started_at if attempt else None
    may_begin = rules.may_begin(
        chosen=any(chosen.id == stream.id for chosen in dossier.chosen_streams()),
        read=bool(row and row.submission_id),
        retired=test.retired_at is not None,
    )
    ends = rules.ends(due, test.minutes, started_at, dossier.grants, stream.id)
    return OwnTask(test, stream, attempt, due, ends, may_begin, at)


def gaps_of(dossier: Dossier, at: datetime) -> tuple[Gap, ...]:
    """The tasks that must be handed in before the application can be submitted."""
    return tuple(
        Gap(task.action, task.action, f"{task.test.title}: not handed in yet")
        for task in tasks_of(dossier, at)
        if task.test.retired_at is None
        and rules.holds_up_submission(
            required=task.test.required,
            handed_in=task.handed_in is not None,
            due=task.due,
            stream=dossier.deadline_of(task.stream),
            ends=task.ends,
            at=at,
        )
    )
