"""Reads that matter are recorded: who saw whose application, which list of names, which export."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.domain.audit import plain
from portal.domain.permissions import Viewer
from portal.extensions import db
from portal.models import AuditEvent, Round
from portal.services import audit
from portal.services.audit_chain import EVIDENCE
from portal.services.work import writing

ONCE_IN = timedelta(hours=1)
LOOKED_AT = (
    50  # the latest reads of one kind by one person that are looked through for the same one
)


@dataclass(frozen=True)
class Read:
    """What somebody reads. `round` is the slug that the address names, if it does; `details` tells filters apart."""

    action: str
    subject: tuple[str, int | None]
    round: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def note(viewer: Viewer, read: Read, *, now: datetime) -> None:
    """Record a read, unless the same person made the same one within the last hour."""
    reader_id = viewer.reader_id
    if reader_id is None or _is_noted(reader_id, read, now):
        return
    with writing(kept_by_the_door=True) as session:
        audit.record(
            session,
            read.action,
            at=now,
            actor_id=reader_id,
            subject=read.subject,
            round_id=_round_id(read.round),
            after=read.details,
        )


def seen_as(viewer: Viewer) -> dict[str, Any]:
    """What an entry about a read adds where it was made with somebody else's eyes."""
    return {} if viewer.seen_by is None else {"seen_as": viewer.user_id}


def _is_noted(user_id: int, read: Read, now: datetime) -> bool:
    kind, key = read.subject
    recent = sa.select(AuditEvent.after).where(
        AuditEvent.actor_id == user_id,
        AuditEvent.action == read.action,
        AuditEvent.subject_type == kind,
        AuditEvent.subject_id.is_(None) if key is None else AuditEvent.subject_id == key,
        AuditEvent.at > now - ONCE_IN,
        AuditEvent.at <= now,
    )
    newest = recent.order_by(AuditEvent.position.desc()).limit(LOOKED_AT)
    return plain(read.details) in db.session.scalars(newest, execution_options=EVIDENCE).all()


def _round_id(slug: str) -> int | None:
    if not slug:
        return None
    wanted = sa.select(Round.id).where(Round.slug == slug)
    return db.session.scalar(wanted, execution_options=EVIDENCE)
