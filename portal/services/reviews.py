"""What happens when a reader scores: saved as a draft or submitted, never over a newer save, audited."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from portal.domain.anonymity import version_mark
from portal.domain.permissions import Viewer
from portal.domain.questions import Gap
from portal.domain.review import (
    HIGHEST,
    LOWEST,
    Recommendation,
    ReviewState,
    may_review,
    mean_of_means,
    review_gaps,
)
from portal.domain.verdict import Refused
from portal.models import (
    Application,
    Criterion,
    Review,
    Round,
    Score,
    Stream,
    StreamApplication,
    StreamMember,
    Submission,
)
from portal.queries.conflicts import is_counted
from portal.queries.scope import at_key, visible_to
from portal.services import audit
from portal.services.versions import changes
from portal.services.work import locked, writing


@dataclass(frozen=True)
class Written:
    """What a reader's form holds. `version` is the one it was opened with (0: no review yet), `submission_id` what
    was on screen (or its `domain.anonymity.version_mark`); `scores` goes by criterion slug."""

    version: int
    submission_id: int
    scores: Mapping[str, int]
    recommendation: Recommendation | None
    comment: str


@dataclass(frozen=True)
class StaleReview:
    """Another tab saved in between; nothing was written."""

    version: int


@dataclass(frozen=True)
class Incomplete:
    """Kept as it was: what a submitted review still lacks."""

    gaps: list[Gap]


@dataclass(frozen=True)
class Saved:
    version: int
    state: ReviewState


Answer = Saved | Refused | StaleReview | Incomplete


def save(
    viewer: Viewer, stream_application_id: int, written: Written, *, submit: bool, now: datetime
) -> Answer | None:
    """Save the viewer's review. None if there is no such application for them to read.

    A review that was submitted stays submitted: saving it means changing it, so it has to stay complete.
    """
    with writing() as session:
        row = _readable(session, viewer, stream_application_id)
        if row is None:
            return None
        round_ = session.get_one(Round, row.stream.round_id)
        refused = may_review(round_.released_at, now)
        if isinstance(refused, Refused):
            return refused
        review = _own(session, viewer, row.id)
        standing = review.version if review else 0
        if written.version != standing:
            return StaleReview(standing)
        criteria = _criteria(session, round_.id)
        submit = submit or (review is not None and review.state is ReviewState.SUBMITTED)
        if submit:
            labels = [(slug, criterion.label) for slug, criterion in criteria.items()]
            missing = review_gaps(labels, written.scores, written.recommendation)
            if missing:
                return Incomplete(missing)
        review = review or _begin(session, viewer, row, now)
        return _record(session, row, review, criteria, written, submit, now)


def _record(
    session: Session,
    row: StreamApplication,
    review: Review,
    criteria: Mapping[str, Criterion],
    written: Written,
    submit: bool,
    now: datetime,
) -> Saved:
    before = _figures(review, criteria)
    was_submitted = review.state is ReviewState.SUBMITTED
    _write(session, review, row, written, now)
    _set_scores(
        review, {criteria[slug].id: v for slug, v in written.scores.items() if slug in criteria}
    )
    if submit:
        review.state = ReviewState.SUBMITTED
        review.submitted_at = review.submitted_at or now
        session.flush()
        recount(session, [row.id])
    old, new = changes(before, _figures(review, criteria))
    audit.record(
        session,
        f"review.{'changed' if was_submitted else 'submitted' if submit else 'saved'}",
        at=now,
        actor_id=review.reader_id,
        subject=("stream_application", row.id),
        round_id=row.stream.round_id,
        before=old,
        after=new,
    )
    return Saved(review.version, review.state)


def _readable(session: Session, viewer: Viewer, key: int) -> StreamApplication | None:
    row: StreamApplication | None = session.scalar(
        sa.select(StreamApplication)
        .join(Application, Application.id == StreamApplication.application_id)
        .options(selectinload(StreamApplication.stream))
        .where(at_key(viewer, key), visible_to(viewer))
        .with_for_update(of=StreamApplication)
        .execution_options(populate_existing=True)
    )
    return row


def _own(session: Session, viewer: Viewer, key: int) -> Review | None:
    review: Review | None = session.scalar(
        sa.select(Review)
        .options(selectinload(Review.scores))
        .where(Review.stream_application_id == key, Review.reader_id == viewer.user_id)
        .execution_options(populate_existing=True)
    )
    return review


def _criteria(session: Session, round_id: int) -> dict[str, Criterion]:
    rows = session.scalars(
        sa.select(Criterion).where(Criterion.round_id == round_id).order_by(Criterion.position)
    )
    return {criterion.slug: criterion for criterion in rows}


def _begin(session: Session, viewer: Viewer, row: StreamApplication, now: datetime) -> Review:
    assert viewer.user_id is not None
    review = Review(
        stream_application_id=row.id,
        stream_id=row.stream_id,
        reader_id=viewer.user_id,
        state=ReviewState.DRAFT,
        comment="",
        version=0,
        created_at=now,
        saved_at=now,
        scores=[],
    )
    session.add(review)
    return review


def _write(
    session: Session, review: Review, row: StreamApplication, written: Written, now: datetime
) -> None:
    review.submission_id = _on_screen(session, row, written) or row.submission_id
    review.recommendation = written.recommendation
    review.comment = written.comment
    review.saved_at = now
    review.version += 1


def _on_screen(session: Session, row: StreamApplication, written: Written) -> int | None:
    """The version that the form was beside, named by its id or, where the review is anonymised, by its mark."""
    versions = session.execute(
        sa.select(Submission.id, Submission.salt).where(
            Submission.application_id == row.application_id
        )
    )
    return next(
        (key for key, salt in versions if written.submission_id in (key, version_mark(salt))), None
    )


def _set_scores(review: Review, wanted: Mapping[int, int]) -> None:
    kept = {score.criterion_id: score for score in review.scores}
    for criterion_id, value in wanted.items():
        if not LOWEST <= value <= HIGHEST:
            raise ValueError(f"a score of {value} is outside the scale")
        if criterion_id in kept:
            kept[criterion_id].value = value
        else:
            review.scores.append(Score(criterion_id=criterion_id, value=value))
    for criterion_id, score in kept.items():
        if criterion_id not in wanted:
            review.scores.remove(score)


def _figures(review: Review, criteria: Mapping[str, Criterion]) -> dict[str, object]:
    """What the audit log keeps of a review: scores and recommendation; of the comment only that it changed."""
    values = {score.criterion_id: score.value for score in review.scores}
    figures: dict[str, object] = {slug: values.get(c.id) for slug, c in criteria.items()}
    return {
        **figures,
        "recommendation": review.recommendation,
        "state": review.state,
        "comment_words": len(review.comment.split()),
    }


def recount(session: Session, stream_application_ids: Iterable[int]) -> None:
    """Bring `reads` and `score_mean` of these stream applications up to the reviews that count."""
    for key in stream_application_ids:
        reviews = session.scalars(
            sa.select(Review)
            .options(selectinload(Review.scores))
            .where(
                Review.stream_application_id == key,
                is_counted(),
            )
        ).all()
        session.execute(
            sa.update(StreamApplication)
            .where(StreamApplication.id == key)
            .values(
                reads=len(reviews),
                score_mean=mean_of_means([s.value for s in review.scores] for review in reviews),
            )
            .execution_options(synchronize_session=False)
        )


def open_totals(viewer: Viewer, stream_id: int, now: datetime) -> Refused | None:
    """A decider chooses to see totals of applications they have not read; for good, and recorded."""
    with writing() as session:
        member = session.scalar(
            sa.select(StreamMember).where(
                StreamMember.stream_id == stream_id, StreamMember.user_id == viewer.user_id
            )
        )
        if member is None or stream_id not in viewer.led_stream_ids:
            return Refused("You do not decide for this stream.", "Only leads and co-leads do.")
        if member.totals_opened_at is None:
            stream = locked(session, Stream, stream_id)
            member.totals_opened_at = now
            audit.record(
                session,
                "ranking.totals_opened",
                at=now,
                actor_id=viewer.user_id,
                subject=("stream", stream_id),
                round_id=stream.round_id if stream else None,
            )
        return None
