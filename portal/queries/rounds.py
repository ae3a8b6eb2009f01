"""Rounds as the public sees them: which one is current, its calendar, and what it offers until when.

Public queries show published rounds only, so `now` stands where other queries take the viewer.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal.domain.rounds import Phase, last_close, phase, stream_deadline
from portal.extensions import db
from portal.models import KeyDate, Offering, Question, Round, Stream, StreamMentor, WorkTest
from portal.queries.refs import DirectionRef, MentorRef


@dataclass(frozen=True)
class DatedEntry:
    """One line of a round's calendar. `kind`: opens, closes, stream_closes, work_test, release or extra."""

    kind: str
    label: str
    at: datetime
    note: str = ""


@dataclass(frozen=True)
class RoundView:
    """A published round at one instant. `key_dates` stand in the order of time."""

    id: int
    slug: str
    name: str
    summary: str
    place: str
    is_demo: bool
    max_choices: int
    published_at: datetime | None
    opens_at: datetime | None
    closes_at: datetime | None
    release_at: datetime | None
    released_at: datetime | None
    archived_at: datetime | None
    stream_closes: tuple[datetime, ...]
    phase: Phase
    key_dates: tuple[DatedEntry, ...]

    @property
    def is_open(self) -> bool:
        return self.phase is Phase.OPEN

    @property
    def last_closes_at(self) -> datetime | None:
        return last_close(self)

    @property
    def outcome_at(self) -> datetime | None:
        """When decisions were released, else when they are announced to be."""
        return self.released_at or self.release_at

    def next_close(self, now: datetime) -> datetime | None:
        """The deadline that counts now: the round's own while it lies ahead, else its streams' last one."""
        if self.closes_at is not None and now < self.closes_at:
            return self.closes_at
        return self.last_closes_at


@dataclass(frozen=True)
class _Instants:
    """A round as one of its streams' offerings sees it: the stream's deadline is judged apart."""

    published_at: datetime | None
    opens_at: datetime | None
    closes_at: datetime | None
    released_at: datetime | None
    archived_at: datetime | None
    stream_closes: Sequence[datetime] = ()


@dataclass(frozen=True)
class Offer:
    """A direction in a round: its stream's places and effective deadline. `state`: open, scheduled or closed."""

    direction_id: int
    stream_id: int
    stream_name: str
    steps: str
    places: int
    round_id: int
    round_slug: str
    round_name: str
    opens_at: datetime | None
    closes_at: datetime | None
    state: str

    @property
    def is_open(self) -> bool:
        return self.state == "open"


@dataclass(frozen=True)
class StreamRow:
    """A line of a round's stream table."""

    slug: str
    name: str
    mentors: tuple[MentorRef, ...]
    directions: tuple[DirectionRef, ...]
    places: int
    closes_at: datetime | None
    has_own_deadline: bool
    minutes: int


def published(now: datetime) -> sa.ColumnElement[bool]:
    """The condition of every public query: drafts stay unseen."""
    return Round.published_at <= now


def public_rounds(now: datetime) -> list[RoundView]:
    """Every published round, the latest opening first. Three statements."""
    rounds = db.session.scalars(
        sa.select(Round).where(published(now)).order_by(Round.opens_at.desc(), Round.id.desc())
    ).all()
    ids = [round_.id for round_ in rounds]
    closes: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    dues: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    for round_id, name, at, is_due in db.session.execute(_own_instants(ids)):
        assert at is not None, "only rows with an instant are asked for"
        (dues if is_due else closes)[round_id].append((name, at))
    extras: dict[int, list[KeyDate]] = defaultdict(list)
    for entry in db.session.scalars(sa.select(KeyDate).where(KeyDate.round_id.in_(ids))):
        extras[entry.round_id].append(entry)
    return [
        _view(round_, closes[round_.id], dues[round_.id], extras[round_.id], now)
        for round_ in rounds
    ]


def _own_instants(round_ids: Sequence[int]) -> sa.CompoundSelect[int, str, datetime | None, bool]:
    """Own deadlines of streams, and own due instants of tasks: round, stream, instant, whether it is a task's."""
    closes = sa.select(Stream.round_id, Stream.name, Stream.closes_at, sa.literal(value=False))
    dues = (
        sa.select(Stream.round_id, Stream.name, WorkTest.due_at, sa.literal(value=True))
        .join(WorkTest, WorkTest.stream_id == Stream.id)
        .where(WorkTest.due_at.is_not(None), WorkTest.retired_at.is_(None))
        .distinct()
    )
    own = closes.where(Stream.closes_at.is_not(None), Stream.round_id.in_(round_ids))
    return own.union_all(dues.where(Stream.round_id.in_(round_ids))).order_by("name")


