"""Moves of a round's instants: publish, open now, close now, extend, archive, and dates that are not reached yet.

A phase is derived from these instants wherever it is asked for, so a move acts at once on every worker. Each move
says why, and stands in the audit log as it was and as it is.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.adapters import letters
from portal.domain.applications import ApplicationState
from portal.domain.permissions import Viewer
from portal.domain.preflight import preflight, reds
from portal.domain.references import may_be_due
from portal.domain.rounds import Phase, may_announce, may_close, may_extend, may_open, phase
from portal.domain.verdict import Refused
from portal.models import Application, Round, Stream, User
from portal.queries.admin_rounds import round_facts
from portal.queries.release import tasks_due_at
from portal.services import audit, outbox
from portal.services.rounds import ADMINS_ONLY, GONE
from portal.services.versions import Stale, assign, changes
from portal.services.work import locked, writing

NEEDS_A_REASON = Refused(
    "Say why.", "Whoever looks at this date later wants to know.", "One sentence is enough."
)


@dataclass(frozen=True)
class RoundDates:
    """The instants of a round that an admin sets beforehand, in UTC."""

    opens_at: datetime | None
    closes_at: datetime | None
    release_at: datetime | None
    references_due_at: datetime | None = None


def set_dates(
    viewer: Viewer,
    round_id: int,
    version: str,
    dates: RoundDates,
    *,
    reason: str,
    now: datetime,
    mail_ready: bool = True,
) -> Refused | Stale | None:
    """Set the dates of a round. Those reached already, and a deadline people count on, move by other verbs only."""

    def work(session: Session, round_: Round) -> Refused | Stale | None:
        before = asdict(dates_of(round_))
        if str(round_.version) != version:
            return Stale(before, str(round_.version))
        _, becomes = changes(before, asdict(dates))
        if not becomes:
            return None
        refusal = _refuse_dates(round_, dates, becomes, now)
        if refusal is not None:
            return refusal
        _move(session, viewer, round_, "round.dates_changed", becomes, reason, now)
        if phase(round_, now) is Phase.SCHEDULED and dates.opens_at is not None:
            return _refuse_red(round_, now, mail_ready, "be scheduled to open", dates.opens_at)
        return None

    return _moving(viewer, round_id, reason, work)


def publish(
    viewer: Viewer,
    round_id: int,
    *,
    at: datetime | None = None,
    reason: str,
    now: datetime,
    mail_ready: bool = True,
) -> Refused | None:
    """Announce a round, now or at a later instant.

    With an opening set it then opens by itself, so that nothing may be red.
    """

    def work(session: Session, round_: Round) -> Refused | None:
        if phase(round_, now) is not Phase.DRAFT:
            return Refused("This round is announced already.", "Everybody can see its dates.")
        when = at or now
        if when < now:
            return Refused("That instant has passed.", "A round cannot be announced in the past.")
        if round_.opens_at is not None and round_.opens_at <= when:
            return Refused(
                "The opening would be reached before the round is announced.",
                "It would open at the very moment it appears.",
                "Move the opening, or use “Open now”.",
            )
        if round_.opens_at is not None:
            refusal = _refuse_red(round_, now, mail_ready, "be scheduled to open", round_.opens_at)
            if refusal is not None:
                return refusal
        _move(session, viewer, round_, "round.published", {"published_at": when}, reason, now)
        return None

    return _moving(viewer, round_id, reason, work)


def withdraw_announcement(
    viewer: Viewer, round_id: int, *, reason: str, now: datetime
) -> Refused | None:
    """Make an announced round a draft again, as long as it has not opened."""

    def work(session: Session, round_: Round) -> Refused | None:
        pending = phase(round_, now) is Phase.DRAFT and round_.published_at is not None
        if phase(round_, now) is not Phase.SCHEDULED and not pending:
            return Refused(
                "This round cannot go back to being a draft.",
                "It is not announced, or it has opened already.",
            )
        _move(session, viewer, round_, "round.withdrawn", {"published_at": None}, reason, now)
        return None

    return _moving(viewer, round_id, reason, work)


def open_now(
    viewer: Viewer, round_id: int, *, reason: str, now: datetime, mail_ready: bool = True
) -> Refused | None:
    """Open a draft or scheduled round at `now`. Refused while a pre-flight check is red."""

    def work(session: Session, round_: Round) -> Refused | None:
        verdict = may_open(round_, now)
        if isinstance(verdict, Refused):
            return verdict
        refusal = _refuse_red(round_, now, mail_ready, "open", opens_at=None)
        if refusal is not None:
            return refusal
        published = round_.published_at
        values = {
            "opens_at": now,
            "published_at": published if published is not None and published < now else now,
        }
        _move(session, viewer, round_, "round.opened", values, reason, now)
        return None

    return _moving(viewer, round_id, reason, work)


def close_now(viewer: Viewer, round_id: int, *, reason: str, now: datetime) -> Refused | None:
    """Close an open round at `now`, with every stream whose own deadline is later. Personal extensions stay."""

    def work(session: Session, round_: Round) -> Refused | None:
        verdict = may_close(round_, now)
        if isinstance(verdict, Refused):
            return verdict
        if round_.opens_at is not None and now <= round_.opens_at:
            return Refused("This round opens at this very moment.", "", "Try again in a second.")
        if round_.closes_at is None or round_.closes_at > now:
            _move(session, viewer, round_, "round.closed", {"closes_at": now}, reason, now)
        for stream in round_.streams:
            if stream.closes_at is not None and stream.closes_at > now:
                move_stream(session, viewer, stream, now, reason, now)
        return None

    return _moving(viewer, round_id, reason, work)


def extend(
    viewer: Viewer,
    round_id: int,
    closes_at: datetime,
    *,
    stream_ids: Collection[int] = (),
    reason: str,
    now: datetime,
    tell: bool = False,
) -> Refused | None:
    """Move the round's deadline later, also after it passed, and the own deadlines of the streams in `stream_ids`.

    With `tell`, everybody who has an application in the round that is not withdrawn gets a mail.
    """

    def work(session: Session, round_: Round) -> Refused | None:
        refusal = _refuse_extension(round_, closes_at, stream_ids, now)
        if refusal is not None:
            return refusal
        before = round_.closes_at
        _move(session, viewer, round_, "round.extended", {"closes_at": closes_at}, reason, now)
        for stream in round_.streams:
            if stream.id in stream_ids:
                move_stream(session, viewer, stream, closes_at, reason, now)
        if tell:
            _tell_applicants(session, round_, before, reason, now)
        return None

    return _moving(viewer, round_id, reason, work)


def archive(viewer: Viewer, round_id: int, *, reason: str, now: datetime) -> Refused | None:
    """Put a finished round away; its streams' members lose their access. A round with applicants is released first."""

    def work(session: Session, round_: Round) -> Refused | None:
        now_in = phase(round_, now)
        if now_in is Phase.ARCHIVED:
            return Refused("This round is archived already.", "There is nothing to do.")
        if now_in is Phase.OPEN:
            return Refused("This round is still open.", "People are writing.", "Close it first.")
        submitted = session.scalar(
            sa.select(
                sa.exists().where(
                    Application.round_id == round_id,
                    Application.state == ApplicationState.SUBMITTED,
                )
            )
        )
        if now_in is not Phase.RELEASED and submitted:
            return Refused(
                "The decisions of this round are not released yet.",
                "Applicants would never hear: no application ends in silence.",
                "Release the decisions first.",
            )
        _move(session, viewer, round_, "round.archived", {"archived_at": now}, reason, now)
        return None

    return _moving(viewer, round_id, reason, work)


