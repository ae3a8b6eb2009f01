"""What the demo's applicants did of the tasks of their streams: most handed in, some began, some never did."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from portal.demo.applying import Applied, Arrived
from portal.demo.batch import Batch
from portal.demo.people import stream
from portal.demo.rounds import Scene
from portal.domain import work_tests as rules
from portal.domain.work_tests import HandIn
from portal.models import AuditEvent, WorkTest, WorkTestAttempt, WorkTestHandIn

LINKS = "https://example.org/demo/{slug}"
TEXT = (
    "Demo hand-in. I repeated the small experiment with two seeds, and the effect was there with one of them only."
    " The difference is larger than what I had expected from the noise of a single run.\n\n"
    "With another day I would look at the cases in which the two runs disagree, and not add more runs."
)


def do_tasks(batch: Batch, scene: Scene, applied: Applied) -> None:
    """The tasks of every stream that received this application, as far as the demo's present."""
    rng = stream(scene.number, applied.visit.person.index, "tasks")
    for arrived in applied.arrived:
        for test in arrived.stream.work_tests:
            _do(batch, scene, applied, arrived, test, rng)


def _do(
    batch: Batch, scene: Scene, applied: Applied, arrived: Arrived, test: WorkTest, rng: Random
) -> None:
    draw, wait, used = rng.random(), rng.uniform(0.05, 0.9), rng.uniform(0.3, 0.98)
    if draw > 0.85:
        return
    due = rules.due(
        scene.round.closes_at or scene.calendar.closes_at,
        arrived.stream.closes_at,
        test.due_at,
        applied.visit.grants,
        arrived.stream.id,
    )
    sent_at = arrived.versions[-1].recorded_at
    begun_at = sent_at + (due.closes_at - sent_at) * wait
    taken = timedelta(minutes=test.minutes or 60 * (test.hours or 4)) * used
    handed_in_at = min(begun_at + taken, due.closes_at - timedelta(minutes=1))
    if begun_at >= handed_in_at or begun_at > scene.calendar.seen_at:
        return
    done = draw < 0.6 and handed_in_at <= scene.calendar.seen_at
    text = (
        LINKS.format(slug=f"work-{applied.application_id}") if test.hand_in is HandIn.LINK else TEXT
    )
    saved_at = handed_in_at if done else begun_at
    attempt = batch.add(
        WorkTestAttempt, stream_application_id=arrived.row["id"], work_test_id=test.id,
        started_at=begun_at, saved_at=saved_at, text=text if done else "", version=1 if done else 0,
    )  # fmt: skip
    _note(batch, scene, applied, "work_test.started", begun_at, test)
    if done:
        ends = rules.ends(due, test.minutes, begun_at, applied.visit.grants, arrived.stream.id)
        batch.add(
            WorkTestHandIn, attempt_id=attempt["id"], title=test.title, brief=test.brief,
            test_version=test.version, text=text, closes_at=ends.closes_at,
            received_at=handed_in_at, recorded_at=handed_in_at, arrival=ends.judge(handed_in_at),
        )  # fmt: skip
        _note(batch, scene, applied, "work_test.handed_in", handed_in_at, test)


def _note(
    batch: Batch, scene: Scene, applied: Applied, action: str, at: datetime, test: WorkTest
) -> None:
    after: dict[str, Any] = {"name": test.title}
    batch.add(
        AuditEvent, at=at, actor_id=applied.visit.user_id, action=action,
        subject_type="application", subject_id=applied.application_id,
        round_id=scene.round.id, after=after,
    )  # fmt: skip
