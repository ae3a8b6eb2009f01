"""Reference content as files that a person edits: TOML, and Markdown with a TOML head between `+++` lines.

A mistake is named by file, entry and field, and nothing of the folder is used.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from portal.models import Origin


class SeedError(ValueError):
    """A mistake in a seed file, such as `papers.toml: too-late-to-recall: date: is missing`."""

    def __init__(self, file: str, entry: str, field: str, problem: str) -> None:
        self.file, self.entry, self.field, self.problem = file, entry, field, problem
        super().__init__(f"{file}: {entry}: {field}: {problem}")


@dataclass(frozen=True)
class TopicSeed:
    slug: str
    name: str
    description: str


@dataclass(frozen=True)
class PersonSeed:
    slug: str
    name: str
    variants: tuple[str, ...]


@dataclass(frozen=True)
class AuthorSeed:
    person: str
    printed: str
    fellow: bool


@dataclass(frozen=True)
class PaperSeed:
    slug: str
    title: str
    date: date
    topics: tuple[str, ...]
    featured: bool
    url: str
    url_source: str
    summary: str
    authors: tuple[AuthorSeed, ...]


@dataclass(frozen=True)
class MentorSeed:
    slug: str
    name: str
    person: str
    organisation: str
    position: str
    city: str
    area: str
    bio: str
    source: str


@dataclass(frozen=True)
class DirectionSeed:
    slug: str
    title: str
    summary: str
    mentors: tuple[str, ...]
    topics: tuple[str, ...]
    papers: tuple[str, ...]
    origin: Origin
    source: str
    order: int
    body: str


@dataclass(frozen=True)
class FaqSeed:
    slug: str
    question: str
    order: int
    audience: str
    answer: str


@dataclass(frozen=True)
class ReferenceSeeds:
    """Everything in the folder, each kind in file order."""

    topics: tuple[TopicSeed, ...]
    people: tuple[PersonSeed, ...]
    papers: tuple[PaperSeed, ...]
    mentors: tuple[MentorSeed, ...]
    directions: tuple[DirectionSeed, ...]
    faq: tuple[FaqSeed, ...]


@dataclass
class _Entry:
    """One entry being read: each getter names the field it fails on."""

    file: str
    name: str
    values: Mapping[str, Any]

    def refuse(self, field: str, problem: str) -> SeedError:
        return SeedError(self.file, self.name, field, problem)

    def _get(self, field: str, kind: type, words: str) -> Any:
        if field not in self.values:
            raise self.refuse(field, "is missing")
        value = self.values[field]
        if type(value) is not kind:
            raise self.refuse(field, f"must be {words}")
        return value

    def text(self, field: str, *, needed: bool = True) -> str:
        """A text with its white space folded to single spaces."""
        value = " ".join(self._get(field, str, "a text").split())
        if needed and not value:
            raise self.refuse(field, "is empty")
        return value

    def texts(self, field: str) -> tuple[str, ...]:
        values = self._get(field, list, "a list of texts")
        if not all(isinstance(value, str) for value in values):
            raise self.refuse(field, "must be a list of texts")
        if len(set(values)) < len(values):
            raise self.refuse(field, "names something twice")
        return tuple(values)

    def number(self, field: str) -> int:
        return int(self._get(field, int, "a whole number"))

    def flag(self, field: str) -> bool:
        return bool(self._get(field, bool, "true or false"))

    def day(self, field: str) -> date:
        found: date = self._get(field, date, "a date such as 2025-02-24")
        return found

    def web_address(self, field: str) -> str:
        value = self.text(field, needed=False)
        if value and not value.startswith(("https://", "http://")):
            raise self.refuse(field, "must begin with https:// or be empty")
        return value

    def only(self, *known: str) -> None:
        for field in self.values:
            if field not in known:
                raise self.refuse(field, "is not a field of this kind of entry")

    def nested(self, field: str) -> Iterator["_Entry"]:
        for number, values in enumerate(self._get(field, list, "a list of tables"), start=1):
            if not isinstance(values, dict):
                raise self.refuse(field, "must be a list of tables")
            yield replace(self, name=f"{self.name}: {field} {number}", values=values)


def read_reference(folder: Path) -> ReferenceSeeds:
    """Read and check the whole folder. Raises `SeedError` for the first mistake."""
    seeds = ReferenceSeeds(
        topics=tuple(_topic(entry) for entry in _tables(folder, "topics.toml", "topic")),
        people=tuple(_person(entry) for entry in _tables(folder, "people.toml", "person")),
        papers=tuple(_paper(entry) for entry in _tables(folder, "papers.toml", "paper")),
        mentors=tuple(_mentor(entry) for entry in _tables(folder, "mentors.toml", "mentor")),
        directions=tuple(_direction(*page) for page in _pages(folder, "directions")),
        faq=tuple(_faq(*page) for page in _pages(folder, "faq")),
    )
    _check_references(seeds)
    return seeds


def _parse(file: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SeedError(file, "the whole file", "TOML", str(error)) from error


def _read(path: Path, file: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SeedError(file, "the whole file", "text", str(error)) from error


def _tables(folder: Path, file: str, kind: str) -> Iterator[_Entry]:
    seen: set[str] = set()
    for number, values in enumerate(
        _parse(file, _read(folder / file, file)).get(kind, []), start=1
    ):
        entry = _Entry(file, str(values.get("slug") or f"{kind} {number}"), values)
        slug = entry.text("slug")
        if slug in seen:
            raise entry.refuse("slug", "is used twice")
        seen.add(slug)
        yield entry


def _pages(folder: Path, kind: str) -> Iterator[tuple[_Entry, str, str]]:
    """Each page as its head, its slug (the file's name without a number) and its Markdown body."""
    for path in sorted((folder / kind).glob("*.md")):
        file = f"{kind}/{path.name}"
        opening, head, body = [*_read(path, file).split("+++\n", 2), "", ""][:3]
        if opening.strip() or not body:
            raise SeedError(file, path.stem, "head", "must stand between two lines of +++")
        slug = path.stem.lstrip("0123456789").lstrip("-")
        yield _Entry(file, path.stem, _parse(file, head)), slug, body.strip()


def _topic(entry: _Entry) -> TopicSeed:
    entry.only("slug", "name", "description")
    return TopicSeed(entry.text("slug"), entry.text("name"), entry.text("description"))


def _person(entry: _Entry) -> PersonSeed:
    entry.only("slug", "name", "variants")
    return PersonSeed(entry.text("slug"), entry.text("name"), entry.texts("variants"))


def _author(entry: _Entry) -> AuthorSeed:
    entry.only("person", "printed", "fellow")
    return AuthorSeed(entry.text("person"), entry.text("printed"), entry.flag("fellow"))


def _paper(entry: _Entry) -> PaperSeed:
    fields = "slug", "title", "date", "topics", "featured", "url", "url_source", "summary"
    entry.only(*fields, "authors")
    return PaperSeed(
        slug=entry.text("slug"),
        title=entry.text("title"),
        date=entry.day("date"),
        topics=entry.texts("topics"),
        featured=entry.flag("featured"),
        url=entry.web_address("url"),
        url_source=entry.text("url_source", needed=False),
        summary=entry.text("summary"),
        authors=tuple(_author(author) for author in entry.nested("authors")),
    )


def _mentor(entry: _Entry) -> MentorSeed:
    optional = "person", "organisation", "position", "city", "area", "bio"
    entry.only("slug", "name", *optional, "source")
    return MentorSeed(
        slug=entry.text("slug"),
        name=entry.text("name"),
        **{field: entry.text(field, needed=False) for field in optional},
        source=entry.text("source"),
    )


def _direction(entry: _Entry, slug: str, body: str) -> DirectionSeed:
    lists = "mentors", "topics", "papers"
    entry.only("title", "summary", *lists, "origin", "source", "order")
    origin = entry.text("origin")
    if origin not in list(Origin):
        raise entry.refuse("origin", f"must be one of {', '.join(Origin)}")
    return DirectionSeed(
        slug=slug,
        title=entry.text("title"),
        summary=entry.text("summary"),
        **{field: entry.texts(field) for field in lists},
        origin=Origin(origin),
        source=entry.text("source", needed=False),
        order=entry.number("order"),
        body=body,
    )


def _faq(entry: _Entry, slug: str, body: str) -> FaqSeed:
    entry.only("question", "order", "audience")
    return FaqSeed(
        slug, entry.text("question"), entry.number("order"), entry.text("audience"), body
    )


def _check_references(seeds: ReferenceSeeds) -> None:
    topics = {topic.slug for topic in seeds.topics}
    people = {person.slug for person in seeds.people}
    papers = {paper.slug for paper in seeds.papers}
    mentors = {mentor.slug for mentor in seeds.mentors}
    for paper in seeds.papers:
        _known("papers.toml", paper.slug, "topics", paper.topics, topics)
        authors = tuple(author.person for author in paper.authors)
        _known("papers.toml", paper.slug, "authors", authors, people)
        if not authors or len(set(authors)) < len(authors):
            raise SeedError("papers.toml", paper.slug, "authors", "is empty or names one twice")
    for mentor in seeds.mentors:
        _known("mentors.toml", mentor.slug, "person", tuple(filter(None, [mentor.person])), people)
    for direction in seeds.directions:
        file = f"directions/{direction.slug}.md"
        _known(file, direction.slug, "topics", direction.topics, topics)
        _known(file, direction.slug, "papers", direction.papers, papers)
        _known(file, direction.slug, "mentors", direction.mentors, mentors)


def _known(file: str, entry: str, field: str, named: tuple[str, ...], known: set[str]) -> None:
    for slug in named:
        if slug not in known:
            raise SeedError(file, entry, field, f"{slug!r} stands nowhere in this folder")
