"""One application as a reader of its stream opens it: text, own review, and others' once one's own is in."""

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.domain.permissions import Viewer
from portal.domain.reading import Change, Reading, changes, reading
from portal.domain.review import (
    Recommendation,
    ReviewState,
    may_review,
    mean_of_means,
    others_visible,
)
from portal.domain.submissions import read
from portal.domain.verdict import Verdict
from portal.extensions import db
from portal.models import (
    Application,
    Criterion,
    Offering,
    Review,
    Round,
    Stream,
    StreamApplication,
    Submission,
    SubmissionChoice,
    User,
)
from portal.queries.handed_in import Work, work_of
from portal.queries.references import Received, for_readers
from portal.queries.reviews import visible_to


@dataclass(frozen=True)
class OwnReview:
    """`scores` by criterion slug."""

    version: int
    state: ReviewState
    scores: dict[str, int]
    recommendation: Recommendation | None
    comment: str
    saved_at: datetime


@dataclass(frozen=True)
class OtherReview:
    """A colleague's submitted review; `scores` in the order of the criteria, None where not scored."""

    reader: str
    scores: list[int | None]
    mean: float | None
    recommendation: Recommendation | None
    comment: str


@dataclass(frozen=True)
class ReadingPage:
    """`direction_id` is the applicant's best-ranked direction of this stream; `changes` are since `read_version_at`,
    the arrival of the version that the reader saw; `others` is None while one's own review is not in."""

    id: int
    submission_id: int
    stream_id: int
    stream: str
    round_name: str
    received_at: datetime
    reads: int
    reading: Reading
    criteria: list[Criterion]
    own: OwnReview | None
    may_review: Verdict
    direction_id: int | None = None
    changes: list[Change] = field(default_factory=list)
    read_version_at: datetime | None = None
    others: list[OtherReview] | None = None
    work: list[Work] = field(default_factory=list)
    references: list[Received] = field(default_factory=list)


def open_application(viewer: Viewer, key: int, now: datetime) -> ReadingPage | None:
    """The application named `key`, if the viewer may read it; None otherwise, whatever the cause."""
    row = db.session.execute(
        sa.select(StreamApplication, Submission, Stream, Round, _wished())
        .join(Application, Application.id == StreamApplication.application_id)
        .join(Submission, Submission.id == StreamApplication.submission_id)
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .join(Round, Round.id == Stream.round_id)
        .where(StreamApplication.id == key, visible_to(viewer))
    ).one_or_none()
    if row is None:
        return None
    found, submission, stream, round_, direction_id = row
    criteria = criteria_of(round_.id)
    own = _own_review(viewer, key)
    now_read = reading(read(submission.content), stream.id)
    differences, earlier = _since_read(own, submission, stream.id, now_read)
    writable = may_review(round_.released_at, now)
    visible = others_visible(own.state if own else None, released=not writable)
    return ReadingPage(
        id=found.id,
        submission_id=submission.id,
        stream_id=stream.id,
        stream=stream.name,
        round_name=round_.name,
        received_at=submission.received_at,
        reads=found.reads,
        reading=now_read,
        criteria=criteria,
        own=_own(own, criteria) if own else None,
        may_review=writable,
        direction_id=direction_id,
        changes=differences,
        read_version_at=earlier,
        others=_others(viewer, key, criteria) if visible else None,
        work=work_of([key])[key],
        references=for_readers(found.application_id) if round_.max_referees else [],
    )


def _wished() -> sa.ScalarSelect[int]:
    """The direction of this stream that the applicant ranks highest."""
    return (
        sa.select(Offering.direction_id)
        .join(SubmissionChoice, SubmissionChoice.offering_id == Offering.id)
        .where(
            SubmissionChoice.submission_id == StreamApplication.submission_id,
            SubmissionChoice.stream_id == StreamApplication.stream_id,
        )
        .order_by(SubmissionChoice.rank)
        .limit(1)
        .scalar_subquery()
    )


def criteria_of(round_id: int) -> list[Criterion]:
    rows = db.session.scalars(
        sa.select(Criterion)
        .where(Criterion.round_id == round_id)
        .order_by(Criterion.position, Criterion.id)
    )
    return list(rows)


def _own_review(viewer: Viewer, key: int) -> Review | None:
    rows = db.session.scalars(
        sa.select(Review)
        .options(joinedload(Review.scores))
        .where(Review.stream_application_id == key, Review.reader_id == viewer.user_id)
    )
    return rows.unique().one_or_none()


def _own(review: Review, criteria: list[Criterion]) -> OwnReview:
    slugs = {criterion.id: criterion.slug for criterion in criteria}
    scores = {slugs[s.criterion_id]: s.value for s in review.scores if s.criterion_id in slugs}
    return OwnReview(
        review.version,
        review.state,
        scores,
        review.recommendation,
        review.comment,
        review.saved_at,
    )


def _since_read(
    own: Review | None, current: Submission, stream_id: int, now_read: Reading
) -> tuple[list[Change], datetime | None]:
    if own is None or own.submission_id is None or own.submission_id == current.id:
        return [], None
    earlier = db.session.get(Submission, own.submission_id)
    if earlier is None:
        return [], None
    return changes(reading(read(earlier.content), stream_id), now_read), earlier.received_at


def _others(viewer: Viewer, key: int, criteria: list[Criterion]) -> list[OtherReview]:
    rows = db.session.execute(
        sa.select(Review, User.name)
        .join(User, User.id == Review.reader_id)
        .options(joinedload(Review.scores))
        .where(
            Review.stream_application_id == key,
            Review.reader_id != viewer.user_id,
            Review.state == ReviewState.SUBMITTED,
        )
        .order_by(Review.submitted_at, Review.id)
    )
    return [_other(review, name, criteria) for review, name in rows.unique()]


def _other(review: Review, reader: str, criteria: list[Criterion]) -> OtherReview:
    values = {score.criterion_id: score.value for score in review.scores}
    return OtherReview(
        reader=reader,
        scores=[values.get(criterion.id) for criterion in criteria],
        mean=mean_of_means([list(values.values())]),
        recommendation=review.recommendation,
        comment=review.comment,
    )
