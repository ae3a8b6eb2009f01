"""What the admin pages of rounds show. Every function sends a fixed number of queries, whatever the size."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.domain.applications import ApplicationState
from portal.domain.permissions import StreamRole, Viewer
from portal.domain.preflight import RoundFacts, StreamFacts
from portal.domain.questions import Kind
from portal.extensions import db
from portal.models import (
    Application,
    AuditEvent,
    Criterion,
    Enquiry,
    Extension,
    FaqEntry,
    KeyDate,
    LateDraft,
    Offering,
    OutboxMessage,
    Question,
    Round,
    Stream,
    StreamMember,
    StreamMentor,
    WorkTest,
)
from portal.queries.round_progress import progress_of_streams

MOVES = (
    "round.published",
    "round.withdrawn",
    "round.opened",
    "round.closed",
    "round.extended",
    "round.dates_changed",
    "round.released",
    "round.archived",
    "stream.deadline_moved",
)
SHOWN_MOVES = 40


@dataclass(frozen=True)
class Instants:
    """A round's instants with its streams' deadlines at hand, as the rules want them: no query behind it."""

    published_at: datetime | None
    opens_at: datetime | None
    closes_at: datetime | None
    released_at: datetime | None
    archived_at: datetime | None
    stream_closes: Sequence[datetime]


def instants_of(round_: Round, stream_closes: Iterable[datetime | None]) -> Instants:
    return Instants(
        round_.published_at,
        round_.opens_at,
        round_.closes_at,
        round_.released_at,
        round_.archived_at,
        [at for at in stream_closes if at is not None],
    )


@dataclass(frozen=True)
class RoundLine:
    """A round in the list, with how many applications stand where."""

    round: Round
    instants: Instants
    streams: int
    drafts: int
    submitted: int
    withdrawn: int


@dataclass(frozen=True)
class StreamLine:
    """A stream of the round page. `tagged` counts submitted applications, `read` those with a finished review."""

    id: int
    slug: str
    name: str
    facts: StreamFacts
    tagged: int = 0
    read: int = 0
    decided: int = 0

    @property
    def left(self) -> int:
        return self.tagged - self.read


@dataclass(frozen=True)
class Waiting:
    """What of a round waits for an admin, and how its applications stand."""

    drafts: int
    submitted: int
    withdrawn: int
    unanswered: int
    extensions_asked: int
    extensions: int
    live_extensions: int
    criteria: int


def list_rounds(viewer: Viewer, *, archived: bool = True) -> list[RoundLine]:
    """All rounds, those without a deadline first, then the latest deadline. Two queries."""
    if not viewer.is_admin:
        return []
    wanted = sa.select(
        Round,
        _applications_in(ApplicationState.DRAFT),
        _applications_in(ApplicationState.SUBMITTED),
        _applications_in(ApplicationState.WITHDRAWN),
    ).order_by(Round.closes_at.is_not(None), Round.closes_at.desc(), Round.id.desc())
    if not archived:
        wanted = wanted.where(Round.archived_at.is_(None))
    closes: dict[int, list[datetime | None]] = {}
    for round_id, at in db.session.execute(sa.select(Stream.round_id, Stream.closes_at)):
        closes.setdefault(round_id, []).append(at)
    return [
        RoundLine(
            round_,
            instants_of(round_, closes.get(round_.id, ())),
            len(closes.get(round_.id, ())),
            drafts,
            submitted,
            withdrawn,
        )
        for round_, drafts, submitted, withdrawn in db.session.execute(wanted)
    ]


def find_round(viewer: Viewer, slug: str) -> Round | None:
    """The round of this address, for admins."""
    if not viewer.is_admin:
        return None
    return db.session.scalar(sa.select(Round).where(Round.slug == slug))


def slug_of_round(round_id: int) -> str:
    """The address part of a round that exists."""
    return db.session.scalars(sa.select(Round.slug).where(Round.id == round_id)).one()


def stream_lines(round_id: int) -> list[StreamLine]:
    """The streams of a round in order of name, with what stands in each. Two queries."""
    progress = progress_of_streams(round_id)
    lines = []
    for stream, facts in _stream_facts(round_id):
        done = progress.get(stream.id)
        lines.append(
            StreamLine(
                stream.id,
                stream.slug,
                stream.name,
                facts,
                done.tagged if done else 0,
                done.read if done else 0,
                done.decided if done else 0,
            )
        )
    return lines


def _stream_facts(round_id: int) -> list[tuple[Stream, StreamFacts]]:
    return [
        (
            row.Stream,
            StreamFacts(
                row.Stream.name,
                row.Stream.places,
                row.Stream.closes_at,
                row.mentors,
                row.leads,
                row.offerings,
                row.questions,
                row.without_limit,
                row.without_minutes,
                row.tasks_due_at,
            ),
        )
        for row in db.session.execute(_streams_with_counts(round_id))
    ]


def waiting(round_id: int, now: datetime) -> Waiting:
    """How the applications of a round stand and what waits for an admin. One query."""
    return waiting_in([round_id], now)[round_id]


def waiting_in(round_ids: Sequence[int], now: datetime) -> dict[int, Waiting]:
    """The same for several rounds, by round. One query."""
    asked = sa.select(sa.func.count(LateDraft.user_id.distinct())).where(
        LateDraft.round_id == Round.id,
        LateDraft.extension_asked_at.is_not(None),
        LateDraft.settled_at.is_(None),
        ~sa.exists().where(
            Extension.round_id == LateDraft.round_id,
            Extension.user_id == LateDraft.user_id,
            Extension.granted_at >= LateDraft.extension_asked_at,
        ),
    )
    unanswered = sa.select(sa.func.count(Enquiry.id)).where(
        Enquiry.round_id == Round.id, Enquiry.answered_at.is_(None)
    )
    granted = sa.select(sa.func.count(Extension.id)).where(Extension.round_id == Round.id)
    scored = sa.select(sa.func.count(Criterion.id)).where(Criterion.round_id == Round.id)
    rows = db.session.execute(
        sa.select(
            Round.id,
            _applications_in(ApplicationState.DRAFT),
            _applications_in(ApplicationState.SUBMITTED),
            _applications_in(ApplicationState.WITHDRAWN),
            unanswered.scalar_subquery(),
            asked.scalar_subquery(),
            granted.scalar_subquery(),
            granted.where(Extension.closes_at > now).scalar_subquery(),
            scored.scalar_subquery(),
        ).where(Round.id.in_(round_ids))
    )
    return {row[0]: Waiting(*row[1:]) for row in rows}


@dataclass(frozen=True)
class MailBacklog:
    """Mail that waits to be sent (with the instant of the oldest), and mail that was given up."""

    waiting: int
    oldest: datetime | None
    failed: int


def mail_backlog() -> MailBacklog:
    """How the outbox stands. One query."""
    unsent = sa.and_(OutboxMessage.sent_at.is_(None), OutboxMessage.failed_at.is_(None))
    failed = sa.and_(OutboxMessage.sent_at.is_(None), OutboxMessage.failed_at.is_not(None))
    row = db.session.execute(
        sa.select(
            sa.func.count(sa.case((unsent, 1))),
            sa.func.min(sa.case((unsent, OutboxMessage.created_at))),
            sa.func.count(sa.case((failed, 1))),
        ).where(OutboxMessage.sent_at.is_(None))
    ).one()
    return MailBacklog(*row)


def calendar(round_id: int) -> list[KeyDate]:
    """The extra key dates of a round in order. One query."""
    return list(
        db.session.scalars(
            sa.select(KeyDate).where(KeyDate.round_id == round_id).order_by(KeyDate.at, KeyDate.id)
        )
    )


def criteria(round_id: int) -> list[Criterion]:
    """The criteria of a round in order. One query."""
    return list(
        db.session.scalars(
            sa.select(Criterion)
            .where(Criterion.round_id == round_id)
            .order_by(Criterion.position, Criterion.id)
        )
    )


def faq_with_placeholders() -> list[tuple[str, str]]:
    """(question, answer) of the FAQ entries that want something filled in. One query."""
    rows = db.session.execute(
        sa.select(FaqEntry.question, FaqEntry.answer)
        .where(FaqEntry.answer.contains("{{", autoescape=True))
        .order_by(FaqEntry.position)
    )
    return [(question, answer) for question, answer in rows]


def round_facts(
    round_: Round,
    *,
    streams: Sequence[StreamFacts] | None = None,
    dates: Sequence[KeyDate] | None = None,
    criteria_count: int | None = None,
    mail_ready: bool,
) -> RoundFacts:
    """What the pre-flight checks look at. What a page has read already is handed in and not read again."""
    streams = [facts for _, facts in _stream_facts(round_.id)] if streams is None else streams
    dates = calendar(round_.id) if dates is None else dates
    return RoundFacts(
        round_.name,
        round_.summary,
        round_.opens_at,
        round_.closes_at,
        round_.release_at,
        [(entry.label, entry.at) for entry in dates],
        len(criteria(round_.id)) if criteria_count is None else criteria_count,
        streams,
        faq_with_placeholders(),
        mail_ready,
        round_.max_referees,
        round_.references_due_at,
        round_.anonymised,
    )


def moves(round_id: int) -> list[AuditEvent]:
    """The latest moves of the round's and its streams' instants, newest first, with who made them. One query."""
    return list(
        db.session.scalars(
            sa.select(AuditEvent)
            .options(joinedload(AuditEvent.actor))
            .where(AuditEvent.round_id == round_id, AuditEvent.action.in_(MOVES))
            .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
            .limit(SHOWN_MOVES)
        )
    )


def instant_history(events: Sequence[AuditEvent]) -> Mapping[str, list[AuditEvent]]:
    """The moves of each instant of the round itself, by the instant's name ("closes_at", ...), newest first."""
    found: dict[str, list[AuditEvent]] = {}
    for event in events:
        if event.subject_type == "round":
            for name in event.after:
                found.setdefault(name, []).append(event)
    return found


