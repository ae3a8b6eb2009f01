"""The streams a viewer leads, for editing their words and questions."""

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.domain.permissions import Viewer
from portal.extensions import db
from portal.models import Offering, Round, Stream


def led_streams(viewer: Viewer) -> list[Stream]:
    """The streams that the viewer leads or co-leads, with their rounds, the latest round first. One statement."""
    rows = db.session.scalars(
        sa.select(Stream)
        .join(Round, Round.id == Stream.round_id)
        .options(joinedload(Stream.round))
        .where(Stream.id.in_(viewer.led_stream_ids))
        .order_by(Round.closes_at.desc().nulls_first(), Stream.name)
    )
    return list(rows)


def led_stream(viewer: Viewer, stream_id: int) -> Stream | None:
    """One of them with its round, directions, questions and tasks; None when the viewer does not lead it."""
    return db.session.scalar(
        sa.select(Stream)
        .options(
            joinedload(Stream.round),
            selectinload(Stream.offerings).joinedload(Offering.direction),
            selectinload(Stream.questions),
            selectinload(Stream.work_tests),
        )
        .where(Stream.id == stream_id, Stream.id.in_(viewer.led_stream_ids))
    )
