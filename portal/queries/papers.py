"""Past papers: searched, filtered, and each with its authors in printed order."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal.adapters.search import matches, title_first, words_of
from portal.extensions import db
from portal.models import (
    Authorship,
    Direction,
    DirectionPaper,
    Mentor,
    Paper,
    Person,
    Topic,
)
from portal.models.papers import paper_topics
from portal.queries.paging import Page, page_of
from portal.queries.refs import DirectionRef, MentorRef, TopicRef

SORTS = {"newest": "Newest first", "oldest": "Oldest first", "title": "Title"}
BEST = "best"


@dataclass(frozen=True)
class AuthorView:
    """An author as printed on one paper; `mentor_slug` where the person has a mentor's page."""

    name: str
    person_slug: str
    is_fellow: bool
    mentor_slug: str | None


@dataclass(frozen=True)
class PaperView:
    """`mentors` are those of the authors who have a mentor's page; authorship says nothing of supervision."""

    id: int
    slug: str
    title: str
    summary: str
    date: dt.date
    url: str
    url_source: str
    featured: bool
    authors: tuple[AuthorView, ...]
    topics: tuple[TopicRef, ...]
    mentors: tuple[MentorRef, ...]

    @property
    def fellows(self) -> tuple[AuthorView, ...]:
        return tuple(author for author in self.authors if author.is_fellow)


@dataclass(frozen=True)
class PaperFilter:
    """What a visitor asked for: free words, and slugs. `fellow` is a person who was a fellow on the paper."""

    q: str = ""
    topic: str = ""
    year: int | None = None
    mentor: str = ""
    fellow: str = ""
    sort: str = ""

    @property
    def is_active(self) -> bool:
        return bool(self.q.strip() or self.topic or self.year or self.mentor or self.fellow)

    @property
    def order(self) -> str:
        """The sort in force: the best match first when words are searched, else the newest."""
        if self.sort in SORTS:
            return self.sort
        return BEST if words_of(self.q) else "newest"


@dataclass(frozen=True)
class PaperChoices:
    """What the filters offer: only values that some paper has."""

    topics: tuple[TopicRef, ...]
    years: tuple[int, ...]
    mentors: tuple[tuple[str, str], ...]
    fellows: tuple[tuple[str, str], ...]


def find_papers(wanted: PaperFilter, number: int = 1, size: int = 25) -> Page[PaperView]:
    """One page of the papers that fit every part of `wanted`. Four statements."""
    return page_of(_select(wanted), load_papers, number, size)


def all_papers(wanted: PaperFilter) -> Sequence[PaperView]:
    """Every paper that fits, for exports. Three statements."""
    return load_papers(_select(wanted))


def paper_by_slug(slug: str) -> PaperView | None:
    found = load_papers(sa.select(Paper).where(Paper.slug == slug))
    return found[0] if found else None


def featured_papers(limit: int) -> Sequence[PaperView]:
    """The papers shown on the home page: the featured ones, then the newest."""
    newest = sa.select(Paper).order_by(Paper.featured.desc(), Paper.date.desc(), Paper.id)
    return load_papers(newest.limit(limit))


def papers_of_person(person_id: int | None) -> Sequence[PaperView]:
    """What a person co-authored, the newest first."""
    if person_id is None:
        return ()
    theirs = sa.select(Authorship.paper_id).where(Authorship.person_id == person_id)
    return load_papers(
        sa.select(Paper).where(Paper.id.in_(theirs)).order_by(Paper.date.desc(), Paper.title)
    )


def papers_of_direction(direction_id: int) -> Sequence[PaperView]:
    """The papers that illustrate a direction, in its order."""
    return load_papers(
        sa.select(Paper)
        .join(DirectionPaper, DirectionPaper.paper_id == Paper.id)
        .where(DirectionPaper.direction_id == direction_id)
        .order_by(DirectionPaper.position, Paper.title)
    )