def _applications_in(state: ApplicationState) -> Any:
    return (
        sa.select(sa.func.count(Application.id))
        .where(Application.round_id == Round.id, Application.state == state)
        .correlate(Round)
        .scalar_subquery()
    )


def _streams_with_counts(round_id: int) -> Any:
    def count(table: Any, *conditions: Any) -> Any:
        return (
            sa.select(sa.func.count())
            .select_from(table)
            .where(table.stream_id == Stream.id, *conditions)
            .correlate(Stream)
            .scalar_subquery()
        )

    live = Question.retired_at.is_(None)
    return (
        sa.select(
            Stream,
            count(StreamMentor).label("mentors"),
            count(StreamMember, StreamMember.role == StreamRole.LEAD).label("leads"),
            count(Offering).label("offerings"),
            count(Question, live).label("questions"),
            count(
                Question, live, Question.kind == Kind.LONG_TEXT, Question.word_limit.is_(None)
            ).label("without_limit"),
            count(Question, live, Question.minutes < 1).label("without_minutes"),
            sa.select(sa.func.max(WorkTest.due_at))
            .where(WorkTest.stream_id == Stream.id, WorkTest.retired_at.is_(None))
            .correlate(Stream)
            .scalar_subquery()
            .label("tasks_due_at"),
        )
        .where(Stream.round_id == round_id)
        .order_by(Stream.name, Stream.id)
    )
