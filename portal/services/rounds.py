"""Rounds: making one, copying the last one, and its words. Its calendar and criteria are in `round_parts`, moves of
its instants in `round_dates`."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from portal.domain.anonymity import may_switch
from portal.domain.permissions import Viewer
from portal.domain.rounds import DEFAULT_GRACE
from portal.domain.slugs import slug_of
from portal.domain.verdict import Refused
from portal.models import (
    Application,
    Criterion,
    KeyDate,
    Offering,
    Question,
    Referee,
    Round,
    Stream,
    StreamMember,
    StreamMentor,
    Submission,
    WorkTest,
)
from portal.services import audit
from portal.services.versions import Stale, assign, changes
from portal.services.work import locked, writing

GONE = Refused("This is not there any more.", "Somebody else has removed it.", "Go back and look.")
ADMINS_ONLY = Refused(
    "Only the programme's admins can do this.", "Your account is not one of them."
)


@dataclass(frozen=True)
class RoundDetails:
    """The words of a round and the limits that are no dates. Grace is in seconds."""

    name: str
    summary: str = ""
    place: str = ""
    max_choices: int = 8
    grace_seconds: int = int(DEFAULT_GRACE.total_seconds())
    max_referees: int = 0
    references_shown: bool = False
    anonymised: bool = False


def create_round(viewer: Viewer, details: RoundDetails, *, now: datetime) -> int | Refused:
    """A new round without dates: a draft that only admins see. Answers its id."""
    with writing() as session:
        refusal = _refuse(session, viewer, details.name)
        if refusal is not None:
            return refusal
        round_ = _new(session, details, now)
        _record_creation(session, viewer, round_, now)
        return round_.id


def copy_round(
    viewer: Viewer,
    source_id: int,
    details: RoundDetails,
    *,
    opens_at: datetime | None,
    members: bool,
    now: datetime,
) -> int | Refused:
    """A new draft round with the streams, questions, tasks, offerings, criteria and dates of another.

    All dates move by the distance between the two openings; without `opens_at` they are left empty. Retired
    questions and tasks, and answers, stay behind. `members` says whether the accounts of the streams come along.
    """
    with writing() as session:
        refusal = _refuse(session, viewer, details.name)
        source = session.get(Round, source_id, options=_WHOLE)
        if refusal is not None or source is None:
            return GONE if refusal is None else refusal
        round_ = _new(session, details, now)
        shift = opens_at - source.opens_at if opens_at and source.opens_at else None
        round_.opens_at = opens_at if shift is not None else None
        round_.closes_at = _shifted(source.closes_at, shift)
        round_.release_at = _shifted(source.release_at, shift)
        round_.max_referees = source.max_referees
        round_.references_shown = source.references_shown
        round_.anonymised = source.anonymised
        round_.references_due_at = _shifted(source.references_due_at, shift)
        _copy_lists(round_, source, shift)
        for stream in source.streams:
            copy = _copy_stream(stream, round_.id, shift, now if members else None)
            round_.streams.append(copy)
            session.flush()
            session.add_all(_copy_offerings(stream, copy))
        _record_creation(session, viewer, round_, now, copied_from=source.slug)
        return round_.id


def edit_details(
    viewer: Viewer, round_id: int, version: str, details: RoundDetails, *, now: datetime
) -> Refused | Stale | None:
    """Save the words and limits of a round, unless somebody saved since `version` was read."""
    with writing() as session:
        round_ = locked(session, Round, round_id)
        if round_ is None:
            return GONE
        before = asdict(details_of(round_))
        if str(round_.version) != version:
            return Stale(before, str(round_.version))
        refusal = _refuse(session, viewer, details.name, besides=round_id)
        if refusal is None:
            refusal = _refuse_fewer(session, round_id, details.max_referees)
        if refusal is None and details.anonymised != round_.anonymised:
            refusal = _refuse_switch(session, round_, now)
        if refusal is not None:
            return refusal
        was, becomes = changes(before, asdict(details))
        if not becomes:
            return None
        assign(round_, becomes)
        round_.version += 1
        audit.record(
            session,
            "round.edited",
            at=now,
            actor_id=viewer.user_id,
            subject=("round", round_id),
            round_id=round_id,
            before=was,
            after=becomes,
        )
        return None


def details_of(round_: Round) -> RoundDetails:
    return RoundDetails(
        round_.name,
        round_.summary,
        round_.place,
        round_.max_choices,
        round_.grace_seconds,
        round_.max_referees,
        round_.references_shown,
        round_.anonymised,
    )


# -- helpers --------------------------------------------------------------------------------------

_WHOLE = (
    selectinload(Round.key_dates),
    selectinload(Round.criteria),
    selectinload(Round.streams).selectinload(Stream.mentor_links),
    selectinload(Round.streams).selectinload(Stream.members),
    selectinload(Round.streams).selectinload(Stream.offerings),
    selectinload(Round.streams).selectinload(Stream.questions),
    selectinload(Round.streams).selectinload(Stream.work_tests),
)


def _refuse(
    session: Session, viewer: Viewer, name: str, besides: int | None = None
) -> Refused | None:
    if not viewer.is_admin:
        return ADMINS_ONLY
    same = sa.select(Round.id).where(sa.func.lower(Round.name) == name.lower())
    found = session.scalar(same.where(Round.id != besides) if besides else same)
    if found is None:
        return None
    return Refused(
        f"There is a round called “{name}” already.",
        "Two rounds of one name could not be told apart.",
        "Choose another name.",
    )


def _refuse_fewer(session: Session, round_id: int, most: int) -> Refused | None:
    """Fewer referees than somebody has named already would leave them with too many."""
    named = (
        sa.select(sa.func.count().label("named"))
        .select_from(Referee)
        .join(Application, Application.id == Referee.application_id)
        .where(
            Application.round_id == round_id,
            Referee.withdrawn_at.is_(None),
            Referee.declined_at.is_(None),
        )
        .group_by(Referee.application_id)
        .subquery()
    )
    largest = session.scalar(sa.select(sa.func.max(named.c.named))) or 0
    if most >= largest:
        return None
    return Refused(
        f"Somebody has named {largest} {'person' if largest == 1 else 'people'} already.",
        "Fewer references would leave them with too many.",
        f"Keep the number at {largest} or more.",
    )


def _refuse_switch(session: Session, round_: Round, now: datetime) -> Refused | None:
    """Whether the review is anonymised is said to applicants while they write, and so stays as it was."""
    received = session.scalar(
        sa.select(sa.func.count())
        .select_from(Submission)
        .join(Application, Application.id == Submission.application_id)
        .where(Application.round_id == round_.id)
    )
    verdict = may_switch(round_.opens_at, now, received or 0)
    return verdict if isinstance(verdict, Refused) else None


def _new(session: Session, details: RoundDetails, now: datetime) -> Round:
    taken = set(session.scalars(sa.select(Round.slug)))
    round_ = Round(slug=slug_of(details.name, {*taken, "new"}), created_at=now, **asdict(details))
    session.add(round_)
    session.flush()
    return round_


def _shifted(at: datetime | None, shift: timedelta | None) -> datetime | None:
    return at + shift if at is not None and shift is not None else None


def _copy_lists(round_: Round, source: Round, shift: timedelta | None) -> None:
    if shift is not None:
        round_.key_dates = [
            KeyDate(at=entry.at + shift, label=entry.label, note=entry.note)
            for entry in source.key_dates
        ]
    for criterion in source.criteria:
        round_.criteria.append(
            Criterion(
                slug=criterion.slug,
                label=criterion.label,
                help=criterion.help,
                position=criterion.position,
            )
        )


def _copy_stream(
    stream: Stream, round_id: int, shift: timedelta | None, members_since: datetime | None
) -> Stream:
    copy = Stream(
        round_id=round_id,
        slug=stream.slug,
        name=stream.name,
        text=stream.text,
        steps=stream.steps,
        places=stream.places,
        closes_at=_shifted(stream.closes_at, shift),
    )
    copy.mentor_links = [
        StreamMentor(mentor_id=link.mentor_id, is_primary=link.is_primary, position=link.position)
        for link in stream.mentor_links
    ]
    copy.questions = [
        Question(
            position=question.position,
            kind=question.kind,
            prompt=question.prompt,
            help=question.help,
            required=question.required,
            word_limit=question.word_limit,
            minutes=question.minutes,
            options=list(question.options),
        )
        for question in stream.questions
        if question.retired_at is None
    ]
    copy.work_tests = _copied_tasks(stream, shift)
    if members_since is not None:
        copy.members = [
            StreamMember(user_id=member.user_id, role=member.role, added_at=members_since)
            for member in stream.members
        ]
    return copy


def _copied_tasks(stream: Stream, shift: timedelta | None) -> list[WorkTest]:
    return [
        WorkTest(
            title=test.title,
            brief=test.brief,
            hand_in=test.hand_in,
            required=test.required,
            hours=test.hours,
            minutes=test.minutes,
            due_at=_shifted(test.due_at, shift),
        )
        for test in stream.work_tests
        if test.retired_at is None
    ]


def _copy_offerings(stream: Stream, copy: Stream) -> list[Offering]:
    return [
        Offering(
            stream_id=copy.id,
            round_id=copy.round_id,
            direction_id=offering.direction_id,
            position=offering.position,
        )
        for offering in stream.offerings
    ]


def _record_creation(
    session: Session, viewer: Viewer, round_: Round, now: datetime, **more: str
) -> None:
    audit.record(
        session,
        "round.created",
        at=now,
        actor_id=viewer.user_id,
        subject=("round", round_.id),
        round_id=round_.id,
        after={"name": round_.name, **more},
    )
