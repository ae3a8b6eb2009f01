"""The planted breaches of the rules about tasks of streams; `TASK_PLANTS` by the rule's name."""

from collections.abc import Callable
from datetime import timedelta

from portal.models import WorkTest, WorkTestAttempt, WorkTestHandIn
from tests.queries.planting import change, first, of


def late() -> int:
    key = first(WorkTestHandIn.id)
    closes_at = of(WorkTestHandIn.closes_at, WorkTestHandIn, key)
    arrived = closes_at + timedelta(seconds=120)
    return change(WorkTestHandIn, key, received_at=arrived, recorded_at=arrived)


def of_another_stream() -> int:
    key = first(WorkTestAttempt.id)
    test_id = of(WorkTestAttempt.work_test_id, WorkTestAttempt, key)
    stream_id = of(WorkTest.stream_id, WorkTest, test_id)
    other = first(WorkTest.id, WorkTest.stream_id != stream_id, WorkTest.minutes.is_(None))
    return change(WorkTestAttempt, key, work_test_id=other)


def empty() -> int:
    return change(WorkTestHandIn, first(WorkTestHandIn.id), text="")


def too_early() -> int:
    key = first(WorkTestHandIn.id)
    received_at = of(WorkTestHandIn.received_at, WorkTestHandIn, key)
    return change(WorkTestHandIn, key, recorded_at=received_at - timedelta(seconds=1))


TASK_PLANTS: dict[str, Callable[[], int]] = {
    "hand-in-in-time": late,
    "task-of-own-stream": of_another_stream,
    "hand-in-has-content": empty,
    "hand-in-after-start": too_early,
}
