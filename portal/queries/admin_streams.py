"""Streams as those see them who edit them: admins, and leads their own."""

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.domain.permissions import Viewer
from portal.extensions import db
from portal.models import (
    Answer,
    Direction,
    Mentor,
    Offering,
    Question,
    Round,
    Stream,
    StreamMember,
    StreamMentor,
)


def find_stream(viewer: Viewer, round_slug: str, stream_slug: str) -> Stream | None:
    """The stream with its round, mentors, directions, questions, tasks and members. Six queries.

    For admins, and for the leads and co-leads of the stream.
    """
    query = (
        sa.select(Stream)
        .join(Round, Round.id == Stream.round_id)
        .where(Round.slug == round_slug, Stream.slug == stream_slug)
        .options(
            joinedload(Stream.round),
            selectinload(Stream.mentor_links).joinedload(StreamMentor.mentor),
            selectinload(Stream.offerings).joinedload(Offering.direction),
            selectinload(Stream.questions),
            selectinload(Stream.work_tests),
            selectinload(Stream.members).joinedload(StreamMember.user),
        )
    )
    if not viewer.is_admin:
        query = query.where(Stream.id.in_(viewer.led_stream_ids))
    return db.session.scalar(query)


def answers_by_question(stream_id: int) -> dict[int, int]:
    """How many people have answered each question of a stream. One query."""
    rows = db.session.execute(
        sa.select(Answer.question_id, sa.func.count(Answer.id))
        .join(Question, Question.id == Answer.question_id)
        .where(Question.stream_id == stream_id, Answer.text != "")
        .group_by(Answer.question_id)
    )
    return dict(rows.all())


def mentor_choices() -> list[tuple[int, str]]:
    """All mentors by name. One query."""
    rows = db.session.execute(sa.select(Mentor.id, Mentor.name).order_by(Mentor.name, Mentor.id))
    return list(rows.all())


def direction_choices(round_id: int) -> list[tuple[int, str, str | None, int | None]]:
    """All directions by title: id, title, and the stream (name, id) that offers it in this round. One query."""
    rows = db.session.execute(
        sa.select(Direction.id, Direction.title, Stream.name, Stream.id)
        .outerjoin(
            Offering,
            sa.and_(Offering.direction_id == Direction.id, Offering.round_id == round_id),
        )
        .outerjoin(Stream, Stream.id == Offering.stream_id)
        .order_by(Direction.title, Direction.id)
    )
    return list(rows.all())
