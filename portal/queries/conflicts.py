"""Conflicts of interest as conditions: which applications they keep from an account, and which reviews count."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.domain.review import ReviewState
from portal.models import (
    Application,
    Conflict,
    Mentor,
    Review,
    StreamApplication,
)


def _against(user_id: sa.SQLColumnExpression[int] | int | None) -> sa.ColumnElement[bool]:
    """Conflicts that stand and keep this account away, by itself or by the profile it holds."""
    profiles = sa.select(Mentor.id).where(Mentor.user_id == user_id).scalar_subquery()
    return sa.and_(
        Conflict.lifted_at.is_(None),
        sa.or_(Conflict.reader_id == user_id, Conflict.mentor_id.in_(profiles)),
    )


def kept_from(user_id: int | None) -> sa.Select[int]:
    """The applications that this account never meets as a reader: its own, and those of people in conflict with it."""
    # Found from the few conflicts, and not by asking each application.
    conflicted = (
        sa.select(Application.id)
        .join(
            Conflict,
            sa.and_(
                Conflict.round_id == Application.round_id,
                Conflict.applicant_id == Application.user_id,
            ),
        )
        .where(_against(user_id))
    )
    own = sa.select(Application.id).where(Application.user_id == user_id)
    kept = sa.union_all(own, conflicted).subquery("kept")
    return sa.select(kept.c.id)


def between(reader_id: Any, round_id: Any, applicant_id: Any) -> sa.ColumnElement[bool]:
    """Whether a conflict stands between two accounts in a round: columns of an enclosing statement."""
    profiles = sa.select(Mentor.id).where(Mentor.user_id == reader_id)
    return (
        sa.exists()
        .where(
            Conflict.round_id == round_id,
            Conflict.applicant_id == applicant_id,
            Conflict.lifted_at.is_(None),
            sa.or_(
                Conflict.reader_id == reader_id,
                Conflict.mentor_id.in_(profiles.scalar_subquery()),
            ),
        )
        .correlate_except(Conflict, Mentor)
    )


def is_counted() -> sa.ColumnElement[bool]:
    """Reviews that count: submitted, by somebody who is not in conflict with the applicant."""
    met, of = aliased(StreamApplication), aliased(Application)
    conflicted = (
        sa.exists()
        .where(
            met.id == Review.stream_application_id,
            of.id == met.application_id,
            between(Review.reader_id, of.round_id, of.user_id),
        )
        .correlate(Review)
    )
    return sa.and_(Review.state == ReviewState.SUBMITTED, ~conflicted)
