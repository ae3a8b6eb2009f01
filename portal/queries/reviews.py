"""What readers see of the applications to their streams. How it is scoped is in `scope`."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from typing import Any

import sqlalchemy as sa

from portal.domain.permissions import Viewer
from portal.domain.review import ReviewState
from portal.domain.text import fold
from portal.extensions import db
from portal.models import (
    Application,
    Direction,
    Offering,
    Review,
    Round,
    Stream,
    StreamApplication,
    Submission,
    SubmissionChoice,
    User,
)
from portal.queries.scope import (
    blind_or,
    identity_for,
    is_called,
    key_of,
    name_or_label,
    visible_to,
)

PAGE = 50
RECENT_REVIEWS = 30
MINE = ("left", "unread", "draft", "done", "changed")
SORTS = ("least", "oldest", "newest", "rank")
RANKS = ("1", "2", "3")  # 3 means third or later


@dataclass(frozen=True)
class QueueFilter:
    """What a reader asked for in the address of the queue. Unknown values never get here."""

    stream: int | None = None
    direction: int | None = None
    mine: str = ""
    rank: str = ""
    q: str = ""
    sort: str = "least"

    @property
    def narrows(self) -> bool:
        """Whether it leaves less than all of the streams it covers."""
        return any((self.direction, self.mine, self.rank, self.q))

    @property
    def is_active(self) -> bool:
        return bool(self.stream) or self.narrows


@dataclass(frozen=True)
class TaggedDirection:
    """A direction of this stream that the applicant chose, and at which place of their list."""

    rank: int
    title: str


@dataclass(frozen=True)
class QueueRow:
    """One line of the queue. `reads` counts submitted reviews; what they say is not here.

    `id` is what `key_of` says. While the review is anonymised there is no `identity`, and no instant.
    """

    id: int
    identity: str | None
    stream: str
    received_at: datetime | None
    words: int
    reads: int
    own: ReviewState | None
    changed: bool
    directions: tuple[TaggedDirection, ...] = ()

    @property
    def name(self) -> str:
        return name_or_label(self.identity, self.id)


@dataclass(frozen=True)
class Workload:
    """What is left of this reader's queue: counts and words."""

    total: int
    done: int
    words_left: int

    @property
    def left(self) -> int:
        return self.total - self.done


@dataclass(frozen=True)
class StreamChoice:
    """A stream of the viewer's for the filter, with its directions as (id, title)."""

    id: int
    name: str
    round_name: str
    released: bool
    draft: bool = False
    directions: list[tuple[int, str]] = field(default_factory=list)


def own_streams(viewer: Viewer, now: datetime) -> list[StreamChoice]:
    """The viewer's streams with their directions: rounds still to be released first, drafts last."""
    rows = db.session.execute(
        sa.select(Stream.id, Stream.name, Round, Direction.id, Direction.title)
        .join(Round, Round.id == Stream.round_id)
        .outerjoin(Offering, Offering.stream_id == Stream.id)
        .outerjoin(Direction, Direction.id == Offering.direction_id)
        .where(Stream.id.in_(viewer.stream_ids))
        .order_by(Stream.name, Stream.id, Offering.position, Direction.title)
    )
    streams: dict[int, StreamChoice] = {}
    for stream_id, name, round_, direction_id, title in rows:
        released = round_.released_at is not None and round_.released_at <= now
        draft = round_.published_at is None or round_.published_at > now
        choice = streams.setdefault(
            stream_id, StreamChoice(stream_id, name, round_.name, released, draft)
        )
        if direction_id is not None:
            choice.directions.append((direction_id, title))
    return sorted(streams.values(), key=lambda choice: (choice.draft, choice.released))


def in_scope(streams: Sequence[StreamChoice], wanted: QueueFilter) -> list[int]:
    """The streams a queue covers: the one asked for, else those of rounds whose decisions are still to come."""
    if wanted.stream:
        return [choice.id for choice in streams if choice.id == wanted.stream]
    current = [choice.id for choice in streams if not (choice.released or choice.draft)]
    return current or [choice.id for choice in streams]


