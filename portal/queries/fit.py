"""Directions near a text, and why: the index of `domain.fit` over what the database holds now.

An index is kept in each process for each set of directions, and built anew when the content it was built from has
changed: one statement asks for that. Texts are neither kept nor logged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal import paths
from portal.domain.fit import Fit, FitIndex, FitResult, Passage, Subject
from portal.domain.glossary import EMPTY, Glossary
from portal.extensions import db
from portal.models import Direction, DirectionPaper, Paper, Topic
from portal.queries.directions import DirectionView, directions_by_id, offered_ids
from portal.queries.rounds import open_direction_ids

LONGEST_TEXT = 20_000  # characters; a text beyond is refused by the page, cut here
KEPT_INDEXES = 16

Stamp = tuple[Any, ...]
Scope = tuple[str, int]


@dataclass(frozen=True)
class Word:
    """One of the reader's words, the part of the score it carried (0 to 1), and the field's word if not literal."""

    word: str
    portion: float
    via: str = ""


@dataclass(frozen=True)
class Evidence:
    """What one paper, or the description itself (`slug` is None), carried: its part of the score, 0 to 1."""

    slug: str | None
    title: str
    portion: float
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Explained:
    """How near a text is to one direction. The portions of `evidence` add up to one unless the score is zero."""

    direction_id: int
    title: str
    score: float
    band: str
    words: tuple[Word, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Near:
    """The answer to one text. `verdict`: fits, nothing or short. `among`: open, round or all directions."""

    verdict: str
    note: str
    among: str
    fits: tuple[Explained, ...]
    closest: tuple[Explained, ...]


def near(text: str, now: datetime, round_id: int | None = None, limit: int = 3) -> Near:
    """The directions that `text` is near, best first, or a stated abstention with the closest two.

    Among those that `round_id` offers; without one among those open now, or all of them while none is open.
    One or two statements while the content stays as it is.
    """
    among, index = _index_for(now, round_id)
    result: FitResult = index.rank(text[:LONGEST_TEXT], limit)
    return Near(
        verdict=result.verdict,
        note=result.note,
        among=among,
        fits=tuple(_explained(index, fit) for fit in result.fits),
        closest=tuple(_explained(index, fit) for fit in result.closest),
    )


def explain(text: str, direction_id: int, round_id: int | None = None) -> Explained | None:
    """How near `text` is to one direction, whatever the score; None where there is no such direction.

    Compared within what `round_id` offers, or within all directions. One statement while the content stays.
    """
    index = _index(("round", round_id)) if round_id is not None else _index(("all", 0))
    if index is None or not _holds(index, direction_id):
        return None
    return _explained(index, index.explain(text[:LONGEST_TEXT], str(direction_id)))


def views_of(found: Sequence[Explained], now: datetime) -> dict[int, DirectionView]:
    """The directions behind the answers, for pages. Four statements."""
    return directions_by_id([each.direction_id for each in found], now) if found else {}


def _index_for(now: datetime, round_id: int | None) -> tuple[str, FitIndex]:
    if round_id is not None:
        found = _index(("round", round_id))
        return "round", found or FitIndex.build(())
    found = _index(("open", 0), now)
    if found is not None:
        return "open", found
    return "all", _index(("all", 0)) or FitIndex.build(())


_kept: dict[Scope, tuple[Stamp, FitIndex]] = {}


def _index(scope: Scope, now: datetime | None = None) -> FitIndex | None:
    """The index of a scope, built anew if its content changed; None where the scope holds no direction."""
    ids = _ids(scope, now)
    stamp = _stamp(ids)
    if not stamp:
        return None
    held = _kept.get(scope)
    if held is not None and held[0] == stamp:
        return held[1]
    index = FitIndex.build(_subjects(ids), glossary())
    if len(_kept) >= KEPT_INDEXES:
        _kept.clear()
    _kept[scope] = (stamp, index)
    return index


def _ids(scope: Scope, now: datetime | None) -> sa.Select[int]:
    kind, key = scope
    if kind == "round":
        return offered_ids(key)
    if kind == "open" and now is not None:
        return open_direction_ids(now)
    return sa.select(Direction.id)


def _stamp(ids: sa.Select[int]) -> Stamp:
    """What changes whenever a text of the scope does: one short row for each direction, paper and topic."""
    papers = sa.select(DirectionPaper.paper_id).where(DirectionPaper.direction_id.in_(ids))
    directions = _marks("d", Direction, Direction.title, Direction.body).where(
        Direction.id.in_(ids)
    )
    illustrating = _marks("p", Paper, Paper.title, Paper.summary).where(Paper.id.in_(papers))
    topics = _marks("t", Topic, Topic.name, Topic.description)
    rows = db.session.execute(sa.union_all(directions, illustrating, topics)).all()
    if not any(row[0] == "d" for row in rows):
        return ()
    return tuple(sorted(tuple(row) for row in rows))


def _marks(kind: str, model: Any, title: Any, text: Any) -> sa.Select[Any]:
    return sa.select(
        sa.literal(kind),
        model.id,
        model.version,
        sa.func.coalesce(model.seed_digest, ""),
        title,
        sa.func.length(text),
    )


def _subjects(ids: sa.Select[int]) -> list[Subject]:
    """The directions with the papers that illustrate them, as the index takes them. Six statements."""
    directions = db.session.scalars(
        sa.select(Direction)
        .where(Direction.id.in_(ids))
        .order_by(Direction.id)
        .options(
            selectinload(Direction.topics),
            selectinload(Direction.paper_links)
            .joinedload(DirectionPaper.paper)
            .selectinload(Paper.topics),
        )
    ).all()
    return [
        Subject(
            key=str(direction.id),
            title=direction.title,
            text=f"{direction.summary}\n\n{direction.body}",
            passages=tuple(_passage(link.paper) for link in direction.paper_links),
            topics=tuple(topic.name for topic in direction.topics),
        )
        for direction in directions
    ]


def _passage(paper: Paper) -> Passage:
    topics = tuple(topic.name for topic in paper.topics)
    return Passage(paper.slug, paper.title, paper.summary, topics)


@cache
def glossary() -> Glossary:
    """The glossary of the reference content; an empty one where there is none."""
    source = paths.SEEDS / "reference" / "glossary.toml"
    return Glossary.parse(source.read_text("utf-8")) if source.is_file() else EMPTY


def _holds(index: FitIndex, direction_id: int) -> bool:
    return any(subject.key == str(direction_id) for subject in index.subjects)


def _explained(index: FitIndex, fit: Fit) -> Explained:
    subject = next(each for each in index.subjects if each.key == fit.subject_key)
    titles = {passage.key: passage.title for passage in subject.passages}
    whole = fit.score or 1.0
    evidence = tuple(
        Evidence(
            slug=reason.passage_key,
            title=titles.get(reason.passage_key or "", ""),
            portion=reason.share / whole,
            words=tuple(Word(t.word, t.share / whole, t.via) for t in reason.terms),
        )
        for reason in fit.reasons
    )
    words = tuple(Word(t.word, t.share / whole, t.via) for t in fit.words())
    return Explained(int(subject.key), subject.title, fit.score, fit.band, words, evidence)
