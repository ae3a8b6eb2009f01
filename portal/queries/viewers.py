"""Who is asking, as the rules see them."""

from datetime import datetime

import sqlalchemy as sa

from portal.domain.anonymity import is_withheld
from portal.domain.permissions import Viewer
from portal.extensions import db
from portal.models import Round, Stream, StreamMember, User


def viewer_of(user: User, now: datetime) -> Viewer:
    """The viewer of a signed-in account. Rights in a stream end with its round's archiving.

    The one place that says in which streams a viewer is told who applied.
    """
    rows = db.session.execute(
        sa.select(StreamMember.stream_id, StreamMember.role, Round.anonymised, Round.released_at)
        .join(Stream, Stream.id == StreamMember.stream_id)
        .join(Round, Round.id == Stream.round_id)
        .where(
            StreamMember.user_id == user.id,
            sa.or_(Round.archived_at.is_(None), Round.archived_at > now),
        )
    ).all()
    blind = frozenset(
        row.stream_id
        for row in rows
        if is_withheld(anonymised=row.anonymised, released_at=row.released_at, now=now)
    )
    return Viewer(user.id, user.is_admin, {row.stream_id: row.role for row in rows}, blind=blind)