def _filtered(
    query: sa.Select[Any], viewer: Viewer, stream_ids: Sequence[int], wanted: QueueFilter
) -> sa.Select[Any]:
    query = query.where(visible_to(viewer), StreamApplication.stream_id.in_(stream_ids))
    if wanted.mine:
        query = query.where(_MINE[wanted.mine])
    if wanted.rank:
        rank = int(wanted.rank)
        best = StreamApplication.best_rank
        query = query.where(best >= rank if wanted.rank == RANKS[-1] else best == rank)
    if wanted.direction:
        query = query.where(
            sa.exists().where(
                SubmissionChoice.submission_id == StreamApplication.submission_id,
                SubmissionChoice.stream_id == StreamApplication.stream_id,
                SubmissionChoice.offering_id == Offering.id,
                Offering.direction_id == wanted.direction,
            )
        )
    for word in fold(wanted.q).split():
        found = sa.exists().where(
            Submission.id == StreamApplication.submission_id,
            Submission.search_text.contains(word, autoescape=True),
        )
        query = query.where(sa.or_(found, is_called(viewer, word)))
    return query


_DONE = Review.state == ReviewState.SUBMITTED
_MINE = {
    "left": sa.or_(Review.id.is_(None), Review.state == ReviewState.DRAFT),
    "unread": Review.id.is_(None),
    "draft": Review.state == ReviewState.DRAFT,
    "done": _DONE,
    "changed": Review.submission_id != StreamApplication.submission_id,
}


def _joined(query: Any, viewer: Viewer) -> sa.Select[Any]:
    joined: sa.Select[Any] = query.join(
        Application, Application.id == StreamApplication.application_id
    ).outerjoin(
        Review,
        sa.and_(
            Review.stream_application_id == StreamApplication.id,
            Review.reader_id == viewer.user_id,
        ),
    )
    return joined


def _order(viewer: Viewer, sort: str) -> list[sa.ColumnElement[Any]]:
    """The order of a queue. That of arrival, and of ids, is not told where the review is anonymised."""
    oldest = blind_or(viewer, sa.null(), StreamApplication.first_received_at)
    orders: dict[str, list[Any]] = {
        "least": [sa.case((_DONE, 1), else_=0), StreamApplication.reads, oldest],
        "oldest": [oldest],
        "newest": [oldest.desc()],
        "rank": [StreamApplication.best_rank, oldest],
    }
    return [*orders[sort], key_of(viewer)]


