"""Rules about conflicts of interest and anonymised reviews."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.text import fold
from portal.models import (
    Application,
    Conflict,
    Review,
    Round,
    StreamApplication,
    Submission,
)
from portal.queries.invariants.invariant import Invariant, rule


def _saved_in_conflict() -> sa.Select[int]:
    return (
        sa.select(Review.id)
        .join(StreamApplication, StreamApplication.id == Review.stream_application_id)
        .join(Application, Application.id == StreamApplication.application_id)
        .join(
            Conflict,
            sa.and_(
                Conflict.round_id == Application.round_id,
                Conflict.applicant_id == Application.user_id,
                Conflict.reader_id == Review.reader_id,
            ),
        )
        .where(
            Review.saved_at > Conflict.declared_at,
            sa.or_(Conflict.lifted_at.is_(None), Review.saved_at < Conflict.lifted_at),
        )
    )


def _lifted_in_silence() -> sa.Select[int]:
    return sa.select(Conflict.id).where(
        sa.or_(
            sa.and_(Conflict.lifted_at.is_not(None), Conflict.lifted_reason == ""),
            sa.and_(Conflict.lifted_at.is_(None), Conflict.lifted_reason != ""),
        )
    )


def _without_code() -> sa.Select[int]:
    return (
        sa.select(StreamApplication.id)
        .join(Application, Application.id == StreamApplication.application_id)
        .join(Round, Round.id == Application.round_id)
        .where(
            Round.anonymised,
            StreamApplication.submission_id.is_not(None),
            StreamApplication.code.is_(None),
        )
    )


def _found_by_name(session: Session) -> Iterator[int]:
    """Submissions to anonymised rounds whose words for the search hold the name."""
    rows = session.execute(
        sa.select(Submission.id, Submission.applicant_name, Submission.search_text)
        .join(Application, Application.id == Submission.application_id)
        .join(Round, Round.id == Application.round_id)
        .where(Round.anonymised, Submission.applicant_name != "")
    )
    for key, name, words in rows:
        if fold(name) in words:
            yield key


INVARIANTS = (
    rule(
        "conflicted-reader-stays-away",
        "review",
        "its reader was in conflict with the applicant when it was saved",
        _saved_in_conflict,
    ),
    rule(
        "lifted-with-a-reason",
        "conflict",
        "it was lifted without a reason, or has a reason and stands",
        _lifted_in_silence,
    ),
    rule(
        "anonymised-has-a-code",
        "stream application",
        "its round is anonymised, and readers have nothing to call it by",
        _without_code,
    ),
    Invariant(
        "anonymised-search-holds-no-name",
        "submission",
        "readers of its anonymised round find it by the applicant's name",
        _found_by_name,
    ),
)
