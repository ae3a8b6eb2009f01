"""Mentors as visitors see them: their profile, their directions, and the papers they co-authored."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.extensions import db
from portal.models import Authorship, Direction, DirectionMentor, Mentor, Paper, Topic
from portal.queries.directions import DirectionView, load_directions
from portal.queries.paging import Page, page_of
from portal.queries.papers import PaperView, papers_of_person
from portal.queries.refs import DirectionRef, PaperRef
from portal.queries.rounds import open_direction_ids


@dataclass(frozen=True)
class MentorView:
    """A line of the list of mentors."""

    id: int
    slug: str
    name: str
    organisation: str
    position: str
    city: str
    area: str
    directions: tuple[DirectionRef, ...]
    open_slugs: frozenset[str]
    papers: tuple[PaperRef, ...]

    @property
    def is_open(self) -> bool:
        return bool(self.open_slugs)


@dataclass(frozen=True)
class MentorPage:
    """Everything a mentor's page shows."""

    slug: str
    name: str
    organisation: str
    position: str
    city: str
    area: str
    bio: str
    source: str
    directions: Sequence[DirectionView]
    papers: Sequence[PaperView]


@dataclass(frozen=True)
class MentorFilter:
    topic: str = ""
    open_now: bool = False

    @property
    def is_active(self) -> bool:
        return bool(self.topic or self.open_now)


def find_mentors(
    wanted: MentorFilter, now: datetime, number: int = 1, size: int = 50
) -> Page[MentorView]:
    """One page of mentors by name. Four statements."""
    query = sa.select(Mentor)
    if wanted.topic:
        query = query.where(Mentor.directions.any(Direction.topics.any(Topic.slug == wanted.topic)))
    if wanted.open_now:
        query = query.where(Mentor.directions.any(Direction.id.in_(open_direction_ids(now))))
    query = query.order_by(Mentor.name, Mentor.id)
    return page_of(query, lambda chosen: _load(chosen, now), number, size)


def mentor_page(slug: str, now: datetime) -> MentorPage | None:
    """The page of one mentor; None where there is none. Eight statements."""
    mentor = db.session.scalar(sa.select(Mentor).where(Mentor.slug == slug))
    if mentor is None:
        return None
    theirs = sa.select(DirectionMentor.direction_id).where(DirectionMentor.mentor_id == mentor.id)
    directions = load_directions(
        sa.select(Direction)
        .where(Direction.id.in_(theirs))
        .order_by(Direction.position, Direction.title),
        now,
    )
    return MentorPage(
        slug=mentor.slug,
        name=mentor.name,
        organisation=mentor.organisation,
        position=mentor.position,
        city=mentor.city,
        area=mentor.area,
        bio=mentor.bio,
        source=mentor.source,
        directions=directions,
        papers=papers_of_person(mentor.person_id),
    )


def _load(query: sa.Select[Any], now: datetime) -> list[MentorView]:
    mentors = db.session.scalars(query).all()
    directions, open_slugs = _directions([mentor.id for mentor in mentors], now)
    papers = _papers([mentor.person_id for mentor in mentors if mentor.person_id])
    return [
        MentorView(
            id=mentor.id,
            slug=mentor.slug,
            name=mentor.name,
            organisation=mentor.organisation,
            position=mentor.position,
            city=mentor.city,
            area=mentor.area,
            directions=tuple(directions[mentor.id]),
            open_slugs=frozenset(open_slugs[mentor.id]),
            papers=tuple(papers[mentor.person_id]) if mentor.person_id else (),
        )
        for mentor in mentors
    ]


def _directions(
    mentor_ids: Sequence[int], now: datetime
) -> tuple[dict[int, list[DirectionRef]], dict[int, set[str]]]:
    """Each mentor's directions, and the slugs of those open now. One statement."""
    rows = db.session.execute(
        sa.select(
            DirectionMentor.mentor_id,
            Direction.slug,
            Direction.title,
            Direction.id.in_(open_direction_ids(now)),
        )
        .join(Direction, Direction.id == DirectionMentor.direction_id)
        .where(DirectionMentor.mentor_id.in_(mentor_ids))
        .order_by(Direction.position, Direction.title)
    )
    found: dict[int, list[DirectionRef]] = defaultdict(list)
    open_slugs: dict[int, set[str]] = defaultdict(set)
    for mentor_id, slug, title, is_open in rows:
        found[mentor_id].append(DirectionRef(slug, title))
        if is_open:
            open_slugs[mentor_id].add(slug)
    return found, open_slugs


def _papers(person_ids: Sequence[int]) -> dict[int, list[PaperRef]]:
    """What each person co-authored, the newest first. One statement."""
    rows = db.session.execute(
        sa.select(Authorship.person_id, Paper.slug, Paper.title)
        .join(Paper, Paper.id == Authorship.paper_id)
        .where(Authorship.person_id.in_(person_ids))
        .order_by(Paper.date.desc(), Paper.title)
    )
    found: dict[int, list[PaperRef]] = defaultdict(list)
    for person_id, slug, title in rows:
        found[person_id].append(PaperRef(slug, title))
    return found
