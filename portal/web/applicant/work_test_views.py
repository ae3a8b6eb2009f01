"""What the applicant's templates show of work tests: lines of the task list, due instants, the task in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from portal.domain import work_tests as rules
from portal.domain.work_tests import Standing, test_of
from portal.models import LateDraft, WorkTest
from portal.queries.applications import Dossier
from portal.queries.work_tests import OwnTask, task_of, tasks_of

WORDS = {
    Standing.NOT_BEGUN: ("Not started", "neutral"),
    Standing.BEGUN: ("Not handed in", "progress"),
    Standing.HANDED_IN: ("Handed in", "good"),
    Standing.CHANGED: ("Changes not handed in", "warn"),
    Standing.MISSED: ("Not handed in, time is over", "muted"),
}


@dataclass(frozen=True)
class TaskLines:
    """The tasks as lines of the task list; `done` of them are handed in, or cannot be any more."""

    items: list[dict[str, Any]]
    done: int


def href_of(dossier: Dossier, test_id: int) -> str:
    return url_for("applicant_work_tests.show", round=dossier.round.slug, test_id=test_id)


def href_of_action(dossier: Dossier, action: str) -> str | None:
    """The page of the task that a gap or a late text names; None for the name of anything else."""
    test_id = test_of(action)
    return None if test_id is None else href_of(dossier, test_id)


def task_lines(dossier: Dossier, at: datetime) -> TaskLines:
    found = [task for task in tasks_of(dossier, at) if _is_listed(task)]
    items = [_line(dossier, task) for task in found]
    return TaskLines(items, sum(task.standing is Standing.HANDED_IN for task in found))


def _is_listed(task: OwnTask) -> bool:
    """A task that was taken back is listed for as long as somebody's work on it counts."""
    return task.test.retired_at is None or task.attempt is not None


def _line(dossier: Dossier, task: OwnTask) -> dict[str, Any]:
    words, kind = WORDS[task.standing]
    hint = f"{task.stream.name}. {in_words(task.test)}"
    if not task.test.required:
        hint += " Optional."
    return {
        "group": "tasks",
        "title": task.test.title,
        "status": words,
        "kind": kind,
        "hint": hint,
        "href": href_of(dossier, task.test.id),
    }


def in_words(test: WorkTest) -> str:
    return rules.in_words(test.hand_in, test.hours, test.minutes)


def open_tasks(dossier: Dossier, at: datetime) -> list[OwnTask]:
    """The tasks that can still be handed in and were not, the first due first: for the panel of deadlines."""
    found = [
        task
        for task in tasks_of(dossier, at)
        if task.accepts and task.standing is not Standing.HANDED_IN and _is_listed(task)
    ]
    return sorted(found, key=lambda task: (task.ends.closes_at, task.test.id))


def late_title(dossier: Dossier, draft: LateDraft) -> str | None:
    """What a late text was for, if it was for a task."""
    test_id = test_of(draft.action)
    task = None if test_id is None else task_of(dossier, test_id, draft.received_at)
    return None if task is None else f"{task.test.title}, for {task.stream.name}"


def late_work(content: dict[str, Any]) -> list[dict[str, Any]]:
    """A late text of a task, as its writer reads it."""
    rows = [
        {"key": "What you wrote", "value": content.get("text", ""), "long": True},
        {"key": "File", "value": content.get("name", "")},
    ]
    return [row for row in rows if row["value"]]