def current_round(now: datetime) -> RoundView | None:
    """The round that public pages speak of, see `choose_current`."""
    return choose_current(public_rounds(now), now)


def choose_current(rounds: Iterable[RoundView], now: datetime) -> RoundView | None:
    """The open round that closes first, else the next scheduled one, else the one that closed last."""
    rounds = list(rounds)
    for wanted in ({Phase.OPEN}, {Phase.SCHEDULED}, {Phase.CLOSED, Phase.RELEASED}):
        found = [round_ for round_ in rounds if round_.phase in wanted]
        if found:
            ahead = Phase.OPEN in wanted or Phase.SCHEDULED in wanted
            return min(found, key=lambda round_: _distance(round_, now, ahead=ahead))
    return None


def _distance(round_: RoundView, now: datetime, *, ahead: bool) -> tuple[float, int]:
    at = round_.opens_at if round_.phase is Phase.SCHEDULED else round_.last_closes_at
    if at is None:
        return float("inf"), round_.id
    return ((at - now) if ahead else (now - at)).total_seconds(), round_.id


def _view(
    round_: Round,
    closes: Sequence[tuple[str, datetime]],
    dues: Sequence[tuple[str, datetime]],
    extras: Sequence[KeyDate],
    now: datetime,
) -> RoundView:
    instants = _Instants(
        round_.published_at,
        round_.opens_at,
        round_.closes_at,
        round_.released_at,
        round_.archived_at,
        tuple(at for _, at in closes),
    )
    return RoundView(
        id=round_.id,
        slug=round_.slug,
        name=round_.name,
        summary=round_.summary,
        place=round_.place,
        is_demo=round_.is_demo,
        max_choices=round_.max_choices,
        published_at=round_.published_at,
        opens_at=round_.opens_at,
        closes_at=round_.closes_at,
        release_at=round_.release_at,
        released_at=round_.released_at,
        archived_at=round_.archived_at,
        stream_closes=tuple(instants.stream_closes),
        phase=phase(instants, now),
        key_dates=_key_dates(round_, closes, dues, extras),
    )


def _key_dates(
    round_: Round,
    closes: Sequence[tuple[str, datetime]],
    dues: Sequence[tuple[str, datetime]],
    extras: Sequence[KeyDate],
) -> tuple[DatedEntry, ...]:
    entries = [DatedEntry("extra", entry.label, entry.at, entry.note) for entry in extras]
    if round_.opens_at is not None:
        entries.append(DatedEntry("opens", "Applications open", round_.opens_at))
    if round_.closes_at is not None:
        note = "For every stream without a deadline of its own." if closes else ""
        entries.append(DatedEntry("closes", "Applications close", round_.closes_at, note))
    entries += _together("stream_closes", "Applications close", closes)
    entries += _together("work_test", "Tasks are due", dues)
    outcome = round_.released_at or round_.release_at
    if outcome is not None:
        label = "All applicants learn their outcome"
        entries.append(DatedEntry("release", label, outcome))
    return tuple(sorted(entries, key=lambda entry: (entry.at, entry.kind, entry.label)))


def _together(kind: str, label: str, instants: Sequence[tuple[str, datetime]]) -> list[DatedEntry]:
    """One entry for all streams to which the same happens at the same instant."""
    streams: dict[datetime, list[str]] = defaultdict(list)
    for name, at in instants:
        streams[at].append(name)
    return [DatedEntry(kind, f"{label}: {_listed(names)}", at) for at, names in streams.items()]


def _listed(names: Sequence[str]) -> str:
    """Up to three names in words; more are counted, and stand in the stream table."""
    if len(names) > 3:
        return f"{len(names)} streams"
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def offers_of(
    direction_ids: Iterable[int], now: datetime, round_id: int | None = None
) -> dict[int, Offer]:
    """The offer that counts for each direction, in all published rounds or in one. One statement.

    The open offer that closes first; else the one that opens next; else the one that closed last.
    """
    query = (
        sa.select(Offering.direction_id, Stream, Round)
        .join(Stream, Stream.id == Offering.stream_id)
        .join(Round, Round.id == Offering.round_id)
        .where(
            published(now),
            sa.or_(Round.archived_at.is_(None), Round.archived_at > now),
            Offering.direction_id.in_(list(direction_ids)),
        )
    )
    if round_id is not None:
        query = query.where(Offering.round_id == round_id)
    best: dict[int, Offer] = {}
    for direction_id, stream, round_ in db.session.execute(query):
        offer = _offer(direction_id, stream, round_, now)
        held = best.get(direction_id)
        if held is None or _urgency(offer, now) < _urgency(held, now):
            best[direction_id] = offer
    return best


