"""What admins see of applications: the list of a round, one whole application, and a table to take away.

Nobody reads their own application, admins included: it is left out of everything here.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.domain.applications import ApplicationState
from portal.domain.permissions import Viewer
from portal.domain.review import Outcome
from portal.domain.rounds import Arrival
from portal.domain.text import fold
from portal.extensions import db
from portal.models import (
    Application,
    Decision,
    Direction,
    Offering,
    Round,
    Stream,
    StreamApplication,
    Submission,
    SubmissionChoice,
    User,
)

PAGE = 50
SORTS = ("newest", "oldest", "name", "unread")
DECIDED = ("undecided", *(outcome.value for outcome in Outcome))


@dataclass(frozen=True)
class Wanted:
    """What an admin asked for in the address of the list."""

    state: str = ""
    stream: int | None = None
    direction: int | None = None
    decided: str = ""
    arrival: str = ""
    q: str = ""
    sort: str = "newest"

    @property
    def is_active(self) -> bool:
        return any((self.state, self.stream, self.direction, self.decided, self.arrival, self.q))


@dataclass(frozen=True)
class Tag:
    """One stream of an application: the applicant's best rank there, finished reviews, and what was decided."""

    stream: str
    rank: int | None
    reads: int
    outcome: Outcome | None


@dataclass(frozen=True)
class Line:
    id: int
    name: str
    email: str
    state: ApplicationState
    submitted_at: datetime | None
    saved_at: datetime
    arrival: Arrival | None
    number: str | None
    tags: list[Tag] = field(default_factory=list)


@dataclass(frozen=True)
class Options:
    """What the filters offer: rounds as (slug, name), streams and directions as (id, name)."""

    rounds: list[tuple[str, str]]
    streams: list[tuple[int, str]]
    directions: list[tuple[int, str]]


def find_round(viewer: Viewer, slug: str) -> tuple[Round | None, list[tuple[str, str]]]:
    """The round of this slug, else the one whose applications matter now; and all rounds. One statement."""
    if not viewer.is_admin:
        return None, []
    rounds = db.session.scalars(
        sa.select(Round).order_by(
            Round.archived_at.is_not(None), Round.closes_at.desc().nulls_last(), Round.id.desc()
        )
    ).all()
    found = next((each for each in rounds if each.slug == slug), None)
    if found is None and not slug:
        opened = [each for each in rounds if each.published_at is not None]
        found = next(iter([*opened, *rounds]), None)
    return found, [(each.slug, each.name) for each in rounds]


def options(round_id: int, rounds: list[tuple[str, str]]) -> Options:
    """One statement for the streams and directions of a round."""
    rows = db.session.execute(
        sa.select(Stream.id, Stream.name, Direction.id, Direction.title)
        .outerjoin(Offering, Offering.stream_id == Stream.id)
        .outerjoin(Direction, Direction.id == Offering.direction_id)
        .where(Stream.round_id == round_id)
        .order_by(Stream.name, Direction.title)
    ).all()
    streams = {row[0]: row[1] for row in rows}
    directions = {row[2]: row[3] for row in rows if row[2] is not None}
    return Options(rounds, list(streams.items()), sorted(directions.items(), key=lambda d: d[1]))


def visible(viewer: Viewer) -> sa.ColumnElement[bool]:
    return sa.and_(sa.literal(viewer.is_admin), Application.user_id != viewer.user_id)


def listed(
    viewer: Viewer, round_id: int, wanted: Wanted, page: int | None
) -> tuple[list[Line], int]:
    """One page of the list and its length: four statements. All of it when `page` is None."""
    ids = _filtered(viewer, round_id, wanted)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(ids.subquery())) or 0
    ids = _ordered(ids, wanted.sort)
    if page is not None:
        ids = ids.limit(PAGE).offset((page - 1) * PAGE)
    keys = db.session.scalars(ids).all()
    lines = _lines(round_id, None if page is None else keys)
    return [lines[key] for key in keys if key in lines], total


