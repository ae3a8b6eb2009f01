"""The calendar of a round and the criteria its readers score."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.permissions import Viewer
from portal.domain.slugs import slug_of
from portal.domain.verdict import Refused
from portal.models import Criterion, KeyDate, Score
from portal.services import audit
from portal.services.rounds import ADMINS_ONLY, GONE
from portal.services.versions import Stale, assign, changes, fingerprint
from portal.services.work import locked, writing

# -- the calendar ---------------------------------------------------------------------------------


def save_key_date(
    viewer: Viewer,
    round_id: int,
    *,
    key_date_id: int | None,
    at: datetime,
    label: str,
    note: str,
    seen: str = "",
    now: datetime,
) -> int | Refused | Stale:
    """Add an entry to the calendar (`key_date_id` None) or change one that still is as `seen` (`mark_of`)."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    wanted = {"at": at, "label": label, "note": note}
    with writing() as session:
        if key_date_id is None:
            row = KeyDate(round_id=round_id, **wanted)
            session.add(row)
            session.flush()
            _record_part(session, viewer, "key_date.added", row, now, after=wanted)
            return row.id
        found = locked(session, KeyDate, key_date_id)
        if found is None or found.round_id != round_id:
            return GONE
        before = _key_date_values(found)
        if mark_of(found) != seen:
            return Stale(before, mark_of(found))
        was, becomes = changes(before, wanted)
        assign(found, becomes)
        if becomes:
            _record_part(session, viewer, "key_date.changed", found, now, was, becomes)
        return found.id


def remove_key_date(
    viewer: Viewer, round_id: int, key_date_id: int, *, now: datetime
) -> Refused | None:
    """Take an entry off the calendar."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    with writing() as session:
        row = locked(session, KeyDate, key_date_id)
        if row is None or row.round_id != round_id:
            return GONE
        _record_part(session, viewer, "key_date.removed", row, now, before=_key_date_values(row))
        session.delete(row)
        return None


# -- criteria -------------------------------------------------------------------------------------


def save_criterion(
    viewer: Viewer,
    round_id: int,
    *,
    criterion_id: int | None,
    label: str,
    help_text: str,
    position: int,
    seen: str = "",
    now: datetime,
) -> int | Refused | Stale:
    """Add a criterion or change one. Its wording cannot change once it was scored: the scores answer the old one."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    wanted = {"label": label, "help": help_text, "position": position}
    with writing() as session:
        if criterion_id is None:
            taken = set(
                session.scalars(sa.select(Criterion.slug).where(Criterion.round_id == round_id))
            )
            row = Criterion(round_id=round_id, slug=slug_of(label, taken, 40), **wanted)
            session.add(row)
            session.flush()
            _record_part(session, viewer, "criterion.added", row, now, after=wanted)
            return row.id
        found = locked(session, Criterion, criterion_id)
        if found is None or found.round_id != round_id:
            return GONE
        before = _criterion_values(found)
        if mark_of(found) != seen:
            return Stale(before, mark_of(found))
        was, becomes = changes(before, wanted)
        if "label" in becomes and _scored(session, found.id):
            return _scored_already("worded differently")
        assign(found, becomes)
        if becomes:
            _record_part(session, viewer, "criterion.changed", found, now, was, becomes)
        return found.id


def remove_criterion(
    viewer: Viewer, round_id: int, criterion_id: int, *, now: datetime
) -> Refused | None:
    """Remove a criterion that nobody has scored yet."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    with writing() as session:
        row = locked(session, Criterion, criterion_id)
        if row is None or row.round_id != round_id:
            return GONE
        if _scored(session, row.id):
            return _scored_already("removed")
        _record_part(session, viewer, "criterion.removed", row, now, before=_criterion_values(row))
        session.delete(row)
        return None


def mark_of(row: KeyDate | Criterion) -> str:
    """What a form about this row carries, to notice that somebody else saved it."""
    values = _key_date_values(row) if isinstance(row, KeyDate) else _criterion_values(row)
    return fingerprint(*values.values())


# -- helpers --------------------------------------------------------------------------------------


def _record_part(
    session: Session,
    viewer: Viewer,
    action: str,
    row: KeyDate | Criterion,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    kind = "key_date" if isinstance(row, KeyDate) else "criterion"
    audit.record(
        session,
        action,
        at=now,
        actor_id=viewer.user_id,
        subject=(kind, row.id),
        round_id=row.round_id,
        before=before,
        after={"label": row.label, **(after or {})},
    )


def _key_date_values(row: KeyDate) -> dict[str, Any]:
    return {"at": row.at, "label": row.label, "note": row.note}


def _criterion_values(row: Criterion) -> dict[str, Any]:
    return {"label": row.label, "help": row.help, "position": row.position}


def _scored(session: Session, criterion_id: int) -> bool:
    return bool(session.scalar(sa.select(sa.exists().where(Score.criterion_id == criterion_id))))


def _scored_already(done: str) -> Refused:
    return Refused(
        f"This criterion cannot be {done} any more.",
        "Readers have scored it as it stands.",
        "Add another criterion for what is missing.",
    )