def queue(
    viewer: Viewer,
    stream_ids: Sequence[int],
    wanted: QueueFilter,
    page: int,
    known: Workload,
) -> tuple[list[QueueRow], int]:
    """One page of the queue, and how many applications the filter leaves. `known` saves a count where it can."""
    ids = _filtered(_joined(sa.select(StreamApplication.id), viewer), viewer, stream_ids, wanted)
    counted = sa.func.count().over() if wanted.narrows else sa.literal(known.total)
    found = db.session.execute(
        ids.add_columns(counted)
        .order_by(*_order(viewer, wanted.sort))
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    chosen = [key for key, _ in found]
    if found or page == 1:
        total = found[0][1] if found else 0
    else:
        total = db.session.scalar(sa.select(sa.func.count()).select_from(ids.subquery())) or 0
    return _rows(viewer, chosen), total


def _rows(viewer: Viewer, ids: Sequence[int]) -> list[QueueRow]:
    query: sa.Select[Any] = _joined(
        sa.select(
            StreamApplication.id,
            key_of(viewer),
            identity_for(viewer),
            Stream.name,
            blind_or(viewer, sa.null(), Submission.received_at),
            StreamApplication.words,
            StreamApplication.reads,
            Review.state,
            sa.and_(
                Review.id.is_not(None), Review.submission_id != StreamApplication.submission_id
            ),
        ),
        viewer,
    )
    query = (
        query.join(User, User.id == Application.user_id)
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .join(Submission, Submission.id == StreamApplication.submission_id)
        .where(StreamApplication.id.in_(ids))
    )
    tagged = directions_of(ids)
    rows = {
        key: QueueRow(
            shown, name, stream, received_at, words, reads, own, bool(changed), tuple(tagged[key])
        )
        for key, shown, name, stream, received_at, words, reads, own, changed in db.session.execute(
            query
        )
    }
    return [rows[key] for key in ids if key in rows]


def directions_of(ids: Sequence[int]) -> dict[int, list[TaggedDirection]]:
    """By stream application: this stream's directions in its submission. Other streams' choices stay out."""
    found: dict[int, list[TaggedDirection]] = defaultdict(list)
    rows = db.session.execute(
        sa.select(StreamApplication.id, SubmissionChoice.rank, Direction.title)
        .join(
            SubmissionChoice,
            sa.and_(
                SubmissionChoice.submission_id == StreamApplication.submission_id,
                SubmissionChoice.stream_id == StreamApplication.stream_id,
            ),
        )
        .join(Offering, Offering.id == SubmissionChoice.offering_id)
        .join(Direction, Direction.id == Offering.direction_id)
        .where(StreamApplication.id.in_(ids))
        .order_by(SubmissionChoice.rank)
    )
    for key, rank, title in rows:
        found[key].append(TaggedDirection(rank, title))
    return found


def workload(viewer: Viewer, stream_ids: Sequence[int]) -> Workload:
    """What there is to read in these streams, whatever the filter shows.

    What is done is counted from the reader's own reviews, that are few, rather than by asking each application.
    """
    everything = (
        sa.select(sa.func.count().label("total"), _sum_of_words())
        .select_from(StreamApplication)
        .join(Application, Application.id == StreamApplication.application_id)
        .where(visible_to(viewer), StreamApplication.stream_id.in_(stream_ids))
    )
    own = sa.and_(
        Review.stream_application_id == StreamApplication.id,
        Review.reader_id == viewer.user_id,
        _DONE,
    )
    done = everything.join(Review, own).subquery()
    whole = everything.subquery()
    total, words, read, words_read = db.session.execute(
        sa.select(whole.c.total, whole.c.words, done.c.total, done.c.words).select_from(
            whole.join(done, sa.true())
        )
    ).one()
    return Workload(total, read, words - words_read)


def _sum_of_words() -> sa.Label[int]:
    return sa.func.coalesce(sa.func.sum(StreamApplication.words), 0).label("words")


def recent_instants(viewer: Viewer) -> list[datetime]:
    """When this reader submitted their latest reviews, for the pace."""
    rows = db.session.scalars(
        sa.select(Review.submitted_at)
        .where(Review.reader_id == viewer.user_id, Review.submitted_at.is_not(None))
        .order_by(Review.submitted_at.desc())
        .limit(RECENT_REVIEWS)
    )
    return [at for at in rows if at is not None]


@dataclass(frozen=True)
class Neighbours:
    """Where an application stands in the filtered queue; `position` counts from 1, 0 when it is not in it.

    `to_do` is where a reader goes on after scoring it: the next not scored yet, from the top again at the end.
    """

    position: int
    total: int
    previous: int | None
    next: int | None
    to_do: int | None


def neighbours(
    viewer: Viewer, stream_ids: Sequence[int], wanted: QueueFilter, current: int
) -> Neighbours:
    """What stands around `current` in the queue it was opened from."""
    # One number a row, since a long queue is read whole: its key, and in its sign whether it is done.
    key = key_of(viewer)
    mark = sa.case((_DONE, -key), else_=key)
    query = _filtered(_joined(sa.select(mark), viewer), viewer, stream_ids, wanted)
    # Past the ORM, which would look at each of thousands of rows.
    found = db.session.connection().execute(query.order_by(*_order(viewer, wanted.sort)))
    marks = found.scalars().all()
    at = next((marks.index(mark) for mark in (current, -current) if mark in marks), -1)
    after = chain(islice(marks, at + 1, None), islice(marks, max(at, 0)))
    return Neighbours(
        position=at + 1,
        total=len(marks),
        previous=abs(marks[at - 1]) if at > 0 else None,
        next=abs(marks[at + 1]) if at + 1 < len(marks) else None,
        to_do=next((mark for mark in after if mark > 0), None),
    )
