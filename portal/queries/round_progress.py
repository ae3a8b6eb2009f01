"""How far a round's streams and their readers have come: counts over all its applications, from indexes alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from portal.domain.applications import ApplicationState
from portal.domain.permissions import StreamRole
from portal.domain.review import ReviewState
from portal.extensions import db
from portal.models import (
    Application,
    Decision,
    Review,
    Stream,
    StreamApplication,
    StreamMember,
    User,
)


@dataclass(frozen=True)
class StreamProgress:
    """Submitted applications to a stream, those of them with a finished review, and those decided."""

    tagged: int = 0
    read: int = 0
    decided: int = 0


@dataclass(frozen=True)
class ReaderLine:
    """What one member of one stream has read of it."""

    name: str
    stream_id: int
    stream: str
    role: StreamRole
    submitted: int
    started: int

    @property
    def begun(self) -> bool:
        return self.submitted + self.started > 0


_STANDING = (
    Application.state == ApplicationState.SUBMITTED,
    StreamApplication.submission_id.is_not(None),
)


def progress_of_streams(round_id: int) -> dict[int, StreamProgress]:
    """By stream, for those that got an application. One query.

    Those withdrawn are few: they are left out by a list of them, instead of asking each application for its state.
    """
    withdrawn = sa.select(Application.id).where(
        Application.round_id == round_id, Application.state == ApplicationState.WITHDRAWN
    )
    decided = StreamApplication.id.in_(sa.select(Decision.stream_application_id))
    rows = db.session.execute(
        sa.select(
            StreamApplication.stream_id,
            sa.func.count(StreamApplication.id),
            sa.func.count(sa.case((StreamApplication.reads > 0, 1))),
            sa.func.count(sa.case((decided, 1))),
        )
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .where(
            Stream.round_id == round_id,
            StreamApplication.submission_id.is_not(None),
            StreamApplication.application_id.not_in(withdrawn),
        )
        .group_by(StreamApplication.stream_id)
    )
    return {stream_id: StreamProgress(*counts) for stream_id, *counts in rows}


def undecided_in(round_ids: Sequence[int]) -> dict[int, int]:
    """By round, submitted applications to a stream that the stream has not decided about. One query."""
    rows = db.session.execute(
        sa.select(Stream.round_id, sa.func.count(StreamApplication.id))
        .join(StreamApplication, StreamApplication.stream_id == Stream.id)
        .join(Application, Application.id == StreamApplication.application_id)
        .outerjoin(Decision, Decision.stream_application_id == StreamApplication.id)
        .where(Stream.round_id.in_(round_ids), *_STANDING, Decision.id.is_(None))
        .group_by(Stream.round_id)
    )
    return dict(rows.all())


def reader_lines(round_id: int) -> list[ReaderLine]:
    """Every member of the round's streams with what they have read there, those behind first. One query."""
    done = _read_by_member(round_id).subquery()
    submitted = sa.func.coalesce(done.c.submitted, 0)
    rows = db.session.execute(
        sa.select(
            User.name,
            Stream.id,
            Stream.name,
            StreamMember.role,
            submitted,
            sa.func.coalesce(done.c.started, 0),
        )
        .select_from(StreamMember)
        .join(User, User.id == StreamMember.user_id)
        .join(Stream, Stream.id == StreamMember.stream_id)
        .outerjoin(
            done,
            sa.and_(
                done.c.reader_id == StreamMember.user_id,
                done.c.stream_id == StreamMember.stream_id,
            ),
        )
        .where(Stream.round_id == round_id)
        .order_by(Stream.name, submitted, User.name)
    )
    return [ReaderLine(*row) for row in rows]


def _read_by_member(round_id: int) -> sa.Select[int, int, int, int]:
    """Reviews counted by reader and stream, from an index that holds all it takes."""

    def counted(state: ReviewState) -> sa.ColumnElement[int]:
        return sa.func.count(sa.case((Review.state == state, 1)))

    streams = sa.select(Stream.id).where(Stream.round_id == round_id)
    return (
        sa.select(
            Review.reader_id,
            Review.stream_id,
            counted(ReviewState.SUBMITTED).label("submitted"),
            counted(ReviewState.DRAFT).label("started"),
        )
        .where(Review.stream_id.in_(streams))
        .group_by(Review.stream_id, Review.reader_id)
    )
