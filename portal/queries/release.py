"""A round's decisions looked over before they are released: counts, conflicts, what is missing, and who is told."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa

from portal.domain.applications import ApplicationState
from portal.domain.review import Outcome
from portal.extensions import db
from portal.models import (
    Application,
    Decision,
    Extension,
    Stream,
    StreamApplication,
    User,
    WorkTest,
)

SHOWN_CONFLICTS = 50


@dataclass(frozen=True)
class StreamDecisions:
    """What one stream decided. `unexplained` counts waitlisted and declined without a reason."""

    id: int
    name: str
    places: int
    counts: Mapping[Outcome, int]
    undecided: int
    unexplained: int

    @property
    def over(self) -> int:
        return max(0, self.counts.get(Outcome.ACCEPT, 0) - self.places)


@dataclass(frozen=True)
class Accepted:
    """An applicant whom several streams accepted."""

    application_id: int
    name: str
    streams: list[str]


@dataclass(frozen=True)
class Facts:
    """What a release is judged by. `mark` changes whenever a decision, or who is told, does.

    `tasks_due_at` is when the last task is due that has an instant of its own.
    """

    told: int
    undecided: int
    mark: str
    tasks_due_at: datetime | None = None


@dataclass(frozen=True)
class Overview:
    streams: list[StreamDecisions]
    conflicts: list[Accepted]
    facts: Facts
    extended: int


def standing(round_id: int) -> sa.ColumnElement[bool]:
    """Stream applications that get a decision: submitted, and in their stream's hands. Needs Application joined."""
    return sa.and_(
        Application.round_id == round_id,
        Application.state == ApplicationState.SUBMITTED,
        StreamApplication.submission_id.is_not(None),
    )


def overview(round_id: int, now: datetime) -> Overview:
    """Everything an admin looks over. Five statements, whatever the size."""
    live = sa.select(sa.func.count(Extension.user_id.distinct())).where(
        Extension.round_id == round_id, Extension.closes_at > now
    )
    tallies = _tallies(round_id)
    return Overview(
        streams=_streams(round_id, tallies),
        conflicts=_conflicts(round_id),
        facts=_facts(round_id, tallies),
        extended=db.session.scalar(live) or 0,
    )


def tasks_due_at(round_id: int) -> datetime | None:
    """When the last task of the round is due that has an instant of its own and is still asked. One statement."""
    return db.session.scalar(_latest_due(round_id))


def _latest_due(round_id: int) -> sa.Select[datetime | None]:
    latest = sa.select(sa.func.max(WorkTest.due_at)).join(Stream, Stream.id == WorkTest.stream_id)
    return latest.where(Stream.round_id == round_id, WorkTest.retired_at.is_(None))


def facts(round_id: int) -> Facts:
    """Who would be told and what is undecided now, with the mark of it. Two statements."""
    return _facts(round_id, _tallies(round_id))


@dataclass(frozen=True)
class _Tally:
    """The stream applications of one stream with one outcome; `versions` and `latest` move with every decision."""

    stream_id: int
    outcome: Outcome | None
    count: int
    unexplained: int
    versions: int
    latest: datetime | None


def _tallies(round_id: int) -> list[_Tally]:
    silent = sa.case(
        (sa.and_(Decision.outcome != Outcome.ACCEPT, Decision.reason == ""), 1), else_=0
    )
    rows = db.session.execute(
        sa.select(
            StreamApplication.stream_id,
            Decision.outcome,
            sa.func.count(),
            sa.func.sum(silent),
            sa.func.coalesce(sa.func.sum(Decision.version), 0),
            sa.func.max(Decision.decided_at),
        )
        .join(Application, Application.id == StreamApplication.application_id)
        .outerjoin(Decision, Decision.stream_application_id == StreamApplication.id)
        .where(standing(round_id))
        .group_by(StreamApplication.stream_id, Decision.outcome)
        .order_by(StreamApplication.stream_id, Decision.outcome)
    )
    return [_Tally(*row) for row in rows]


