"""One mail a day to each reader who has new applications, counted by stream. Repeating it changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from portal.domain.digests import SETTLED, digest_day, is_due
from portal.domain.mail import wants
from portal.domain.permissions import Viewer
from portal.extensions import db
from portal.models import Application, Round, Stream, StreamApplication, StreamMember, User
from portal.queries.scope import visible_to
from portal.services import outbox
from portal.services.work import locked, writing


@dataclass(frozen=True)
class _Reader:
    """Who reads, as the viewer they would be on their queue."""

    viewer: Viewer
    time_zone: str
    last: datetime | None
    member_since: datetime

    @property
    def user_id(self) -> int:
        assert self.viewer.user_id is not None
        return self.viewer.user_id


def send_due_digests(now: datetime) -> int:
    """Queue the messages that are due; how many there were. Each reader is a transaction of their own."""
    due = [reader for reader in _readers() if is_due(reader.last, now, reader.time_zone)]
    return sum(_send(reader, now) for reader in due)


def _readers() -> list[_Reader]:
    """Everyone who reads for a round that is still to be decided."""
    rows = db.session.execute(
        sa.select(
            User.id,
            User.time_zone,
            User.digest_sent_at,
            StreamMember.stream_id,
            StreamMember.role,
            StreamMember.added_at,
        )
        .join(StreamMember, StreamMember.user_id == User.id)
        .join(Stream, Stream.id == StreamMember.stream_id)
        .join(Round, Round.id == Stream.round_id)
        .where(User.active, User.closed_at.is_(None), _to_be_decided())
        .order_by(User.id)
    ).all()
    return [_reader(list(group)) for _, group in groupby(rows, key=itemgetter(0))]


def _reader(memberships: list[Any]) -> _Reader:
    user_id, time_zone, last, *_ = memberships[0]
    roles = {stream_id: role for *_, stream_id, role, _ in memberships}
    since = min(added_at for *_, added_at in memberships)
    return _Reader(Viewer(user_id, roles=roles), time_zone, last, since)


def _to_be_decided() -> sa.ColumnElement[bool]:
    return sa.and_(Round.released_at.is_(None), Round.archived_at.is_(None))


def _news(reader: _Reader, now: datetime) -> list[tuple[str, int]]:
    """Streams with the number of applications that came since the last message: of those on the reader's queue."""
    since = reader.last - SETTLED if reader.last else reader.member_since
    rows = db.session.execute(
        sa.select(Stream.name, sa.func.count())
        .select_from(StreamApplication)
        .join(Application, Application.id == StreamApplication.application_id)
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .where(
            visible_to(reader.viewer),
            StreamApplication.first_received_at > since,
            StreamApplication.first_received_at <= now - SETTLED,
        )
        .group_by(Stream.id, Stream.name)
        .order_by(Stream.name)
    )
    return [(name, count) for name, count in rows]


def _send(reader: _Reader, now: datetime) -> int:
    news = _news(reader, now)
    if not news:
        return 0
    with writing() as session:
        user = locked(session, User, reader.user_id)
        if user is None or user.digest_sent_at != reader.last:
            return 0  # another worker was faster
        if not wants(user.declined_mail, "digest"):
            return 0
        outbox.queue(
            session,
            "digest",
            at=now,
            recipient=user.email,
            user_id=user.id,
            once=f"digest:{user.id}:{digest_day(now, user.time_zone)}",
            name=user.name,
            streams=news,
            total=sum(count for _, count in news),
        )
        user.digest_sent_at = now
    return 1
