"""Who has not submitted while a deadline comes near: drafts of a round in batches, for 50,000 of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.domain.applications import ApplicationState, draft_gaps
from portal.domain.reminders import BEFORE
from portal.domain.rounds import Grant
from portal.extensions import db
from portal.models import Application, Choice, Extension, Offering, OutboxMessage, Round, User
from portal.queries import applications


@dataclass(frozen=True)
class Closing:
    """A round that takes applications and has a deadline in sight."""

    round_id: int
    slug: str
    name: str
    closes_at: datetime
    stream_closes: Mapping[int, datetime | None]
    stream_names: Mapping[int, str]
    grants: Mapping[int, Sequence[Grant]]


@dataclass(frozen=True)
class DraftOwner:
    """One draft and whose it is; `chosen` are the streams of the choices."""

    application_id: int
    user_id: int
    email: str
    name: str
    time_zone: str
    created_at: datetime
    declined: Sequence[str]
    chosen: frozenset[int]


def closing(now: datetime) -> list[Closing]:
    """The rounds in which a reminder can be due: a deadline of theirs, or somebody's extension, is in sight."""
    rounds = db.session.scalars(
        sa.select(Round)
        .where(
            *applications.announced(now),
            Round.opens_at <= now,
            Round.released_at.is_(None),
            sa.or_(Round.archived_at.is_(None), Round.archived_at > now),
        )
        .options(sa.orm.selectinload(Round.streams))
        .order_by(Round.id)
    ).all()
    found = (_closing(each) for each in rounds)
    return [each for each in found if each and _in_sight(each, now)]


def _closing(round_: Round) -> Closing | None:
    if round_.closes_at is None:
        return None
    grants: dict[int, list[Grant]] = defaultdict(list)
    rows = db.session.execute(
        sa.select(
            Extension.user_id, Extension.closes_at, Extension.stream_id, Extension.granted_at
        ).where(Extension.round_id == round_.id)
    )
    for user_id, closes_at, stream_id, granted_at in rows:
        grants[user_id].append(Grant(closes_at, stream_id, granted_at))
    return Closing(
        round_.id,
        round_.slug,
        round_.name,
        round_.closes_at,
        {stream.id: stream.closes_at for stream in round_.streams},
        {stream.id: stream.name for stream in round_.streams},
        grants,
    )


def _in_sight(round_: Closing, now: datetime) -> bool:
    own = [at for at in round_.stream_closes.values() if at is not None]
    granted = [each.closes_at for grants in round_.grants.values() for each in grants]
    return any(now < at <= now + max(BEFORE) for at in (round_.closes_at, *own, *granted))


def drafts(round_id: int, after: int, limit: int) -> list[DraftOwner]:
    """The next drafts of open accounts by their id, with the streams they chose. Two statements."""
    rows = db.session.execute(
        sa.select(
            Application.id,
            User.id,
            User.email,
            User.name,
            User.time_zone,
            Application.created_at,
            User.declined_mail,
        )
        .join(User, User.id == Application.user_id)
        .where(
            Application.round_id == round_id,
            Application.state == ApplicationState.DRAFT,
            Application.id > after,
            User.active,
            User.closed_at.is_(None),
        )
        .order_by(Application.id)
        .limit(limit)
    ).all()
    chosen: dict[int, set[int]] = defaultdict(set)
    for application_id, stream_id in db.session.execute(
        sa.select(Choice.application_id, Offering.stream_id)
        .join(Offering, Offering.id == Choice.offering_id)
        .where(Choice.application_id.in_([row[0] for row in rows]))
    ):
        chosen[application_id].add(stream_id)
    return [
        DraftOwner(key, user_id, email, name, zone, begun, declined, frozenset(chosen[key]))
        for key, user_id, email, name, zone, begun, declined in rows
    ]


def queued(keys: Sequence[str]) -> set[str]:
    """Which letters of these are in the outbox already."""
    rows = db.session.scalars(
        sa.select(OutboxMessage.dedupe_key).where(OutboxMessage.dedupe_key.in_(keys))
    )
    return {key for key in rows if key}


def missing(round_id: int, application_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """How many things stand between each of these drafts and a submission, by application."""
    found = applications.dossiers(round_id, application_ids)
    return {
        each.application.id: len(draft_gaps(each.draft(now))) for each in found if each.application
    }
