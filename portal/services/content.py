"""Edit published content in the portal: checked for staleness, kept in the audit log, never overwritten by a load."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.adapters.search import searchable
from portal.domain.content import AuthorLine, Content, may_edit, read_authors, write_authors
from portal.domain.permissions import Viewer
from portal.domain.slugs import slug_of
from portal.domain.text import fold
from portal.domain.verdict import Refused
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
from portal.models.papers import paper_topics
from portal.queries.editing import MODELS, owners
from portal.services import audit
from portal.services.versions import Stale, changes
from portal.services.work import locked, writing

Row: TypeAlias = Topic | Mentor | Paper | Direction | FaqEntry
PLAIN: dict[Content, tuple[str, ...]] = {
    Content.TOPIC: ("name", "description"),
    Content.MENTOR: ("name", "organisation", "position", "city", "area", "bio", "source"),
    Content.PAPER: ("title", "summary", "date", "url", "url_source", "featured"),
    Content.DIRECTION: ("title", "summary", "body", "source", "position"),
    Content.ANSWER: ("question", "answer", "audience", "position"),
}
# What names a row: its address is made from it, and two rows of a kind may not share it.
NAMED_BY = {
    Content.TOPIC: "name",
    Content.MENTOR: "name",
    Content.PAPER: "title",
    Content.DIRECTION: "title",
    Content.ANSWER: "question",
}

TAKEN = "There is one with these words already."


@dataclass(frozen=True)
class Saved:
    id: int
    slug: str


@dataclass(frozen=True)
class Invalid:
    """A value that cannot stand: the field and the sentence for it."""

    field: str
    problem: str


def save(
    viewer: Viewer,
    kind: Content,
    row_id: int | None,
    version: int,
    values: Mapping[str, Any],
    now: datetime,
) -> Saved | Stale | Invalid | Refused:
    """Add a row (`row_id` None) or change the given fields of one.

    `values` may hold the plain fields of the kind and the lists "topics", "mentors", "papers" (ids) and "authors"
    (lines of text). A save against an older version answers Stale and changes nothing.
    """
    try:
        return _save(viewer, kind, row_id, version, values, now)
    except IntegrityError:  # two people gave the same name at the same instant
        return Invalid(NAMED_BY[kind], TAKEN)


def _save(
    viewer: Viewer,
    kind: Content,
    row_id: int | None,
    version: int,
    values: Mapping[str, Any],
    now: datetime,
) -> Saved | Stale | Invalid | Refused:
    with writing() as session:
        row = locked(session, MODELS[kind], row_id) if row_id else None
        if row_id and row is None:
            return Refused("This text no longer exists.", "It was removed in the meantime.")
        verdict = may_edit(viewer, owners(row) if row else ())
        if isinstance(verdict, Refused):
            return verdict
        if row is not None and row.version != version:
            return Stale(snapshot(kind, row), str(row.version))
        problem = _name_problem(session, kind, row, values)
        if problem:
            return problem
        return _write(session, viewer, kind, row, values, now)


def snapshot(kind: Content, row: Row) -> dict[str, Any]:
    """The editable fields of a row as plain values; lists as ids, authors as lines."""
    found: dict[str, Any] = {name: getattr(row, name) for name in PLAIN[kind]}
    if isinstance(row, Direction):
        found["topics"] = sorted(topic.id for topic in row.topics)
        found["mentors"] = [link.mentor_id for link in row.mentor_links]
        found["papers"] = [link.paper_id for link in row.paper_links]
    if isinstance(row, Paper):
        found["topics"] = sorted(topic.id for topic in row.topics)
        found["authors"] = write_authors(
            AuthorLine(a.printed_name, a.is_fellow) for a in row.authorships
        )
    return found


def _write(
    session: Session,
    viewer: Viewer,
    kind: Content,
    row: Any,
    values: Mapping[str, Any],
    now: datetime,
) -> Saved:
    before = snapshot(kind, row) if row is not None else {}
    if row is None:
        row = MODELS[kind](slug=_free_slug(session, kind, values[NAMED_BY[kind]]), version=0)
    for name in PLAIN[kind]:
        if name in values:
            setattr(row, name, values[name])
    session.add(row)
    _write_lists(session, row, values)
    row.version += 1
    row.edited_at = now
    session.flush()
    _refresh_search(session, row)
    old, new = changes(before, snapshot(kind, row))
    audit.record(
        session,
        f"content.{'edited' if before else 'added'}",
        at=now,
        actor_id=viewer.user_id,
        subject=(kind.value, row.id),
        before=_readable(old),
        after=_readable(new),
    )
    return Saved(row.id, row.slug)


def _name_problem(
    session: Session, kind: Content, row: Row | None, values: Mapping[str, Any]
) -> Invalid | None:
    field = NAMED_BY[kind]
    name = values.get(field)
    if name is None:
        return None
    model = MODELS[kind]
    same = sa.select(model.id).where(getattr(model, field) == name)
    if row is not None:
        same = same.where(model.id != row.id)
    if session.scalar(same) is None:
        return None
    return Invalid(field, TAKEN)


def _free_slug(session: Session, kind: Content, name: str) -> str:
    """An address of its own; "new" is the page that adds one."""
    taken = set(session.scalars(sa.select(MODELS[kind].slug)))
    return slug_of(name, {*taken, "new"}, otherwise=kind.value)


def _write_lists(session: Session, row: Row, values: Mapping[str, Any]) -> None:
    if isinstance(row, Paper | Direction) and "topics" in values:
        row.topics = list(session.scalars(sa.select(Topic).where(Topic.id.in_(values["topics"]))))
    if isinstance(row, Direction):
        if "mentors" in values:
            wanted = _kept_order([link.mentor_id for link in row.mentor_links], values["mentors"])
            row.mentor_links.clear()
            session.flush()
            row.mentor_links = [
                DirectionMentor(mentor_id=number, position=n) for n, number in enumerate(wanted)
            ]
        if "papers" in values:
            wanted = _kept_order([link.paper_id for link in row.paper_links], values["papers"])
            row.paper_links.clear()
            session.flush()
            row.paper_links = [
                DirectionPaper(paper_id=number, position=n) for n, number in enumerate(wanted)
            ]
    if isinstance(row, Paper) and "authors" in values:
        _write_authors(session, row, read_authors(values["authors"]))


def _kept_order(present: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """What was there keeps its place, what is new follows: a set of ticks says nothing about an order."""
    return [n for n in present if n in wanted] + [n for n in wanted if n not in present]


def _write_authors(session: Session, paper: Paper, lines: Sequence[AuthorLine]) -> None:
    people = [_person(session, line.name) for line in lines]
    paper.authorships.clear()
    session.flush()
    paper.authorships = [
        Authorship(person=person, position=n, printed_name=line.name, is_fellow=line.fellow)
        for n, (person, line) in enumerate(zip(people, lines, strict=True))
    ]


def _person(session: Session, name: str) -> Person:
    """The author of this name or variant; a name that nobody has yet becomes a new person."""
    found = session.scalar(
        sa.select(Person)
        .outerjoin(PersonVariant)
        .where(sa.or_(Person.name == name, PersonVariant.name == name))
        .order_by(Person.id)
    )
    if found is None:
        base = "-".join("".join(c if c.isalnum() else " " for c in fold(name)).split())[:70]
        number = session.scalar(sa.select(sa.func.max(Person.id))) or 0
        found = Person(slug=f"{base or 'author'}-{number + 1}", name=name)
        session.add(found)
        session.flush()
    return found


def _refresh_search(session: Session, row: Row) -> None:
    """Keep the searched text of the papers that an edit touches in step."""
    if isinstance(row, Topic):
        papers = list(
            session.scalars(
                sa.select(Paper).join(paper_topics).where(paper_topics.c.topic_id == row.id)
            )
        )
    else:
        papers = [row] if isinstance(row, Paper) else []
    for paper in papers:
        names = [
            name
            for authorship in paper.authorships
            for name in (
                authorship.printed_name,
                authorship.person.name,
                *(variant.name for variant in authorship.person.variants),
            )
        ]
        topics = [topic.name for topic in paper.topics]
        paper.search_text = searchable(paper.title, paper.summary, *names, *topics)


def _readable(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }
