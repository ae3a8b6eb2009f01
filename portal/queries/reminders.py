"""Who has not submitted while a deadline comes near, of 50,000 drafts in a round."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.domain.applications import ApplicationState, draft_gaps
from portal.domain.mail import OPTIONAL_KINDS
from portal.domain.reminders import BEFORE, KEYS, Reminder, reached, without_choice
from portal.domain.rounds import Grant
from portal.extensions import db
from portal.models import (
    Application,
    Choice,
    Extension,
    Offering,
    OutboxMessage,
    Round,
    Stream,
    User,
)
from portal.models.base import UTCDateTime
from portal.queries import applications

KIND = "draft_reminder"


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


def due(round_: Closing, now: datetime) -> list[int]:
    """The drafts of which a reminder has come due and is not in the outbox: their ids, by one statement.

    Who has an extension is always among them: theirs are too different from each other to be judged here.
    """
    in_sight = _in_sight_of_all(round_, now)
    ahead = _ahead(round_, now)
    granted = sa.select(Extension.user_id).where(Extension.round_id == round_.round_id)
    rows = db.session.scalars(
        sa.select(Application.id)
        .join(User, User.id == Application.user_id)
        .where(
            Application.round_id == round_.round_id,
            Application.state == ApplicationState.DRAFT,
            User.active,
            User.closed_at.is_(None),
            ~sa.cast(User.declined_mail, sa.Text).contains(f'"{OPTIONAL_KINDS[KIND]}"'),
            sa.or_(
                _not_reminded(ahead, in_sight) if in_sight else sa.false(),
                Application.user_id.in_(granted) if round_.grants else sa.false(),
            ),
        )
        .order_by(Application.id)
    )
    return list(rows)


def _in_sight_of_all(round_: Closing, now: datetime) -> list[Reminder]:
    """The reminders of the deadlines that hold for everybody, one a deadline."""
    deadlines = {round_.closes_at, *(at for at in round_.stream_closes.values() if at)}
    return [each for at in sorted(deadlines) if (each := reached(at, now))]


def _ahead(round_: Closing, now: datetime) -> sa.ColumnElement[datetime | None]:
    """The next deadline of an application's owner, if they have no extension (`domain.reminders.next_deadline`)."""
    none_chosen = _at(without_choice(round_.closes_at, round_.stream_closes, (), now))
    if not any(round_.stream_closes.values()):
        return none_chosen
    closes_at = sa.func.coalesce(Stream.closes_at, _at(round_.closes_at))
    chosen = (
        sa.select(
            sa.case(
                (sa.func.count() == 0, none_chosen),
                else_=sa.func.min(sa.case((closes_at > now, closes_at))),
            )
        )
        .select_from(Choice)
        .join(Offering, Offering.id == Choice.offering_id)
        .join(Stream, Stream.id == Offering.stream_id)
        .where(Choice.application_id == Application.id)
    )
    return chosen.correlate(Application).scalar_subquery()


def _not_reminded(
    ahead: sa.ColumnElement[datetime | None], in_sight: Sequence[Reminder]
) -> sa.ColumnElement[bool]:
    """Whether the reminder of this deadline is one for somebody who began then, and has yet to be written."""
    key = (
        sa.literal(KEYS)
        + sa.cast(Application.id, sa.String)
        + ":"
        + sa.case(*((_at(each.closes_at), each.ending) for each in in_sight), value=ahead)
    )
    latest = sa.case(
        *((_at(each.closes_at), _at(each.closes_at - each.before)) for each in in_sight),
        value=ahead,
    )
    written = sa.exists().where(OutboxMessage.dedupe_key == key)
    return sa.and_(Application.created_at <= latest, ~written)


def _at(instant: datetime | None) -> sa.ColumnElement[datetime | None]:
    return sa.literal(instant, UTCDateTime())


def owners(application_ids: Sequence[int]) -> list[DraftOwner]:
    """These drafts of open accounts by their id, with the streams they chose. Two statements."""
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
            Application.id.in_(application_ids),
            Application.state == ApplicationState.DRAFT,
            User.active,
            User.closed_at.is_(None),
        )
        .order_by(Application.id)
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
