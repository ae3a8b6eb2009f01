"""That somebody opened another person's file is recorded: who and when, never what it is called."""

from datetime import datetime

from portal.domain.permissions import Viewer
from portal.queries.files import Readable
from portal.services import audit
from portal.services.reads import seen_as
from portal.services.work import writing


def note_opened(viewer: Viewer, found: Readable, *, now: datetime) -> None:
    """Record that the viewer opened a file of somebody's application."""
    file_id, round_id = found.file.id, found.file.round_id
    with writing(kept_by_the_door=True) as session:
        audit.record(
            session,
            "file.opened",
            at=now,
            actor_id=viewer.reader_id,
            subject=("application", found.application_id),
            round_id=round_id,
            after={"file": file_id} | seen_as(viewer),
        )
