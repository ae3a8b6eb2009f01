"""The demo's rounds: streams, offerings, questions, criteria, dates, and the event that each change leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.adapters import signing
from portal.adapters.signing import Signer
from portal.demo.batch import Batch
from portal.demo.calendar import DAY, Calendar
from portal.demo.plan import RoundPlan, StreamPlan
from portal.domain.instants import iso
from portal.domain.permissions import StreamRole
from portal.domain.questions import Kind
from portal.domain.rounds import Deadline, Grant, stream_deadline
from portal.domain.work_tests import HandIn
from portal.models import (
    AuditEvent,
    Criterion,
    Direction,
    KeyDate,
    Mentor,
    Offering,
    Question,
    Round,
    Stream,
    StreamMember,
    StreamMentor,
    WorkTest,
)
from portal.queries import applications as dossiers
from portal.services.signing_keys import kept_key

MOST_REFEREES = 2


class NoReferenceContent(LookupError):
    """The demo offers directions of the reference content, and they are not in the database."""


@dataclass(frozen=True)
class Reader:
    """A stream member who reads. ``key`` is stable, so that the same reader is as strict in every run."""

    user_id: int
    key: str
    role: StreamRole


@dataclass(frozen=True)
class Scene:
    """A round that stands in the database, as the people of the demo meet it."""

    round: Round
    calendar: Calendar
    number: int
    admin_id: int
    offerings: Mapping[str, Offering]
    sources: Mapping[int, str]
    criteria: tuple[tuple[int, str], ...]
    signer: Signer
    signing_key_id: int
    readers: Mapping[int, tuple[Reader, ...]] = field(default_factory=dict)

    def deadline(self, stream: Stream, grants: tuple[Grant, ...] = ()) -> Deadline:
        assert self.round.closes_at is not None
        return stream_deadline(
            self.round.closes_at, stream.closes_at, grants, stream.id, self.round.grace
        )

    def offered(self, at: datetime, grants: tuple[Grant, ...] = ()) -> list[str]:
        """The directions that somebody can still choose at an instant."""
        return [
            slug
            for slug, offering in self.offerings.items()
            if at < self.deadline(offering.stream, grants).closes_at
        ]


@dataclass(frozen=True)
class Cast:
    """Ids that a round refers to: accounts by address, mentors and directions by slug."""

    admin_id: int
    users: Mapping[str, int]
    mentors: Mapping[str, int]
    directions: Mapping[str, int]


def cast_of(session: Session, users: Mapping[str, int], admin_id: int, plan: RoundPlan) -> Cast:
    """Look up what the plan names. Raises NoReferenceContent for what is not loaded."""
    mentors = dict(iter(session.execute(sa.select(Mentor.slug, Mentor.id))))
    rows = session.execute(sa.select(Direction.slug, Direction.id))
    directions = dict(iter(rows))
    for stream in plan.streams:
        missing = [m for m in stream.mentors if m not in mentors]
        missing += [d for d in stream.directions if d not in directions]
        if missing:
            raise NoReferenceContent(
                f"{missing[0]!r} is not in the database: run `portal init` before `portal seed`"
            )
    return Cast(admin_id, users, mentors, directions)


def build_round(
    session: Session,
    batch: Batch,
    plan: RoundPlan,
    calendar: Calendar,
    cast: Cast,
    number: int,
    streams: tuple[StreamPlan, ...],
) -> Scene:
    """Write a round with these streams and read it back as the services read it."""
    round_id = _round(batch, plan, calendar, cast)
    _criteria(batch, plan, round_id)
    _key_dates(batch, plan, calendar, round_id)
    sources: dict[int, str] = {}
    readers: dict[int, tuple[Reader, ...]] = {}
    for stream in streams:
        stream_id = _stream(batch, stream, calendar, cast, round_id, sources)
        readers[stream_id] = _members(batch, stream, stream_id, calendar, cast)
    batch.write()
    round_ = dossiers.of(cast.admin_id, round_id).round
    signer = signing.signer()
    return Scene(
        round=round_,
        calendar=calendar,
        number=number,
        admin_id=cast.admin_id,
        offerings={
            offering.direction.slug: offering
            for stream_row in round_.streams
            for offering in stream_row.offerings
        },
        sources=sources,
        criteria=tuple((c.id, c.slug.replace("-", "_")) for c in round_.criteria),
        signer=signer,
        signing_key_id=kept_key(session, signer, calendar.opens_at),
        readers=readers,
    )


def _criteria(batch: Batch, plan: RoundPlan, round_id: int) -> None:
    for position, row in enumerate(plan.criteria):
        batch.add(
            Criterion, round_id=round_id, slug=row.slug, label=row.label, help=row.help, position=position
        )  # fmt: skip


def _key_dates(batch: Batch, plan: RoundPlan, calendar: Calendar, round_id: int) -> None:
    for entry in plan.key_dates:
        at = calendar.closes_at + entry.days_after_close * DAY
        batch.add(KeyDate, round_id=round_id, at=at, label=entry.label, note=entry.note)


def _round(batch: Batch, plan: RoundPlan, calendar: Calendar, cast: Cast) -> int:
    round_id: int = batch.add(
        Round,
        slug=calendar.slug,
        name=calendar.name,
        summary=plan.summary,
        place=plan.place,
        published_at=calendar.published_at,
        opens_at=calendar.opens_at,
        closes_at=calendar.closes_at,
        release_at=calendar.release_at,
        released_at=calendar.released_at,
        archived_at=calendar.archived_at,
        max_referees=0 if calendar.archived_at else MOST_REFEREES,
        references_due_at=None if calendar.archived_at else calendar.closes_at + 5 * DAY,
        is_demo=True,
        created_at=calendar.created_at,
    )["id"]
    moved = [
        ("round.created", calendar.created_at, "name", calendar.name, ""),
        ("round.published", calendar.published_at, "published_at", "", "Dates are agreed."),
    ]
    if calendar.released_at:
        reason = "All streams have decided."
        moved.append(("round.released", calendar.released_at, "released_at", "", reason))
    if calendar.archived_at:
        moved.append(("round.archived", calendar.archived_at, "archived_at", "", "It is over."))
    for action, at, field_name, value, reason in moved:
        batch.add(
            AuditEvent,
            at=at,
            actor_id=cast.admin_id,
            action=action,
            subject_type="round",
            subject_id=round_id,
            round_id=round_id,
            reason=reason,
            after={field_name: value or iso(at)},
        )
    return round_id


def _stream(
    batch: Batch,
    plan: StreamPlan,
    calendar: Calendar,
    cast: Cast,
    round_id: int,
    sources: dict[int, str],
) -> int:
    own = None if plan.closes_days is None else calendar.closes_at + plan.closes_days * DAY
    stream_id: int = batch.add(
        Stream,
        round_id=round_id,
        slug=plan.slug,
        name=plan.name,
        text=plan.text,
        steps=plan.steps,
        places=plan.places,
        closes_at=own,
    )["id"]
    for position, slug in enumerate(plan.mentors):
        batch.add(
            StreamMentor, stream_id=stream_id, mentor_id=cast.mentors[slug],
            is_primary=position == 0, position=position,
        )  # fmt: skip
    for position, slug in enumerate(plan.directions):
        batch.add(
            Offering, stream_id=stream_id, round_id=round_id,
            direction_id=cast.directions[slug], position=position,
        )  # fmt: skip
    _questions(batch, plan, stream_id, sources)
    for task in plan.tasks:
        batch.add(
            WorkTest, stream_id=stream_id, title=task.title, brief=task.brief,
            hand_in=HandIn(task.hand_in), hours=task.hours, minutes=task.minutes,
            due_at=calendar.closes_at + task.due_days * DAY,
        )  # fmt: skip
    return stream_id


def _questions(batch: Batch, plan: StreamPlan, stream_id: int, sources: dict[int, str]) -> None:
    for position, question in enumerate(plan.questions):
        row = batch.add(
            Question,
            stream_id=stream_id,
            position=position,
            kind=Kind(question.kind),
            prompt=question.prompt,
            help=question.help,
            required=question.required,
            word_limit=question.words,
            minutes=question.minutes,
            options=list(question.options),
        )
        sources[row["id"]] = question.answered_by


def _members(
    batch: Batch, plan: StreamPlan, stream_id: int, calendar: Calendar, cast: Cast
) -> tuple[Reader, ...]:
    roles = [(plan.lead, StreamRole.LEAD)]
    roles += [(email, StreamRole.CO) for email in plan.co]
    roles += [(email, StreamRole.READER) for email in plan.readers]
    members = []
    for email, role in roles:
        user_id = cast.users[email]
        batch.add(
            StreamMember, stream_id=stream_id, user_id=user_id, role=role, added_at=calendar.created_at
        )  # fmt: skip
        members.append(Reader(user_id, email, role))
    return tuple(members)