def _offer(direction_id: int, stream: Stream, round_: Round, now: datetime) -> Offer:
    closes_at = effective_close(round_.closes_at, stream.closes_at)
    return Offer(
        direction_id=direction_id,
        stream_id=stream.id,
        stream_name=stream.name,
        steps=stream.steps,
        places=stream.places,
        round_id=round_.id,
        round_slug=round_.slug,
        round_name=round_.name,
        opens_at=round_.opens_at,
        closes_at=closes_at,
        state=_offer_state(round_, closes_at, now),
    )


def effective_close(round_closes: datetime | None, own: datetime | None) -> datetime | None:
    """The stream's deadline by the rule of `domain.rounds`; None while neither it nor its round has one."""
    if round_closes is None:
        return own
    return stream_deadline(round_closes, own).closes_at


def _offer_state(round_: Round, closes_at: datetime | None, now: datetime) -> str:
    instants = _Instants(
        round_.published_at,
        round_.opens_at,
        round_.closes_at,
        round_.released_at,
        round_.archived_at,
    )
    stage = phase(instants, now)
    if stage is Phase.SCHEDULED:
        return "scheduled"
    begun = stage in (Phase.OPEN, Phase.CLOSED)
    return "open" if begun and closes_at is not None and now < closes_at else "closed"


def _urgency(offer: Offer, now: datetime) -> tuple[int, float]:
    order = ("open", "scheduled", "closed").index(offer.state)
    at = offer.opens_at if offer.state == "scheduled" else offer.closes_at
    if at is None:
        return order, float("inf")
    return order, abs((at - now).total_seconds())


def accepts_now(now: datetime) -> sa.ColumnElement[bool]:
    """The SQL form of an open offer, for statements that join Offering, Stream and Round."""
    return sa.and_(
        published(now),
        Round.opens_at <= now,
        sa.or_(Round.released_at.is_(None), Round.released_at > now),
        sa.or_(Round.archived_at.is_(None), Round.archived_at > now),
        sa.func.coalesce(Stream.closes_at, Round.closes_at) > now,
    )


def open_direction_ids(now: datetime) -> sa.Select[int]:
    """A subquery of the directions that can be applied to at `now`."""
    return (
        sa.select(Offering.direction_id)
        .join(Stream, Stream.id == Offering.stream_id)
        .join(Round, Round.id == Offering.round_id)
        .where(accepts_now(now))
    )


def questions_of(stream_id: int) -> list[Question]:
    """What a stream asks those who choose it, in order. One statement."""
    return list(
        db.session.scalars(
            sa.select(Question)
            .where(Question.stream_id == stream_id, Question.retired_at.is_(None))
            .order_by(Question.position, Question.id)
        )
    )


def stream_table(round_: RoundView) -> list[StreamRow]:
    """The streams of a round by name. Four statements, however many streams there are."""
    streams = db.session.scalars(
        sa.select(Stream)
        .where(Stream.round_id == round_.id)
        .order_by(Stream.name, Stream.id)
        .options(
            selectinload(Stream.mentor_links).joinedload(StreamMentor.mentor),
            selectinload(Stream.offerings).joinedload(Offering.direction),
            selectinload(Stream.questions),
        )
    ).all()
    return [_stream_row(stream, round_) for stream in streams]


def _stream_row(stream: Stream, round_: RoundView) -> StreamRow:
    return StreamRow(
        slug=stream.slug,
        name=stream.name,
        mentors=tuple(
            MentorRef(link.mentor.slug, link.mentor.name) for link in stream.mentor_links
        ),
        directions=tuple(
            DirectionRef(offering.direction.slug, offering.direction.title)
            for offering in stream.offerings
        ),
        places=stream.places,
        closes_at=effective_close(round_.closes_at, stream.closes_at),
        has_own_deadline=stream.closes_at is not None,
        minutes=sum(q.minutes for q in stream.questions if q.retired_at is None),
    )
