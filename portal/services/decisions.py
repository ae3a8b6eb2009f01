"""What happens when a stream decides: outcomes, the order of accepts and waitlist, reasons; versioned and audited."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.applications import ApplicationState
from portal.domain.conflicts import Hands, may_decide_in_place
from portal.domain.decisions import LONGEST_REASON, ORDERED, Standing, in_order, may_decide
from portal.domain.permissions import Viewer
from portal.domain.review import Outcome
from portal.domain.verdict import Refused
from portal.models import Application, Decision, Round, Stream, StreamApplication, StreamMember
from portal.queries.admin_applications import visible
from portal.queries.conflicts import between, kept_from
from portal.queries.scope import at_keys, key_of, visible_to
from portal.services import audit
from portal.services.conflicts import INVOLVED, is_involved
from portal.services.versions import changes
from portal.services.work import locked, writing

TOO_LONG = Refused(
    "Nothing was saved: a reason is too long.",
    f"An applicant’s reason has up to {LONGEST_REASON} characters.",
    "Shorten it and save again.",
)
# Why the log says that an admin decided, and not the stream.
IN_PLACE = "everybody who decides for the stream is in conflict with the applicant"


@dataclass(frozen=True)
class Choice:
    """What a decider wants for one stream application. `seen` is the version it was decided upon (0: undecided).

    `key` and `rank` are as the decider knows them (`queries.scope.key_of`, `queries.decisions.rank_for`).

    `outcome` None takes a decision back. `rank` None puts a newly ordered one at the end and leaves another where it
    is. `reason` None leaves the reason as it stands.
    """

    key: int
    seen: int
    outcome: Outcome | None
    rank: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Decided:
    changed: int


@dataclass(frozen=True)
class Conflict:
    """Somebody decided on these in between; nothing was written."""

    keys: frozenset[int]


def decide(
    viewer: Viewer, stream_id: int, choices: Sequence[Choice], *, now: datetime
) -> Decided | Conflict | Refused:
    """Write all of `choices`, or none of them. Raises LookupError for an application that is not the stream's."""
    if stream_id not in viewer.led_stream_ids:
        return Refused("You do not decide for this stream.", "Only its leads and co-leads do.")
    if any(len(choice.reason or "") > LONGEST_REASON for choice in choices):
        return TOO_LONG
    with writing() as session:
        stream = locked(session, Stream, stream_id)
        if stream is None:
            raise LookupError(f"no stream {stream_id}")
        round_ = session.get_one(Round, stream.round_id, populate_existing=True)
        refused = may_decide(round_.released_at, now)
        if isinstance(refused, Refused):
            return refused
        ids = _readable(session, viewer, stream_id, {choice.key for choice in choices})
        standing = _standing(session, stream_id)
        stale = {c.key for c in choices if c.seen != _version(standing.get(ids[c.key]))}
        if stale:
            return Conflict(frozenset(stale))
        unseen = _unseen(session, viewer, stream_id)
        known = [replace(choice, key=ids[choice.key]) for choice in choices]
        placed = [replace(c, rank=_among_all(c, standing, unseen)) for c in known]
        changed = [_apply(session, choice, standing, viewer, stream, now) for choice in placed]
        _renumber(standing.values(), placed)
        return Decided(sum(changed))


def decide_in_place(
    viewer: Viewer, application_id: int, choice: Choice, *, now: datetime
) -> Decided | Conflict | Refused:
    """An admin decides on an application that all who decide for its stream are in conflict with.

    `choice.key` is the id of the stream application. Raises LookupError where the admin meets no such application.
    """
    if not viewer.is_admin:
        return Refused("You do not decide in their place.", "Only the programme's admins do.")
    if len(choice.reason or "") > LONGEST_REASON:
        return TOO_LONG
    with writing() as session:
        row = session.scalar(
            sa.select(StreamApplication)
            .join(Application, Application.id == StreamApplication.application_id)
            .where(
                StreamApplication.id == choice.key,
                StreamApplication.application_id == application_id,
                visible(viewer),
                StreamApplication.submission_id.is_not(None),
                Application.state == ApplicationState.SUBMITTED,
            )
        )
        stream = locked(session, Stream, row.stream_id) if row else None
        if row is None or stream is None:
            raise LookupError(f"no application {choice.key} to decide on")
        if is_involved(session, viewer, application_id):
            return INVOLVED
        round_ = session.get_one(Round, stream.round_id, populate_existing=True)
        verdict = may_decide(round_.released_at, now) and may_decide_in_place(_hands(session, row))
        if isinstance(verdict, Refused):
            return verdict
        standing = _standing(session, stream.id)
        if choice.seen != _version(standing.get(choice.key)):
            return Conflict(frozenset({choice.key}))
        changed = _apply(session, choice, standing, viewer, stream, now, IN_PLACE)
        _renumber(standing.values(), [choice])
        return Decided(int(changed))