def _facts(round_id: int, tallies: list[_Tally]) -> Facts:
    told, ids, due_at = db.session.execute(
        sa.select(
            sa.func.count(Application.id),
            sa.func.coalesce(sa.func.sum(Application.id), 0),
            _latest_due(round_id).scalar_subquery(),
        ).where(Application.round_id == round_id, Application.state == ApplicationState.SUBMITTED)
    ).one()
    undecided = sum(tally.count for tally in tallies if tally.outcome is None)
    parts = "|".join(map(str, (told, ids, *sorted(map(str, tallies)))))
    return Facts(told, undecided, sha256(parts.encode()).hexdigest()[:16], due_at)


def _streams(round_id: int, tallies: list[_Tally]) -> list[StreamDecisions]:
    counts: dict[int, dict[Outcome, int]] = defaultdict(dict)
    undecided: dict[int, int] = defaultdict(int)
    unexplained: dict[int, int] = defaultdict(int)
    for tally in tallies:
        unexplained[tally.stream_id] += tally.unexplained
        if tally.outcome is None:
            undecided[tally.stream_id] = tally.count
        else:
            counts[tally.stream_id][tally.outcome] = tally.count
    streams = db.session.execute(
        sa.select(Stream.id, Stream.name, Stream.places)
        .where(Stream.round_id == round_id)
        .order_by(Stream.name)
    )
    return [
        StreamDecisions(key, name, places, counts[key], undecided[key], unexplained[key])
        for key, name, places in streams
    ]


def _conflicts(round_id: int) -> list[Accepted]:
    several = (
        sa.select(StreamApplication.application_id)
        .join(Application, Application.id == StreamApplication.application_id)
        .join(Decision, Decision.stream_application_id == StreamApplication.id)
        .where(standing(round_id), Decision.outcome == Outcome.ACCEPT)
        .group_by(StreamApplication.application_id)
        .having(sa.func.count() > 1)
        .order_by(StreamApplication.application_id)
        .limit(SHOWN_CONFLICTS)
    )
    rows = db.session.execute(
        sa.select(Application.id, User.name, Stream.name)
        .select_from(StreamApplication)
        .join(Application, Application.id == StreamApplication.application_id)
        .join(User, User.id == Application.user_id)
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .join(Decision, Decision.stream_application_id == StreamApplication.id)
        .where(Application.id.in_(several), Decision.outcome == Outcome.ACCEPT)
        .order_by(User.name, Application.id, Stream.name)
    )
    found: dict[int, Accepted] = {}
    for key, name, stream in rows:
        found.setdefault(key, Accepted(key, name, [])).streams.append(stream)
    return list(found.values())


@dataclass(frozen=True)
class Verdict:
    """One line of a decision letter. `outcome` None: the stream recorded nothing."""

    stream: str
    outcome: Outcome | None
    reason: str


@dataclass(frozen=True)
class Recipient:
    user_id: int
    email: str
    name: str
    time_zone: str
    decisions: tuple[Verdict, ...]


def recipients(round_id: int) -> list[Recipient]:
    """Everyone who is told, each with the decisions on their own application only. Two statements."""
    decided: dict[int, list[Verdict]] = defaultdict(list)
    rows = db.session.execute(
        sa.select(Application.id, Stream.name, Decision.outcome, Decision.reason)
        .select_from(StreamApplication)
        .join(Application, Application.id == StreamApplication.application_id)
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .outerjoin(Decision, Decision.stream_application_id == StreamApplication.id)
        .where(standing(round_id))
        .order_by(StreamApplication.best_rank, Stream.name)
    )
    for key, stream, outcome, reason in rows:
        decided[key].append(Verdict(stream, outcome, reason or ""))
    people = db.session.execute(
        sa.select(Application.id, User.id, User.email, User.name, User.time_zone)
        .join(User, User.id == Application.user_id)
        .where(Application.round_id == round_id, Application.state == ApplicationState.SUBMITTED)
        .order_by(Application.id)
    )
    return [
        Recipient(user_id, email, name, zone, tuple(decided[key]))
        for key, user_id, email, name, zone in people
    ]
