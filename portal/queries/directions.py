"""Directions as visitors read them: who wants them done, in which round, and which papers illustrate them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal.domain.applications import SECTIONS
from portal.extensions import db
from portal.models import (
    Direction,
    DirectionMentor,
    DirectionPaper,
    Mentor,
    Offering,
    Origin,
    Paper,
    Question,
    Topic,
)
from portal.models.directions import direction_topics
from portal.queries.paging import Page, page_of
from portal.queries.papers import PaperView, papers_of_direction
from portal.queries.public_tasks import PublicTask, tasks_of
from portal.queries.refs import MentorRef, PaperRef, TopicRef
from portal.queries.rounds import Offer, offers_of, open_direction_ids, questions_of

GENERAL_MINUTES = sum(field.minutes for section in SECTIONS for field in section.fields)


@dataclass(frozen=True)
class DirectionView:
    """A direction with the offer that counts at this instant, or none."""

    id: int
    slug: str
    title: str
    summary: str
    mentors: tuple[MentorRef, ...]
    topics: tuple[TopicRef, ...]
    offer: Offer | None

    @property
    def is_open(self) -> bool:
        return self.offer is not None and self.offer.is_open


@dataclass(frozen=True)
class DirectionPage:
    """Everything the page of one direction shows. `minutes`: general sections and the stream's questions."""

    view: DirectionView
    body: str
    origin: Origin
    source: str
    papers: Sequence[PaperView]
    questions: Sequence[Question]
    tasks: Sequence[PublicTask] = ()

    @property
    def minutes(self) -> int:
        return GENERAL_MINUTES + sum(question.minutes for question in self.questions)


@dataclass(frozen=True)
class DirectionFilter:
    """What a visitor asked for, as slugs; `open_now` leaves out what cannot be applied to."""

    topic: str = ""
    mentor: str = ""
    open_now: bool = False

    @property
    def is_active(self) -> bool:
        return bool(self.topic or self.mentor or self.open_now)


@dataclass(frozen=True)
class DirectionChoices:
    topics: tuple[TopicRef, ...]
    mentors: tuple[MentorRef, ...]


def find_directions(
    wanted: DirectionFilter, now: datetime, number: int = 1, size: int = 50
) -> Page[DirectionView]:
    """One page of directions, those open now first. Five statements."""
    is_open = Direction.id.in_(open_direction_ids(now))
    query = sa.select(Direction)
    if wanted.topic:
        query = query.where(Direction.topics.any(Topic.slug == wanted.topic))
    if wanted.mentor:
        query = query.where(Direction.mentors.any(Mentor.slug == wanted.mentor))
    if wanted.open_now:
        query = query.where(is_open)
    query = query.order_by(
        sa.case((is_open, 0), else_=1), Direction.position, Direction.title, Direction.id
    )
    return page_of(query, lambda chosen: load_directions(chosen, now), number, size)


def directions_by_id(ids: Sequence[int], now: datetime) -> dict[int, DirectionView]:
    """The directions of these ids. Four statements."""
    found = load_directions(sa.select(Direction).where(Direction.id.in_(ids)), now)
    return {view.id: view for view in found}


def load_directions(query: sa.Select[Any], now: datetime) -> list[DirectionView]:
    """The directions of a statement with mentors, topics and offers: four statements."""
    directions = db.session.scalars(query.options(*_loaded())).all()
    offers = offers_of([direction.id for direction in directions], now) if directions else {}
    return [_view(direction, offers.get(direction.id)) for direction in directions]


def direction_page(slug: str, now: datetime) -> DirectionPage | None:
    """The page of one direction; None where there is none. Nine statements."""
    direction = db.session.scalar(
        sa.select(Direction).where(Direction.slug == slug).options(*_loaded())
    )
    if direction is None:
        return None
    offer = offers_of([direction.id], now).get(direction.id)
    return DirectionPage(
        view=_view(direction, offer),
        body=direction.body,
        origin=direction.origin,
        source=direction.source,
        papers=papers_of_direction(direction.id),
        questions=questions_of(offer.stream_id) if offer else (),
        tasks=tasks_of(offer.stream_id, offer.closes_at) if offer else (),
    )


def direction_choices() -> DirectionChoices:
    """The values of the filters: topics and mentors that some direction has. Two statements."""
    topics = db.session.execute(
        sa.select(Topic.slug, Topic.name)
        .where(Topic.id.in_(sa.select(direction_topics.c.topic_id)))
        .order_by(Topic.name)
    )
    mentors = db.session.execute(
        sa.select(Mentor.slug, Mentor.name)
        .where(Mentor.id.in_(sa.select(DirectionMentor.mentor_id)))
        .order_by(Mentor.name)
    )
    return DirectionChoices(
        tuple(TopicRef(slug, name) for slug, name in topics),
        tuple(MentorRef(slug, name) for slug, name in mentors),
    )


def paper_refs(direction_ids: Sequence[int]) -> dict[int, tuple[PaperRef, ...]]:
    """The papers that illustrate each of the directions. One statement."""
    rows = db.session.execute(
        sa.select(DirectionPaper.direction_id, Paper.slug, Paper.title)
        .join(Paper, Paper.id == DirectionPaper.paper_id)
        .where(DirectionPaper.direction_id.in_(direction_ids))
        .order_by(DirectionPaper.position, Paper.title)
    )
    found: dict[int, list[PaperRef]] = defaultdict(list)
    for direction_id, slug, title in rows:
        found[direction_id].append(PaperRef(slug, title))
    return {direction_id: tuple(refs) for direction_id, refs in found.items()}


def offered_ids(round_id: int) -> sa.Select[int]:
    """A subquery of the directions that a round offers."""
    return sa.select(Offering.direction_id).where(Offering.round_id == round_id)


def _loaded() -> tuple[Any, ...]:
    return (
        selectinload(Direction.mentor_links).joinedload(DirectionMentor.mentor),
        selectinload(Direction.topics),
    )


def _view(direction: Direction, offer: Offer | None) -> DirectionView:
    return DirectionView(
        id=direction.id,
        slug=direction.slug,
        title=direction.title,
        summary=direction.summary,
        mentors=tuple(
            MentorRef(link.mentor.slug, link.mentor.name) for link in direction.mentor_links
        ),
        topics=tuple(TopicRef(topic.slug, topic.name) for topic in direction.topics),
        offer=offer,
    )
