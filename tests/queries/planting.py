"""Rows of a seeded portal to break, and how to change one."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from portal.domain.applications import ApplicationState
from portal.domain.review import ReviewState
from portal.extensions import db
from portal.models import (
    Application,
    Base,
    Review,
    Round,
    StreamApplication,
    Submission,
)

Plant = Callable[[], int]


class Plants(dict[str, Plant]):
    """What breaks each rule, by the rule's name."""

    def breach(self, name: str) -> Callable[[Plant], Plant]:
        """Register a function that breaks one rule in one row and answers the id that must be found."""

        def register(plant: Plant) -> Plant:
            assert name not in self, f"{name} is planted twice"
            self[name] = plant
            return plant

        return register


def change(model: type[Base], key: int, **values: Any) -> int:
    table = model.__table__
    db.session.execute(sa.update(table).where(table.c.id == key).values(**values))
    return key


def first(column: Any, *conditions: Any) -> int:
    found = db.session.scalars(sa.select(column).where(*conditions).order_by(column)).first()
    assert found is not None, "nothing to break"
    return int(found)


def submitted() -> int:
    return first(Application.id, Application.state == ApplicationState.SUBMITTED)


def received() -> int:
    """A stream application of a submitted application."""
    return db.session.scalars(
        sa.select(StreamApplication.id)
        .join(Application, Application.id == StreamApplication.application_id)
        .where(
            StreamApplication.submission_id.is_not(None),
            Application.state == ApplicationState.SUBMITTED,
        )
        .order_by(StreamApplication.id.desc())
    ).first()


def of(column: Any, model: Any, key: int) -> Any:
    return db.session.scalar(sa.select(column).where(model.id == key))


def another_submission(application_id: int) -> int:
    return first(Submission.id, Submission.application_id != application_id)


def rounds() -> list[int]:
    return list(db.session.scalars(sa.select(Round.id).order_by(Round.opens_at)))


def review(*conditions: Any) -> int:
    """A submitted review."""
    return first(Review.id, Review.state == ReviewState.SUBMITTED, *conditions)
