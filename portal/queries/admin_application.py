"""One whole application for an admin: what was sent, what came late, how it was read and decided, and its trail."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.domain.permissions import Viewer
from portal.domain.review import Outcome, ReviewState
from portal.domain.submissions import Content, read
from portal.extensions import db
from portal.models import (
    Application,
    AuditEvent,
    Decision,
    Extension,
    LateDraft,
    Review,
    Round,
    Stream,
    StreamApplication,
    StreamMember,
    Submission,
    User,
)
from portal.queries.admin_applications import visible
from portal.queries.conflicts import is_counted
from portal.queries.handed_in import Work, work_of
from portal.queries.reading import criteria_of

SHOWN_EVENTS = 100


@dataclass(frozen=True)
class ReaderReview:
    """A reader's review as admins see it. Of a draft only that it exists. `after_totals`: begun once its writer had
    opened the totals of the stream. `left_out`: submitted, and counted no more, since its writer is in conflict."""

    reader: str
    state: ReviewState
    scores: list[int | None]
    recommendation: str
    comment: str
    submitted_at: datetime | None
    after_totals: bool
    left_out: bool


@dataclass(frozen=True)
class StreamPart:
    id: int
    stream: str
    rank: int | None
    submission_id: int | None
    outcome: Outcome | None
    place: int | None
    reason: str
    decided_by: str
    decided_at: datetime | None
    reviews: list[ReaderReview]
    work: list[Work]


@dataclass(frozen=True)
class Whole:
    application: Application
    user: User
    round: Round
    submissions: list[Submission]
    content: Content | None
    streams: list[StreamPart]
    criteria: list[str]
    late: list[LateDraft]
    extensions: list[Extension]
    events: list[AuditEvent]


def whole(viewer: Viewer, key: int) -> Whole | None:
    """The application, unless the viewer may not see it. Nine statements."""
    application = db.session.scalar(
        sa.select(Application)
        .options(joinedload(Application.user), joinedload(Application.round))
        .where(Application.id == key, visible(viewer))
    )
    if application is None:
        return None
    submissions = list(
        db.session.scalars(
            sa.select(Submission)
            .where(Submission.application_id == key)
            .order_by(Submission.received_at.desc(), Submission.id.desc())
        )
    )
    criteria = criteria_of(application.round_id)
    parts = _parts(key, [criterion.id for criterion in criteria])
    return Whole(
        application=application,
        user=application.user,
        round=application.round,
        submissions=submissions,
        content=read(submissions[0].content) if submissions else None,
        streams=parts,
        criteria=[criterion.label for criterion in criteria],
        late=_of_person(LateDraft, application, LateDraft.received_at.desc()),
        extensions=_of_person(Extension, application, Extension.closes_at),
        events=_events(key, [part.id for part in parts]),
    )


def _of_person(model: Any, application: Application, order: Any) -> list[Any]:
    """The rows of a table that belong to the applicant in this round."""
    return list(
        db.session.scalars(
            sa.select(model)
            .where(
                model.round_id == application.round_id,
                model.user_id == application.user_id,
            )
            .order_by(order)
        )
    )


def _parts(key: int, criteria: list[int]) -> list[StreamPart]:
    rows = db.session.execute(
        sa.select(StreamApplication, Stream.name, Decision, User.name)
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .outerjoin(Decision, Decision.stream_application_id == StreamApplication.id)
        .outerjoin(User, User.id == Decision.decided_by_id)
        .where(StreamApplication.application_id == key)
        .order_by(StreamApplication.best_rank.nulls_last(), Stream.name)
    ).all()
    keys = [row[0].id for row in rows]
    reviews, work = _reviews(keys, criteria), work_of(keys)
    return [
        StreamPart(
            id=row.id,
            stream=stream,
            rank=row.best_rank,
            submission_id=row.submission_id,
            outcome=decision.outcome if decision else None,
            place=decision.rank if decision else None,
            reason=decision.reason if decision else "",
            decided_by=decider or "",
            decided_at=decision.decided_at if decision else None,
            reviews=reviews[row.id],
            work=work[row.id],
        )
        for row, stream, decision, decider in rows
    ]


def _reviews(keys: list[int], criteria: list[int]) -> dict[int, list[ReaderReview]]:
    rows = db.session.execute(
        sa.select(Review, User.name, StreamMember.totals_opened_at, is_counted())
        .join(User, User.id == Review.reader_id)
        .join(StreamApplication, StreamApplication.id == Review.stream_application_id)
        .outerjoin(
            StreamMember,
            sa.and_(
                StreamMember.stream_id == StreamApplication.stream_id,
                StreamMember.user_id == Review.reader_id,
            ),
        )
        .options(joinedload(Review.scores))
        .where(Review.stream_application_id.in_(keys))
        .order_by(Review.submitted_at.nulls_last(), Review.id)
    ).unique()
    found: dict[int, list[ReaderReview]] = defaultdict(list)
    for review, reader, opened_at, counted in rows:
        done = review.state is ReviewState.SUBMITTED
        values = {score.criterion_id: score.value for score in review.scores} if done else {}
        found[review.stream_application_id].append(
            ReaderReview(
                reader=reader,
                state=review.state,
                scores=[values.get(key) for key in criteria],
                recommendation=review.recommendation.words
                if done and review.recommendation
                else "",
                comment=review.comment if done else "",
                submitted_at=review.submitted_at,
                after_totals=opened_at is not None and review.created_at > opened_at,
                left_out=done and not counted,
            )
        )
    return found


def _events(key: int, parts: list[int]) -> list[AuditEvent]:
    return list(
        db.session.scalars(
            sa.select(AuditEvent)
            .options(joinedload(AuditEvent.actor))
            .where(
                sa.or_(
                    sa.and_(AuditEvent.subject_type == "application", AuditEvent.subject_id == key),
                    sa.and_(
                        AuditEvent.subject_type == "stream_application",
                        AuditEvent.subject_id.in_(parts),
                    ),
                )
            )
            .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
            .limit(SHOWN_EVENTS)
        )
    )
