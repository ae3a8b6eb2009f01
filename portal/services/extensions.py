"""A later deadline for one person, for one stream or all of a round; also for somebody who never started."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.permissions import Viewer
from portal.domain.rounds import Phase, phase
from portal.domain.verdict import Refused
from portal.models import Extension, LateDraft, Round, Stream, User
from portal.queries import applications as dossiers
from portal.queries.sent_late import offered
from portal.services import audit, outbox, promotion
from portal.services.rounds import ADMINS_ONLY, GONE
from portal.services.work import locked, writing


def grant_extension(
    viewer: Viewer,
    round_id: int,
    user_id: int,
    stream_id: int | None,
    closes_at: datetime,
    *,
    reason: str,
    now: datetime,
) -> int | Refused:
    """Let one account write until `closes_at`, in one stream or (None) in all. It is told by mail. Answers the id.

    Their effective deadline is the latest that applies: an earlier grant, or the round's own, is never shortened.
    """
    if not viewer.is_admin:
        return ADMINS_ONLY
    with writing() as session:
        round_ = locked(session, Round, round_id)
        user = session.get(User, user_id)
        stream = session.get(Stream, stream_id) if stream_id is not None else None
        strange = stream_id is not None and (stream is None or stream.round_id != round_id)
        if round_ is None or user is None or strange:
            return GONE
        refusal = _refuse_grant(session, round_, user, stream, closes_at, reason, now)
        if refusal is not None:
            return refusal
        extension = Extension(
            round_id=round_id,
            user_id=user_id,
            stream_id=stream_id,
            closes_at=closes_at,
            reason=reason,
            granted_by_id=viewer.user_id,
            granted_at=now,
        )
        session.add(extension)
        session.flush()
        let_in = promotion.promote(session, user_id, round_id, actor_id=viewer.user_id, at=now)
        _tell(session, viewer, extension, round_, user, stream, let_in)
        return extension.id


def decline_extension(
    viewer: Viewer, round_id: int, user_id: int, *, reason: str, now: datetime
) -> Refused | None:
    """Answer a request for an extension with no. What was sent late stays kept, and can be asked about again."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    with writing() as session:
        round_, user = session.get(Round, round_id), session.get(User, user_id)
        asked = _open_requests(session, round_id, user_id)
        if round_ is None or user is None or not asked:
            return Refused(
                "This request is settled already.", "Another admin may have answered it.", ""
            )
        before = max(draft.extension_asked_at for draft in asked if draft.extension_asked_at)
        for draft in asked:
            draft.extension_asked_at = None
        audit.record(
            session,
            "extension.declined",
            at=now,
            actor_id=viewer.user_id,
            subject=("user", user_id),
            round_id=round_id,
            reason=reason,
            before={"asked_at": before},
        )
        outbox.queue(
            session,
            "extension_declined",
            at=now,
            recipient=user.email,
            user_id=user.id,
            once=f"extension-declined:{round_id}:{user_id}:{before.isoformat()}",
            round=round_,
            reason=reason,
        )
        return None


def _open_requests(session: Session, round_id: int, user_id: int) -> Sequence[LateDraft]:
    return session.scalars(
        sa.select(LateDraft).where(
            LateDraft.round_id == round_id,
            LateDraft.user_id == user_id,
            LateDraft.extension_asked_at.is_not(None),
            LateDraft.settled_at.is_(None),
        )
    ).all()


def _tell(
    session: Session,
    viewer: Viewer,
    extension: Extension,
    round_: Round,
    user: User,
    stream: Stream | None,
    let_in: int,
) -> None:
    """Record the grant, and write to the one who got it: also what they can submit now, if late texts were let in."""
    at = extension.granted_at
    sent_at = offered(dossiers.of(user.id, round_.id), at) if let_in else None
    audit.record(
        session,
        "extension.granted",
        at=extension.granted_at,
        actor_id=viewer.user_id,
        subject=("user", user.id),
        round_id=round_.id,
        reason=extension.reason,
        after={
            "closes_at": extension.closes_at,
            "stream": stream.name if stream else "all streams",
        },
    )
    outbox.queue(
        session,
        "extension_granted",
        at=extension.granted_at,
        recipient=user.email,
        user_id=user.id,
        once=f"extension:{extension.id}",
        round=round_,
        stream=stream,
        closes_at=extension.closes_at,
        sent_at=sent_at,
        zone=user.time_zone,
    )


def _refuse_grant(
    session: Session,
    round_: Round,
    user: User,
    stream: Stream | None,
    closes_at: datetime,
    reason: str,
    now: datetime,
) -> Refused | None:
    stage = phase(round_, now)
    if stage in (Phase.RELEASED, Phase.ARCHIVED):
        return Refused("This round is over.", "Its decisions are released.")
    if not reason.strip():
        return Refused("Say why.", "Whoever looks at this later wants to know.")
    if closes_at <= now:
        return Refused("That instant has passed.", "It would help nobody.", "Choose a later one.")
    general = stream.closes_at if stream is not None and stream.closes_at else round_.closes_at
    if general is not None and closes_at <= general:
        return Refused(
            "That is not later than the deadline that everybody has.",
            "An extension gives one person more time.",
            "Choose a later instant.",
        )
    if not user.active or user.closed_at is not None:
        return Refused("This account is closed.", "Nobody could use the extension.")
    if _has_extension(session, round_, user, stream, closes_at):
        return Refused(
            "This person has an extension to then, or later, already.",
            "It may have been granted by another admin a moment ago.",
        )
    return None


def _has_extension(
    session: Session, round_: Round, user: User, stream: Stream | None, until: datetime
) -> bool:
    """Whether an extension for the same stream (or for all) reaches as far."""
    of_stream = (
        Extension.stream_id.is_(None) if stream is None else Extension.stream_id == stream.id
    )
    found = session.scalar(
        sa.select(Extension.id).where(
            Extension.round_id == round_.id,
            Extension.user_id == user.id,
            of_stream,
            Extension.closes_at >= until,
        )
    )
    return found is not None
