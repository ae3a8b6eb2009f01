"""What leaves the portal in bulk is recorded: who took which list, and how long it was."""

from datetime import datetime
from typing import Any

from portal.domain.permissions import Viewer
from portal.services import audit
from portal.services.work import writing


def note_export(
    viewer: Viewer, round_id: int, rows: int, wanted: dict[str, Any], *, now: datetime
) -> None:
    """Record that the viewer took `rows` applications of a round, chosen by the filter `wanted`."""
    with writing() as session:
        audit.record(
            session,
            "applications.exported",
            at=now,
            actor_id=viewer.user_id,
            subject=("round", round_id),
            round_id=round_id,
            after={"rows": rows, **wanted},
        )


def note_log_export(viewer: Viewer, rows: int, wanted: dict[str, Any], *, now: datetime) -> None:
    """Record that the viewer took `rows` events of the audit log itself, chosen by the filter `wanted`."""
    with writing() as session:
        audit.record(
            session,
            "audit.exported",
            at=now,
            actor_id=viewer.user_id,
            subject=("audit", None),
            after={"rows": rows, **wanted},
        )
