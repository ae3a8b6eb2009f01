"""The tasks of a stream as everybody may know them before applying: how much work until when, never what they ask."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import defer

from portal.domain.work_tests import in_words
from portal.extensions import db
from portal.models import WorkTest


@dataclass(frozen=True)
class PublicTask:
    title: str
    words: str
    required: bool
    due_at: datetime | None


def tasks_of(stream_id: int, closes_at: datetime | None) -> list[PublicTask]:
    """The tasks of those who choose a stream that closes then. One statement."""
    tests = db.session.scalars(
        sa.select(WorkTest)
        .options(defer(WorkTest.brief))
        .where(WorkTest.stream_id == stream_id, WorkTest.retired_at.is_(None))
        .order_by(WorkTest.id)
    )
    return [
        PublicTask(
            test.title,
            in_words(test.hand_in, test.hours, test.minutes),
            test.required,
            test.due_at or closes_at,
        )
        for test in tests
    ]
