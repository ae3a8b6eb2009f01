"""What else the public reads: questions and answers, topics, how much there is and where."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from portal.extensions import db
from portal.models import Direction, FaqEntry, Mentor, Paper, Topic
from portal.models.directions import direction_topics
from portal.models.papers import paper_topics
from portal.queries.paging import Page, page_of

AUDIENCES = {
    "everyone": "About the programme",
    "applicants": "For applicants",
    "mentors": "For mentors",
}


@dataclass(frozen=True)
class Extent:
    """How much the portal holds."""

    directions: int
    mentors: int
    papers: int


@dataclass(frozen=True)
class TopicView:
    slug: str
    name: str
    description: str
    directions: int
    papers: int


def faq_by_audience() -> dict[str, list[FaqEntry]]:
    """The questions and answers under the heading of whom they are for. One statement."""
    found: dict[str, list[FaqEntry]] = {heading: [] for heading in AUDIENCES.values()}
    entries = db.session.scalars(sa.select(FaqEntry).order_by(FaqEntry.position, FaqEntry.question))
    for entry in entries:
        found[AUDIENCES.get(entry.audience, AUDIENCES["everyone"])].append(entry)
    return {heading: entries for heading, entries in found.items() if entries}


def extent() -> Extent:
    """One statement."""

    def number_of(model: type[Direction] | type[Mentor] | type[Paper]) -> sa.ScalarSelect[int]:
        return sa.select(sa.func.count()).select_from(model).scalar_subquery()

    directions, mentors, papers = db.session.execute(
        sa.select(number_of(Direction), number_of(Mentor), number_of(Paper))
    ).one()
    return Extent(directions, mentors, papers)


def find_topics(number: int = 1, size: int = 50) -> Page[TopicView]:
    """One page of topics by name, with how often each is used. Two statements."""

    def uses(table: sa.Table) -> sa.ScalarSelect[int]:
        return (
            sa.select(sa.func.count())
            .select_from(table)
            .where(table.c.topic_id == Topic.id)
            .scalar_subquery()
        )

    query = sa.select(
        Topic.slug, Topic.name, Topic.description, uses(direction_topics), uses(paper_topics)
    ).order_by(Topic.name)
    return page_of(
        query, lambda chosen: [TopicView(*row) for row in db.session.execute(chosen)], number, size
    )


def public_slugs() -> dict[str, Sequence[str]]:
    """The slugs of every public page of directions, mentors and papers. One statement."""
    each = [
        sa.select(sa.literal(kind).label("kind"), model.slug.label("slug"))
        for kind, model in (("directions", Direction), ("mentors", Mentor), ("papers", Paper))
    ]
    found: dict[str, list[str]] = defaultdict(list)
    for kind, slug in db.session.execute(sa.union_all(*each).order_by("kind", "slug")):
        found[kind].append(slug)
    return dict(found)
