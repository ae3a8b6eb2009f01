"""Load the reference content: idempotent, all or nothing, and never over a person's edit."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.adapters.search import searchable
from portal.adapters.seed_files import (
    DirectionSeed,
    FaqSeed,
    MentorSeed,
    PaperSeed,
    PersonSeed,
    TopicSeed,
    read_reference,
)
from portal.models import (
    Authorship,
    Direction,
    DirectionMentor,
    DirectionPaper,
    FaqEntry,
    Mentor,
    Paper,
    Person,
    PersonVariant,
    Topic,
)
from portal.services import audit
from portal.services.work import writing


class _Seed(Protocol):
    @property
    def slug(self) -> str: ...


SeedT = TypeVar("SeedT", bound=_Seed)
RowT = TypeVar("RowT", Topic, Person, Mentor, Paper, Direction, FaqEntry)
Ids = Mapping[str, int]


@dataclass
class LoadReport:
    """What a load did, as names such as "paper batchtopk". `left_alone` were edited in the portal since."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)
    unchanged: int = 0

    @property
    def changed(self) -> bool:
        return bool(self.added or self.updated)


def load_reference(folder: Path, now: datetime) -> LoadReport:
    """Bring the database up to the folder's content. Raises `SeedError` before anything is written."""
    seeds = read_reference(folder)
    report = LoadReport()
    with writing() as session:
        topics = _load(session, Topic, Topic.slug, seeds.topics, _fill_topic, report)
        people = _load(session, Person, Person.slug, seeds.people, _fill_person, report)

        def fill_mentor(row: Mentor, seed: MentorSeed) -> None:
            _fill_mentor(row, seed, people)

        mentors = _load(session, Mentor, Mentor.slug, seeds.mentors, fill_mentor, report)
        names = {topic.slug: topic.name for topic in seeds.topics}
        variants = {person.slug: (person.name, *person.variants) for person in seeds.people}

        def fill_paper(row: Paper, seed: PaperSeed) -> None:
            _fill_paper(session, row, seed, topics, people)
            spellings = [name for author in seed.authors for name in variants[author.person]]
            row.search_text = searchable(
                seed.title, seed.summary, *spellings, *(names[slug] for slug in seed.topics)
            )

        papers = _load(session, Paper, Paper.slug, seeds.papers, fill_paper, report)

        def fill_direction(row: Direction, seed: DirectionSeed) -> None:
            _fill_direction(session, row, seed, topics, mentors, papers)

        _load(session, Direction, Direction.slug, seeds.directions, fill_direction, report)
        _load(session, FaqEntry, FaqEntry.slug, seeds.faq, _fill_faq, report)
        if report.changed:
            audit.record(
                session,
                "content.loaded",
                at=now,
                actor_id=None,
                subject=("content", None),
                after={"added": report.added, "updated": report.updated},
            )
    return report


def _load(
    session: Session,
    model: type[RowT],
    slug: InstrumentedAttribute[str],
    seeds: Iterable[SeedT],
    fill: Callable[[RowT, SeedT], None],
    report: LoadReport,
) -> dict[str, int]:
    """Add or update one kind of row; answers the ids of all its rows by slug."""
    existing = {row.slug: row for row in session.scalars(sa.select(model))}
    for seed in seeds:
        label = f"{model.__name__.lower()} {seed.slug}"
        mark = sha256(repr(seed).encode()).hexdigest()
        row = existing.get(seed.slug)
        if row is None:
            row = existing[seed.slug] = model(slug=seed.slug)
            report.added.append(label)
        elif row.seed_digest == mark:
            report.unchanged += 1
            continue
        elif row.edited_at is not None:
            report.left_alone.append(label)
            continue
        else:
            report.updated.append(label)
        fill(row, seed)
        row.seed_digest = mark
        session.add(row)
    session.flush()
    return {name: row.id for name, row in existing.items()}


def _set(row: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _fill_topic(row: Topic, seed: TopicSeed) -> None:
    _set(row, name=seed.name, description=seed.description)


def _fill_person(row: Person, seed: PersonSeed) -> None:
    row.name = seed.name
    kept = {variant.name: variant for variant in row.variants}
    row.variants = [kept.get(name) or PersonVariant(name=name) for name in seed.variants]


def _fill_mentor(row: Mentor, seed: MentorSeed, people: Ids) -> None:
    _set(
        row,
        name=seed.name,
        person_id=people[seed.person] if seed.person else None,
        organisation=seed.organisation,
        position=seed.position,
        city=seed.city,
        area=seed.area,
        bio=seed.bio,
        source=seed.source,
    )


def _fill_paper(session: Session, row: Paper, seed: PaperSeed, topics: Ids, people: Ids) -> None:
    _set(
        row,
        title=seed.title,
        summary=seed.summary,
        date=seed.date,
        url=seed.url,
        url_source=seed.url_source,
        featured=seed.featured,
        topics=[session.get_one(Topic, topics[slug]) for slug in seed.topics],
    )
    row.authorships.clear()
    session.flush()  # the old order must be gone before the new one takes its places
    row.authorships = [
        Authorship(
            person_id=people[author.person],
            position=position,
            printed_name=author.printed,
            is_fellow=author.fellow,
        )
        for position, author in enumerate(seed.authors)
    ]


def _fill_direction(
    session: Session, row: Direction, seed: DirectionSeed, topics: Ids, mentors: Ids, papers: Ids
) -> None:
    _set(
        row,
        title=seed.title,
        summary=seed.summary,
        body=seed.body,
        origin=seed.origin,
        source=seed.source,
        position=seed.order,
        topics=[session.get_one(Topic, topics[slug]) for slug in seed.topics],
    )
    row.mentor_links.clear()
    row.paper_links.clear()
    session.flush()
    row.mentor_links = [
        DirectionMentor(mentor_id=mentors[slug], position=n) for n, slug in enumerate(seed.mentors)
    ]
    row.paper_links = [
        DirectionPaper(paper_id=papers[slug], position=n) for n, slug in enumerate(seed.papers)
    ]


def _fill_faq(row: FaqEntry, seed: FaqSeed) -> None:
    _set(
        row,
        question=seed.question,
        answer=seed.answer,
        audience=seed.audience,
        position=seed.order,
    )
