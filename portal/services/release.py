"""What happens when a round's decisions are released: one instant for everyone, one letter each, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.adapters import letters
from portal.domain.decisions import Release, may_release
from portal.domain.permissions import Viewer
from portal.domain.review import Outcome
from portal.domain.rounds import phase
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import Application, Decision, Round, StreamApplication
from portal.queries import release as looking
from portal.queries.release import Recipient
from portal.services import audit, outbox
from portal.services.work import locked, writing


@dataclass(frozen=True)
class Released:
    """`told` people were told now; 0 when the round had been released before and nothing changed."""

    at: datetime
    told: int


@dataclass(frozen=True)
class _Letter:
    to: Recipient
    letter: letters.Letter


def release(viewer: Viewer, round_id: int, asked: Release, *, now: datetime) -> Released | Refused:
    """Release a round. Letters are written before the transaction; the mark proves that nothing changed since."""
    if not viewer.is_admin:
        return Refused("You cannot release decisions.", "Only admins do.")
    before = looking.facts(round_id)
    written = _write_letters(round_id) if before.mark == asked.seen else []
    with writing() as session:
        round_ = locked(session, Round, round_id)
        if round_ is None:
            raise LookupError(f"no round {round_id}")
        if round_.released_at is not None:
            return Released(round_.released_at, 0)
        facts = looking.facts(round_id)
        verdict = may_release(
            asked,
            phase=phase(round_, now),
            told=facts.told,
            undecided=facts.undecided,
            seen=facts.mark,
        )
        if isinstance(verdict, Refused):
            return verdict
        declined = _decline_undecided(session, viewer, round_id, now)
        round_.released_at = now
        audit.record(
            session,
            "round.released",
            at=now,
            actor_id=viewer.user_id,
            subject=("round", round_id),
            round_id=round_id,
            before={"released_at": None},
            after={"released_at": now, "told": facts.told, "declined_as_undecided": declined},
        )
        _queue(session, round_id, written, now)
        return Released(now, len(written))


def _write_letters(round_id: int) -> list[_Letter]:
    round_ = db.session.get_one(Round, round_id)
    found = []
    for person in looking.recipients(round_id):
        letter = letters.write(
            "decision",
            name=person.name,
            round_name=round_.name,
            round_slug=round_.slug,
            decisions=person.decisions,
        )
        found.append(_Letter(person, letter))
    return found


def _decline_undecided(session: Session, viewer: Viewer, round_id: int, now: datetime) -> int:
    """Record a decline for each stream application without a decision, so that none is left in silence."""
    keys = session.scalars(
        sa.select(StreamApplication.id)
        .join(Application, Application.id == StreamApplication.application_id)
        .outerjoin(Decision, Decision.stream_application_id == StreamApplication.id)
        .where(looking.standing(round_id), Decision.id.is_(None))
    ).all()
    if not keys:
        return 0
    for key in keys:
        decision = Decision(
            stream_application_id=key,
            outcome=Outcome.DECLINE,
            reason="",
            decided_by_id=viewer.user_id,
            decided_at=now,
        )
        session.add(decision)
        audit.record(
            session,
            "decision.made",
            at=now,
            actor_id=viewer.user_id,
            subject=("stream_application", key),
            round_id=round_id,
            reason="undecided at the release",
            before={"outcome": None},
            after={"outcome": Outcome.DECLINE},
        )
    return len(keys)


def _queue(session: Session, round_id: int, written: Sequence[_Letter], now: datetime) -> None:
    for each in written:
        outbox.put(
            session,
            "decision",
            each.letter,
            at=now,
            recipient=each.to.email,
            user_id=each.to.user_id,
            once=f"decision:{round_id}:{each.to.user_id}",
        )
