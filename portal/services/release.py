"""What happens when a round's decisions are released: one instant for everyone, one letter each, once."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.adapters import letters
from portal.domain.decisions import UNDECIDED_AT_RELEASE, Release, may_release
from portal.domain.permissions import Viewer
from portal.domain.review import Outcome
from portal.domain.rounds import phase
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import Application, Decision, Round, StreamApplication
from portal.queries import release as looking
from portal.services import audit, outbox
from portal.services.outbox import Addressed
from portal.services.work import locked, writing


@dataclass(frozen=True)
class Released:
    """`told` people were told now; 0 when the round had been released before and nothing changed."""

    at: datetime
    told: int


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
            tasks_due=facts.tasks_due_at is not None and now < facts.tasks_due_at + round_.grace,
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
        outbox.put_each(session, "decision", written, at=now)
        return Released(now, len(written))


def _write_letters(round_id: int) -> list[Addressed]:
    round_ = db.session.get_one(Round, round_id)
    return [
        Addressed(
            letters.write(
                "decision",
                name=person.name,
                round_name=round_.name,
                round_slug=round_.slug,
                decisions=person.decisions,
            ),
            person.user_id,
            person.email,
            once=f"decision:{round_id}:{person.user_id}",
        )
        for person in looking.recipients(round_id)
    ]


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
    declined = {
        "outcome": Outcome.DECLINE,
        "reason": "",
        "decided_by_id": viewer.user_id,
        "decided_at": now,
        "version": 1,
    }
    session.execute(
        sa.insert(Decision), [{**declined, "stream_application_id": key} for key in keys]
    )
    audit.record_each(
        session,
        "decision.made",
        at=now,
        actor_id=viewer.user_id,
        subject_type="stream_application",
        subject_ids=keys,
        round_id=round_id,
        reason=UNDECIDED_AT_RELEASE,
        before={"outcome": None},
        after={"outcome": Outcome.DECLINE},
    )
    return len(keys)
