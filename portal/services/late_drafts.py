"""What arrives too late is refused and kept: sealed apart from the working copy, until an extension lets it in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.rounds import Deadline, may_write
from portal.domain.verdict import Allowed, Refused
from portal.models import LateDraft, User
from portal.queries import applications as dossiers
from portal.queries.applications import Dossier
from portal.services import audit
from portal.services.work import locked, writing

LONGEST_REASON = 5_000  # characters


@dataclass(frozen=True)
class Late:
    """A write that came too late. Its text is kept in the late draft of this id; nothing else was changed."""

    refusal: Refused
    draft_id: int
    received_at: datetime
    closed_at: datetime

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True)
class Asked:
    """An extension was asked for, with the late draft of this id."""

    draft_id: int


def judge(
    session: Session,
    dossier: Dossier,
    user_id: int,
    deadline: Deadline,
    received_at: datetime,
    action: str,
    content: Mapping[str, Any],
    stream_id: int | None = None,
) -> Allowed | Refused | Late:
    """The one answer to every write of an application: allowed, refused, or late with what was sent kept.

    Takes part in the caller's transaction. `action` names what was tried: a section, "submit", "start", "restore".
    """
    verdict = may_write(dossier.round, deadline, received_at)
    if isinstance(verdict, Allowed):
        return verdict
    assert dossier.round.opens_at is not None
    if received_at < dossier.round.opens_at:
        return verdict
    draft_id = _keep(session, dossier, user_id, deadline, received_at, action, content, stream_id)
    return Late(verdict, draft_id, received_at, deadline.closes_at)


def _keep(
    session: Session,
    dossier: Dossier,
    user_id: int,
    deadline: Deadline,
    received_at: datetime,
    action: str,
    content: Mapping[str, Any],
    stream_id: int | None,
) -> int:
    same = [
        draft for draft in _unsettled(session, user_id, dossier.round.id)
        if draft.action == action and draft.content == content and draft.stream_id == stream_id
    ]  # fmt: skip
    if same:  # pressed twice: one text, kept once
        return same[0].id
    draft = LateDraft(
        round_id=dossier.round.id,
        user_id=user_id,
        stream_id=stream_id,
        action=action,
        content=dict(content),
        received_at=received_at,
        closed_at=deadline.closes_at,
    )
    session.add(draft)
    session.flush()
    audit.record(
        session,
        "application.refused_late",
        at=received_at,
        actor_id=user_id,
        subject=("late_draft", draft.id),
        round_id=dossier.round.id,
        after={"action": action, "closed_at": deadline.closes_at, "received_at": received_at},
    )
    return draft.id


def _unsettled(session: Session, user_id: int, round_id: int) -> list[LateDraft]:
    """Newest first."""
    return list(
        session.scalars(
            sa.select(LateDraft)
            .where(
                LateDraft.user_id == user_id,
                LateDraft.round_id == round_id,
                LateDraft.settled_at.is_(None),
            )
            .order_by(LateDraft.received_at.desc(), LateDraft.id.desc())
        )
    )


def ask_for_extension(
    user_id: int, round_id: int, draft_id: int | None, reason: str, *, received_at: datetime
) -> Asked | Refused:
    """Ask for a later deadline, with a reason. It needs no deadline of its own: one asks because that has passed.

    The request is written on the person's own late draft `draft_id`, else on their newest, else on a new empty one.
    """
    if not reason.strip():
        return Refused(
            "Your request needs a reason.",
            "The people who decide about it know nothing but what you write here.",
            "A sentence or two is enough.",
        )
    with writing() as session:
        locked(session, User, user_id)
        dossier = dossiers.of(user_id, round_id)
        deadline = dossier.general()
        late = _unsettled(session, user_id, round_id)
        if not late and deadline.judge(received_at).accepted:
            return Refused(
                "Your deadline has not passed.",
                "You can still write and submit.",
                "If you know already that you need longer, ask the programme a question.",
            )
        draft = next((each for each in late if each.id == draft_id), late[0] if late else None)
        if draft is None:
            kept = _keep(session, dossier, user_id, deadline, received_at, "extension", {}, None)
            draft = session.get_one(LateDraft, kept)
        draft.extension_asked_at = received_at
        draft.extension_reason = reason.strip()[:LONGEST_REASON]
        audit.record(
            session,
            "extension.asked",
            at=received_at,
            actor_id=user_id,
            subject=("late_draft", draft.id),
            round_id=round_id,
        )
        return Asked(draft.id)
