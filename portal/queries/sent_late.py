"""What one person sent too late and a later deadline let in, for the button that submits it."""

from datetime import datetime

import sqlalchemy as sa

from portal.domain.applications import (
    DIRECTIONS,
    SECTIONS,
    ApplicationState,
    draft_gaps,
    stream_section,
)
from portal.domain.rounds import may_write
from portal.domain.sent_late import LetIn, sent_at
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import LateDraft
from portal.queries.applications import Dossier


def stands_as_sent_at(dossier: Dossier) -> datetime | None:
    """Until when all in the working copy was sent, if late texts were let in and nothing was changed since.

    One statement; none before an application was begun.
    """
    if dossier.application is None:
        return None
    rows = db.session.execute(
        sa.select(LateDraft.action, LateDraft.received_at, LateDraft.settled_at).where(
            LateDraft.user_id == dossier.user_id,
            LateDraft.round_id == dossier.round.id,
            LateDraft.settled_at.is_not(None),
        )
    )
    let_in = (LetIn(action, sent, settled) for action, sent, settled in rows if settled is not None)
    return sent_at(let_in, saved(dossier))


def saved(dossier: Dossier) -> dict[str, datetime]:
    """When each section of the working copy that a submission would hold was last written, in the order of the form."""
    slugs = [section.slug for section in SECTIONS] + [DIRECTIONS]
    slugs += [stream_section(stream.slug) for stream in dossier.chosen_streams()]
    return {slug: at for slug in slugs if (at := dossier.saved_at(slug)) is not None}


def offered(dossier: Dossier, at: datetime) -> datetime | None:
    """`stands_as_sent_at`, where one press can submit it now: complete, in time, and not what was submitted already."""
    application = dossier.application
    if application is None or application.state is ApplicationState.WITHDRAWN:
        return None
    if isinstance(may_write(dossier.round, dossier.submit_deadline(), at), Refused):
        return None
    if dossier.submission is not None and not dossier.unsent(at):
        return None
    return None if draft_gaps(dossier.draft(at)) else stands_as_sent_at(dossier)
