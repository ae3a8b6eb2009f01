"""The application of an earlier round that a new one can begin with."""

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from portal.domain.carrying import SECTIONS
from portal.extensions import db
from portal.models import Application, Round, SectionAnswers


def earlier(user_id: int | None, round_id: int) -> Application | None:
    """This person's last application in another round that has something to carry, with its round. One statement."""
    if user_id is None:
        return None
    slugs = [section.slug for section in SECTIONS]
    has_text = sa.exists().where(
        SectionAnswers.application_id == Application.id, SectionAnswers.section.in_(slugs)
    )
    statement = (
        sa.select(Application)
        .join(Application.round)
        .options(contains_eager(Application.round))
        .where(Application.user_id == user_id, Application.round_id != round_id, has_text)
        .order_by(Round.opens_at.desc(), Application.id.desc())
        .limit(1)
    )
    return db.session.scalars(statement).one_or_none()
