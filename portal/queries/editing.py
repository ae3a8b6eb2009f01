"""Content as its editors see it: lists, one row with everything it holds, the choices of a form, and its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal.domain.content import Content, may_edit
from portal.domain.permissions import Viewer
from portal.extensions import db
from portal.models import AuditEvent, Authorship, Direction, FaqEntry, Mentor, Paper, Topic, User

MODELS: dict[Content, type[Any]] = {
    Content.TOPIC: Topic,
    Content.MENTOR: Mentor,
    Content.PAPER: Paper,
    Content.DIRECTION: Direction,
    Content.ANSWER: FaqEntry,
}
ORDER: dict[Content, tuple[Any, ...]] = {
    Content.TOPIC: (Topic.name,),
    Content.MENTOR: (Mentor.name,),
    Content.PAPER: (Paper.date.desc(), Paper.title),
    Content.DIRECTION: (Direction.position, Direction.title),
    Content.ANSWER: (FaqEntry.position, FaqEntry.question),
}
Options = list[tuple[int, str]]


@dataclass(frozen=True)
class Choices:
    """What the lists of a form offer, as (id, name)."""

    topics: Options
    mentors: Options
    papers: Options


def counts() -> dict[Content, tuple[int, int]]:
    """For each kind: how many rows there are, and how many of them were edited in the portal."""
    found = {}
    for kind, model in MODELS.items():
        total, edited = db.session.execute(
            sa.select(sa.func.count(model.id), sa.func.count(model.edited_at))
        ).one()
        found[kind] = (total, edited)
    return found


def listing(kind: Content) -> Sequence[Any]:
    """All rows of a kind, in the order in which the public pages show them."""
    return db.session.scalars(sa.select(MODELS[kind]).order_by(*ORDER[kind])).all()


def find(viewer: Viewer, kind: Content, slug: str) -> Any | None:
    """The row at `slug` with everything its form needs, if the viewer may edit it."""
    model = MODELS[kind]
    query = sa.select(model).where(model.slug == slug)
    if model is Direction:
        query = query.options(
            selectinload(Direction.topics),
            selectinload(Direction.mentor_links),
            selectinload(Direction.mentors),
            selectinload(Direction.paper_links),
        )
    if model is Paper:
        query = query.options(
            selectinload(Paper.topics),
            selectinload(Paper.authorships).joinedload(Authorship.person),
        )
    row = db.session.scalar(query)
    if row is None:
        return None
    return row if may_edit(viewer, owners(row)) else None


def owners(row: Any) -> list[int | None]:
    """The accounts of the mentors that a row belongs to."""
    if isinstance(row, Mentor):
        return [row.user_id]
    return [mentor.user_id for mentor in row.mentors] if isinstance(row, Direction) else []


def own(viewer: Viewer) -> tuple[Mentor | None, Sequence[Direction]]:
    """The viewer's own mentor profile and its directions."""
    mentor = db.session.scalar(
        sa.select(Mentor)
        .options(selectinload(Mentor.directions))
        .where(Mentor.user_id == viewer.user_id)
    )
    return mentor, list(mentor.directions) if mentor else []


def choices() -> Choices:
    def options(model: Any, name: Any, *order: Any) -> Options:
        rows = db.session.execute(sa.select(model.id, name).order_by(*order))
        return [(row_id, text) for row_id, text in rows]

    return Choices(
        topics=options(Topic, Topic.name, Topic.name),
        mentors=options(Mentor, Mentor.name, Mentor.name),
        papers=options(Paper, Paper.title, Paper.date.desc(), Paper.id),
    )


@dataclass(frozen=True)
class Change:
    """One entry of a text's history."""

    at: datetime
    who: str
    before: dict[str, Any]
    after: dict[str, Any]


def history(kind: Content, row_id: int, limit: int = 20) -> list[Change]:
    """The last changes of a row, newest first."""
    rows = db.session.execute(
        sa.select(AuditEvent, User.name)
        .outerjoin(User, User.id == AuditEvent.actor_id)
        .where(AuditEvent.subject_type == kind.value, AuditEvent.subject_id == row_id)
        .order_by(AuditEvent.id.desc())
        .limit(limit)
    )
    return [
        Change(event.at, name or "the portal", event.before, event.after) for event, name in rows
    ]
