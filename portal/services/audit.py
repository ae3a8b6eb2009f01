"""The audit log: a change and its entry are one transaction. `services.audit_chain` links the entries."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy.orm import Session

from portal.adapters.requests import request_id
from portal.domain.instants import iso
from portal.models import AuditEvent
from portal.services import audit_chain


def record(
    session: Session,
    action: str,
    *,
    at: datetime,
    actor_id: int | None,
    subject: tuple[str, int | None],
    round_id: int | None = None,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add one entry, such as `record(session, "round.extended", subject=("round", 3), ...)`.

    `before` and `after` hold the changed fields only. Texts that people wrote are named, not copied, by the callers.
    The entry gets its place in the log, and its id, when the transaction commits.
    """
    session.add(
        AuditEvent(
            at=at,
            action=action,
            actor_id=actor_id,
            subject_type=subject[0],
            subject_id=subject[1],
            round_id=round_id,
            reason=reason,
            before=_plain(before),
            after=_plain(after),
            request_id=request_id(),
        )
    )


def record_each(
    session: Session,
    action: str,
    *,
    at: datetime,
    actor_id: int | None,
    subject_type: str,
    subject_ids: Iterable[int],
    round_id: int | None = None,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add the same entry for each of many subjects; they are written in one statement."""
    shared = {
        "at": at,
        "action": action,
        "actor_id": actor_id,
        "subject_type": subject_type,
        "round_id": round_id,
        "reason": reason,
        "before": _plain(before),
        "after": _plain(after),
        "request_id": request_id(),
    }
    rows = [{**shared, "subject_id": key} for key in subject_ids]
    if rows:
        audit_chain.wait(session, rows)


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return iso(value)
        return value.value if isinstance(value, Enum) else value

    return {name: plain(value) for name, value in (values or {}).items()}
