"""Rules about reading and deciding: reviews, the sums kept beside them, and decisions."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.decisions import ORDERED
from portal.domain.review import Recommendation, ReviewState, mean_of_means
from portal.models import (
    Application,
    Criterion,
    Decision,
    Review,
    Score,
    Stream,
    StreamApplication,
    Submission,
)
from portal.queries.conflicts import is_counted
from portal.queries.invariants.invariant import Invariant, rule

CLOSE = 1e-9  # two ways of adding the same floats


def _incomplete_review() -> sa.Select[int]:
    asked = (
        sa.select(sa.func.count())
        .select_from(Criterion)
        .join(Stream, Stream.round_id == Criterion.round_id)
        .join(StreamApplication, StreamApplication.stream_id == Stream.id)
        .where(StreamApplication.id == Review.stream_application_id)
        .scalar_subquery()
    )
    given = sa.select(sa.func.count()).where(Score.review_id == Review.id).scalar_subquery()
    abstains = Review.recommendation == Recommendation.ABSTAIN
    return sa.select(Review.id).where(
        Review.state == ReviewState.SUBMITTED,
        sa.or_(Review.recommendation.is_(None), sa.and_(~abstains, given < asked)),
    )


def _review_without_instant() -> sa.Select[int]:
    submitted = Review.state == ReviewState.SUBMITTED
    return sa.select(Review.id).where(submitted != Review.submitted_at.is_not(None))


def _foreign_submission() -> sa.Select[int]:
    return (
        sa.select(Review.id)
        .join(StreamApplication, StreamApplication.id == Review.stream_application_id)
        .join(Submission, Submission.id == Review.submission_id)
        .where(Submission.application_id != StreamApplication.application_id)
    )


def _own_application() -> sa.Select[int]:
    return (
        sa.select(Review.id)
        .join(StreamApplication, StreamApplication.id == Review.stream_application_id)
        .join(Application, Application.id == StreamApplication.application_id)
        .where(Application.user_id == Review.reader_id)
    )


def _foreign_criterion() -> sa.Select[int]:
    return (
        sa.select(Score.review_id)
        .join(Criterion, Criterion.id == Score.criterion_id)
        .join(Review, Review.id == Score.review_id)
        .join(StreamApplication, StreamApplication.id == Review.stream_application_id)
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .where(Criterion.round_id != Stream.round_id)
    )


def _other_count() -> sa.Select[int]:
    counted = (
        sa.select(sa.func.count())
        .where(
            Review.stream_application_id == StreamApplication.id,
            is_counted(),
        )
        .scalar_subquery()
    )
    return sa.select(StreamApplication.id).where(StreamApplication.reads != counted)


def _other_mean(session: Session) -> Iterator[int]:
    reviews: dict[int, dict[int, list[int]]] = {}
    scores = (
        sa.select(Review.stream_application_id, Review.id, Score.value)
        .join(Score, Score.review_id == Review.id)
        .where(is_counted())
    )
    for key, review_id, value in session.execute(scores):
        reviews.setdefault(key, {}).setdefault(review_id, []).append(value)
    kept = sa.select(StreamApplication.id, StreamApplication.score_mean)
    for key, mean in session.execute(kept):
        right = mean_of_means(reviews.get(key, {}).values())
        if (mean is None) != (right is None) or (
            mean is not None and right is not None and abs(mean - right) > CLOSE
        ):
            yield key


def _decision_on_nothing() -> sa.Select[int]:
    return (
        sa.select(Decision.id)
        .join(StreamApplication, StreamApplication.id == Decision.stream_application_id)
        .where(StreamApplication.submission_id.is_(None))
    )


def _gap_in_decisions() -> sa.Select[int]:
    return (
        sa.select(StreamApplication.stream_id)
        .join(Decision, Decision.stream_application_id == StreamApplication.id)
        .where(Decision.outcome.in_(ORDERED))
        .group_by(StreamApplication.stream_id, Decision.outcome)
        .having(
            sa.or_(
                sa.func.coalesce(sa.func.max(Decision.rank), 0) != sa.func.count(),
                sa.func.count(Decision.rank.distinct()) != sa.func.count(),
            )
        )
    )


def _ranked_decline() -> sa.Select[int]:
    return sa.select(Decision.id).where(
        Decision.outcome.not_in(ORDERED), Decision.rank.is_not(None)
    )


INVARIANTS = (
    rule(
        "review-is-complete",
        "review",
        "it was submitted without a score or a recommendation",
        _incomplete_review,
    ),
    rule(
        "review-has-instant",
        "review",
        "its state and the instant of its submission disagree",
        _review_without_instant,
    ),
    rule(
        "review-of-own-submission",
        "review",
        "what was on screen is another application's submission",
        _foreign_submission,
    ),
    rule("nobody-reads-own", "review", "its reader is the applicant", _own_application),
    rule(
        "score-on-own-criterion",
        "review",
        "it scores a criterion of another round",
        _foreign_criterion,
    ),
    rule(
        "reads-agree",
        "stream application",
        "its count of reviews is another than that of the reviews",
        _other_count,
    ),
    Invariant(
        "mean-agrees",
        "stream application",
        "its mean score is another than that of the reviews",
        _other_mean,
    ),
    rule(
        "decision-has-submission",
        "decision",
        "the stream never received the application",
        _decision_on_nothing,
    ),
    rule(
        "decisions-count-from-one",
        "stream",
        "the places of its accepts or its waitlist are not 1, 2, 3 ...",
        _gap_in_decisions,
    ),
    rule(
        "decline-has-no-rank",
        "decision",
        "it declines, and has a place in an order",
        _ranked_decline,
    ),
)