def directions_illustrated(paper_id: int) -> list[DirectionRef]:
    """The directions that a paper illustrates. One statement."""
    rows = db.session.execute(
        sa.select(Direction.slug, Direction.title)
        .join(DirectionPaper, DirectionPaper.direction_id == Direction.id)
        .where(DirectionPaper.paper_id == paper_id)
        .order_by(Direction.position, Direction.title)
    )
    return [DirectionRef(slug, title) for slug, title in rows]


def paper_choices() -> PaperChoices:
    """The values of the filters. Three statements, whatever the number of papers."""
    topics = db.session.execute(
        sa.select(Topic.slug, Topic.name)
        .where(Topic.id.in_(sa.select(paper_topics.c.topic_id)))
        .order_by(Topic.name)
    )
    dates = db.session.scalars(sa.select(Paper.date).distinct()).all()
    people = db.session.execute(
        sa.select(
            Person.slug,
            Person.name,
            Mentor.slug,
            Mentor.name,
            sa.func.max(sa.case((Authorship.is_fellow, 1), else_=0)),
        )
        .join(Authorship, Authorship.person_id == Person.id)
        .outerjoin(Mentor, Mentor.person_id == Person.id)
        .group_by(Person.slug, Person.name, Mentor.slug, Mentor.name)
        .order_by(Person.name)
    ).all()
    return PaperChoices(
        topics=tuple(TopicRef(slug, name) for slug, name in topics),
        years=tuple(sorted({date.year for date in dates}, reverse=True)),
        mentors=tuple((row[2], row[3]) for row in people if row[2]),
        fellows=tuple((row[0], row[1]) for row in people if row[4]),
    )


def load_papers(query: sa.Select[Any]) -> list[PaperView]:
    """The papers of a statement with authors, mentors and topics: three statements."""
    papers = db.session.scalars(
        query.options(
            selectinload(Paper.authorships).joinedload(Authorship.person).joinedload(Person.mentor),
            selectinload(Paper.topics),
        )
    ).all()
    return [_view(paper) for paper in papers]


def _view(paper: Paper) -> PaperView:
    authors = tuple(
        AuthorView(
            name=each.printed_name,
            person_slug=each.person.slug,
            is_fellow=each.is_fellow,
            mentor_slug=each.person.mentor.slug if each.person.mentor else None,
        )
        for each in paper.authorships
    )
    mentors = (each.person.mentor for each in paper.authorships)
    return PaperView(
        id=paper.id,
        slug=paper.slug,
        title=paper.title,
        summary=paper.summary,
        date=paper.date,
        url=paper.url,
        url_source=paper.url_source,
        featured=paper.featured,
        authors=authors,
        topics=tuple(TopicRef(topic.slug, topic.name) for topic in paper.topics),
        mentors=tuple(MentorRef(mentor.slug, mentor.name) for mentor in mentors if mentor),
    )


def _select(wanted: PaperFilter) -> sa.Select[Paper]:
    words = words_of(wanted.q)
    query = sa.select(Paper).where(*matches(words))
    if wanted.topic:
        query = query.where(Paper.topics.any(Topic.slug == wanted.topic))
    if wanted.year is not None:
        first, after = dt.date(wanted.year, 1, 1), dt.date(wanted.year + 1, 1, 1)
        query = query.where(Paper.date >= first, Paper.date < after)
    if wanted.mentor:
        by_mentor = (
            sa.select(Authorship.paper_id)
            .join(Mentor, Mentor.person_id == Authorship.person_id)
            .where(Mentor.slug == wanted.mentor)
        )
        query = query.where(Paper.id.in_(by_mentor))
    if wanted.fellow:
        by_fellow = (
            sa.select(Authorship.paper_id)
            .join(Person, Person.id == Authorship.person_id)
            .where(Person.slug == wanted.fellow, Authorship.is_fellow)
        )
        query = query.where(Paper.id.in_(by_fellow))
    newest = (Paper.date.desc(), Paper.title, Paper.id)
    orders: dict[str, tuple[Any, ...]] = {
        BEST: (title_first(words), *newest),
        "newest": newest,
        "oldest": (Paper.date, Paper.title, Paper.id),
        "title": (Paper.title, Paper.id),
    }
    return query.order_by(*orders[wanted.order])