def move_stream(
    session: Session,
    viewer: Viewer,
    stream: Stream,
    closes_at: datetime | None,
    reason: str,
    now: datetime,
) -> None:
    """Set a stream's own deadline inside a running transaction, and record it."""
    before, stream.closes_at = stream.closes_at, closes_at
    stream.version += 1
    audit.record(
        session,
        "stream.deadline_moved",
        at=now,
        actor_id=viewer.user_id,
        subject=("stream", stream.id),
        round_id=stream.round_id,
        reason=reason,
        before={"closes_at": before},
        after={"closes_at": closes_at, "name": stream.name},
    )


def dates_of(round_: Round) -> RoundDates:
    return RoundDates(
        round_.opens_at, round_.closes_at, round_.release_at, round_.references_due_at
    )


# -- helpers --------------------------------------------------------------------------------------


Answer = TypeVar("Answer")


def _moving(
    viewer: Viewer, round_id: int, reason: str, work: Callable[[Session, Round], Answer]
) -> Answer | Refused:
    """Run `work` on the locked round. What it wrote before it refused is undone."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    if not reason.strip():
        return NEEDS_A_REASON
    with writing() as session:
        round_ = locked(session, Round, round_id)
        if round_ is None:
            return GONE
        answer = work(session, round_)
        if isinstance(answer, (Refused, Stale)):
            session.rollback()
        return answer


def _move(
    session: Session,
    viewer: Viewer,
    round_: Round,
    action: str,
    values: Mapping[str, Any],
    reason: str,
    now: datetime,
) -> None:
    before = {name: getattr(round_, name) for name in values}
    assign(round_, values)
    round_.version += 1
    audit.record(
        session,
        action,
        at=now,
        actor_id=viewer.user_id,
        subject=("round", round_.id),
        round_id=round_.id,
        reason=reason,
        before=before,
        after=values,
    )


def _refuse_red(
    round_: Round, now: datetime, mail_ready: bool, verb: str, opens_at: datetime | None
) -> Refused | None:
    """What is red for an opening at `opens_at` (None: now)."""
    facts = replace(round_facts(round_, mail_ready=mail_ready), opens_at=opens_at)
    red = reds(preflight(facts, now))
    if not red:
        return None
    return Refused(
        f"This round cannot {verb} yet.",
        " ".join(check.found for check in red),
        " ".join(dict.fromkeys(check.remedy for check in red)),
    )


def _refuse_dates(
    round_: Round, dates: RoundDates, becomes: Mapping[str, Any], now: datetime
) -> Refused | None:
    stage = phase(round_, now)
    if stage in (Phase.RELEASED, Phase.ARCHIVED):
        return Refused("The dates of this round are history.", "Its decisions are released.")
    if stage in (Phase.OPEN, Phase.CLOSED) and ("opens_at" in becomes or "closes_at" in becomes):
        return Refused(
            "The opening and the deadline of this round cannot be edited any more.",
            "It has opened, and people plan by its deadline. Use “Extend” or “Close now” instead.",
        )
    if dates.opens_at and dates.closes_at and dates.closes_at <= dates.opens_at:
        return Refused(
            "The round would close before it opens.",
            "The deadline must be later than the opening.",
            "Correct one of the two.",
        )
    if "opens_at" in becomes and round_.published_at is not None:
        earliest = max(now, round_.published_at)
        if dates.opens_at is not None and dates.opens_at <= earliest:
            return Refused(
                "The opening would lie in the past, or before the announcement.",
                "An announced round opens by itself when its opening is reached.",
                "Choose a later instant, or use “Open now”.",
            )
    announced = may_announce(dates.release_at, dates.closes_at, tasks_due_at(round_.id))
    if isinstance(announced, Refused):
        return announced
    due = may_be_due(dates.references_due_at, dates.opens_at, dates.release_at)
    return due if isinstance(due, Refused) else None


def _refuse_extension(
    round_: Round, closes_at: datetime, stream_ids: Collection[int], now: datetime
) -> Refused | None:
    verdict = may_extend(round_, now)
    if isinstance(verdict, Refused):
        return verdict
    if closes_at <= now:
        return Refused(
            "That instant has passed.", "An extension lets people in.", "Choose a later instant."
        )
    if round_.closes_at is not None and closes_at <= round_.closes_at:
        return Refused(
            "That is not later than the deadline of now.",
            "An extension only moves a deadline later: people plan by it.",
            "Choose a later instant, or use “Close now”.",
        )
    for stream in round_.streams:
        if stream.id in stream_ids and stream.closes_at and stream.closes_at >= closes_at:
            return Refused(
                f"{stream.name} has a later deadline of its own already.",
                "Moving it along would make it earlier.",
                "Leave its tick out.",
            )
    return None


def _tell_applicants(
    session: Session, round_: Round, before: datetime | None, reason: str, now: datetime
) -> None:
    """One mail for each applicant; written once and put into the outbox as rows, for rounds of many thousands."""
    letter = letters.write("round_extended", round=round_, before=before, reason=reason)
    people = session.execute(
        sa.select(User.id, User.email)
        .join(Application, Application.user_id == User.id)
        .where(
            Application.round_id == round_.id,
            Application.state != ApplicationState.WITHDRAWN,
            User.active.is_(True),
        )
    )
    outbox.put_all(session, "round_extended", letter, at=now, people=list(people))