def _hands(session: Session, row: StreamApplication) -> Hands:
    """Who decides for the stream, and who of them is in conflict with this applicant."""
    away = between(StreamMember.user_id, Application.round_id, Application.user_id)
    found = session.execute(
        sa.select(StreamMember.user_id, StreamMember.role, away)
        .select_from(StreamMember)
        .join(Application, Application.id == row.application_id)
        .where(StreamMember.stream_id == row.stream_id)
    ).all()
    deciders = {key for key, role, _ in found if role.decides}
    return Hands(deciders, {key for key, _, conflicted in found if conflicted})


def _version(decision: Decision | None) -> int:
    return decision.version if decision else 0


def _readable(session: Session, viewer: Viewer, stream_id: int, keys: set[int]) -> dict[int, int]:
    """The ids of the applications that the viewer knows by these numbers."""
    rows = session.execute(
        sa.select(key_of(viewer), StreamApplication.id)
        .join(Application, Application.id == StreamApplication.application_id)
        .where(visible_to(viewer), StreamApplication.stream_id == stream_id, at_keys(viewer, keys))
    )
    found: dict[int, int] = dict(rows.all())
    missing = keys - found.keys()
    if missing:
        raise LookupError(f"not this stream's to decide: {sorted(missing)}")
    return found


def _unseen(session: Session, viewer: Viewer, stream_id: int) -> set[int]:
    """The stream applications that others decide on, since the viewer never meets them."""
    return set(
        session.scalars(
            sa.select(StreamApplication.id).where(
                StreamApplication.stream_id == stream_id,
                StreamApplication.application_id.in_(kept_from(viewer.user_id)),
            )
        )
    )


def _among_all(choice: Choice, standing: Mapping[int, Decision], unseen: set[int]) -> int | None:
    """The place that was asked for among those the decider meets, as a place among all."""
    if choice.rank is None or not unseen:
        return choice.rank
    others = {key: row for key, row in standing.items() if row.outcome is choice.outcome}
    met = sorted(row.rank for key, row in others.items() if row.rank and key not in unseen)
    hidden = sum(key in unseen for key in others)
    return met[choice.rank - 1] if choice.rank <= len(met) else choice.rank + hidden


def _standing(session: Session, stream_id: int) -> dict[int, Decision]:
    rows = session.scalars(
        sa.select(Decision)
        .join(StreamApplication, StreamApplication.id == Decision.stream_application_id)
        .where(StreamApplication.stream_id == stream_id)
        .execution_options(populate_existing=True)
    )
    return {decision.stream_application_id: decision for decision in rows}


def _figures(decision: Decision | None) -> dict[str, object]:
    """What the audit log keeps: of a reason only how long it is."""
    if decision is None:
        return {"outcome": None, "rank": None, "reason_words": 0}
    return {
        "outcome": decision.outcome,
        "rank": decision.rank,
        "reason_words": len(decision.reason.split()),
    }


def _apply(
    session: Session,
    choice: Choice,
    standing: dict[int, Decision],
    viewer: Viewer,
    stream: Stream,
    now: datetime,
    reason: str = "",
) -> bool:
    """Write one choice if it changes anything, and say so in the audit log."""
    decision = standing.get(choice.key)
    before = _figures(decision)
    if choice.outcome is None:
        if decision is None:
            return False
        session.delete(standing.pop(choice.key))
        action, after = "cleared", _figures(None)
    else:
        if decision is not None and not _differs(decision, choice):
            return False
        action = "changed" if decision else "made"
        decision = decision or _undecided(session, standing, choice.key)
        _write(decision, choice, viewer, now)
        after = _figures(decision)
        if choice.rank is not None:
            after["rank"] = choice.rank
    old, new = changes(before, after)
    audit.record(
        session,
        f"decision.{action}",
        at=now,
        actor_id=viewer.user_id,
        subject=("stream_application", choice.key),
        round_id=stream.round_id,
        reason=reason,
        before=old,
        after=new,
    )
    return True


def _differs(decision: Decision, choice: Choice) -> bool:
    return (
        decision.outcome is not choice.outcome
        or choice.reason not in (None, decision.reason)
        or (choice.rank not in (None, decision.rank) and choice.outcome in ORDERED)
    )


def _undecided(session: Session, standing: dict[int, Decision], key: int) -> Decision:
    decision = standing[key] = Decision(stream_application_id=key, reason="", version=0)
    session.add(decision)
    return decision


def _write(decision: Decision, choice: Choice, viewer: Viewer, now: datetime) -> None:
    assert choice.outcome is not None
    if decision.outcome is not choice.outcome:
        decision.outcome, decision.rank = choice.outcome, None
    if choice.reason is not None:
        decision.reason = choice.reason
    decision.decided_by_id, decision.decided_at = viewer.user_id, now
    decision.version += 1


def _renumber(decisions: Iterable[Decision], choices: Sequence[Choice]) -> None:
    """Close gaps and settle who moved where. It moves no version: a place that shifts is nobody's edit."""
    rows = {decision.stream_application_id: decision for decision in decisions}
    moved = {c.key: c.rank for c in choices if c.rank is not None and c.outcome in ORDERED}
    ranks = in_order([Standing(key, row.outcome, row.rank) for key, row in rows.items()], moved)
    for key, row in rows.items():
        row.rank = ranks.get(key)