def _lines(round_id: int, keys: Sequence[int] | None) -> dict[int, Line]:
    """These applications, or all of the round, by id. Texts of submissions are not read."""
    query = (
        sa.select(
            Application.id,
            sa.func.coalesce(sa.func.nullif(Submission.applicant_name, ""), User.name),
            User.email,
            Application.state,
            Submission.received_at,
            Application.saved_at,
            Submission.arrival,
            Submission.number,
        )
        .join(User, User.id == Application.user_id)
        .outerjoin(Submission, Submission.id == Application.current_submission_id)
        .where(Application.round_id == round_id)
    )
    if keys is not None:
        query = query.where(Application.id.in_(keys))
    tags = _tags(round_id, keys)
    return {
        key: Line(key, name, email, state, at, saved, arrival, number, tags[key])
        for key, name, email, state, at, saved, arrival, number in db.session.execute(query)
    }


def _filtered(viewer: Viewer, round_id: int, wanted: Wanted) -> Any:
    query: Any = sa.select(Application.id).where(Application.round_id == round_id, visible(viewer))
    if wanted.state:
        query = query.where(Application.state == wanted.state)
    if wanted.stream or wanted.decided:
        query = query.where(_in_stream(wanted))
    if wanted.direction:
        query = query.where(
            sa.exists().where(
                SubmissionChoice.submission_id == Application.current_submission_id,
                SubmissionChoice.offering_id == Offering.id,
                Offering.direction_id == wanted.direction,
            )
        )
    if wanted.arrival or wanted.q:
        query = query.outerjoin(Submission, Submission.id == Application.current_submission_id)
    if wanted.arrival:
        query = query.where(Submission.arrival == wanted.arrival)
    if wanted.q or wanted.sort == "name":
        query = query.join(User, User.id == Application.user_id)
    for word in fold(wanted.q).split():
        query = query.where(
            sa.or_(
                Submission.search_text.contains(word, autoescape=True),
                User.email_key.contains(word, autoescape=True),
                sa.func.lower(User.name).contains(word, autoescape=True),
            )
        )
    return query


def _in_stream(wanted: Wanted) -> sa.ColumnElement[bool]:
    found = sa.select(StreamApplication.application_id).where(
        StreamApplication.submission_id.is_not(None)
    )
    if wanted.stream:
        found = found.where(StreamApplication.stream_id == wanted.stream)
    if wanted.decided:
        found = found.outerjoin(Decision, Decision.stream_application_id == StreamApplication.id)
        found = found.where(
            Decision.id.is_(None)
            if wanted.decided == DECIDED[0]
            else Decision.outcome == wanted.decided
        )
    return Application.id.in_(found)


def _ordered(query: Any, sort: str) -> Any:
    received = Application.submitted_at
    if sort == "unread":
        least = (
            sa.select(
                StreamApplication.application_id,
                sa.func.min(StreamApplication.reads).label("reads"),
            )
            .where(StreamApplication.submission_id.is_not(None))
            .group_by(StreamApplication.application_id)
            .subquery()
        )
        query = query.outerjoin(least, least.c.application_id == Application.id)
        return query.order_by(least.c.reads.nulls_last(), received, Application.id)
    orders: dict[str, list[Any]] = {
        "newest": [received.desc().nulls_last()],
        "oldest": [received.nulls_last()],
        "name": [User.name],
    }
    return query.order_by(*orders[sort], Application.id)


def _tags(round_id: int, keys: Sequence[int] | None) -> dict[int, list[Tag]]:
    query = (
        sa.select(
            StreamApplication.application_id,
            Stream.name,
            StreamApplication.best_rank,
            StreamApplication.reads,
            Decision.outcome,
        )
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .outerjoin(Decision, Decision.stream_application_id == StreamApplication.id)
        .where(Stream.round_id == round_id, StreamApplication.submission_id.is_not(None))
        .order_by(StreamApplication.best_rank)
    )
    if keys is not None:
        query = query.where(StreamApplication.application_id.in_(keys))
    found: dict[int, list[Tag]] = defaultdict(list)
    for key, stream, rank, reads, outcome in db.session.execute(query):
        found[key].append(Tag(stream, rank, reads, outcome))
    return found
