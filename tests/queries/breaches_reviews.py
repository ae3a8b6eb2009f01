"""The planted breaches of the rules about reviews and decisions; `REVIEW_PLANTS` by the rule's name."""

import sqlalchemy as sa

from portal.domain.review import Outcome
from portal.extensions import db
from portal.models import (
    Application,
    Criterion,
    Decision,
    Review,
    Score,
    StreamApplication,
)
from tests.queries.planting import (
    Plants,
    another_submission,
    change,
    first,
    of,
    received,
    review,
)

REVIEW_PLANTS = Plants()
breach = REVIEW_PLANTS.breach


@breach("review-is-complete")
def _() -> int:
    return change(Review, review(), recommendation=None)


@breach("review-has-instant")
def _() -> int:
    return change(Review, review(), submitted_at=None)


@breach("review-of-own-submission")
def _() -> int:
    key = review()
    application_id = of(
        StreamApplication.application_id,
        StreamApplication,
        of(Review.stream_application_id, Review, key),
    )
    return change(Review, key, submission_id=another_submission(application_id))


@breach("nobody-reads-own")
def _() -> int:
    key = review()
    row = of(Review.stream_application_id, Review, key)
    application_id = of(StreamApplication.application_id, StreamApplication, row)
    return change(Review, key, reader_id=of(Application.user_id, Application, application_id))


@breach("score-on-own-criterion")
def _() -> int:
    key = first(Score.review_id)
    criterion_id = first(Score.criterion_id, Score.review_id == key)
    round_id = of(Criterion.round_id, Criterion, criterion_id)
    db.session.execute(
        sa.update(Score)
        .where(Score.review_id == key, Score.criterion_id == criterion_id)
        .values(criterion_id=first(Criterion.id, Criterion.round_id != round_id))
    )
    return key


@breach("reads-agree")
def _() -> int:
    return change(StreamApplication, received(), reads=99)


@breach("mean-agrees")
def _() -> int:
    return change(StreamApplication, received(), score_mean=0.5)


@breach("decision-has-submission")
def _() -> int:
    key = first(Decision.id)
    change(StreamApplication, of(Decision.stream_application_id, Decision, key), submission_id=None)
    return key


@breach("decisions-count-from-one")
def _() -> int:
    key = first(Decision.id, Decision.outcome == Outcome.ACCEPT)
    change(Decision, key, rank=40)
    return of(
        StreamApplication.stream_id,
        StreamApplication,
        of(Decision.stream_application_id, Decision, key),
    )


@breach("decline-has-no-rank")
def _() -> int:
    return change(Decision, first(Decision.id, Decision.outcome == Outcome.DECLINE), rank=1)


@breach("no-application-in-silence")
def _() -> int:
    key = received()
    db.session.execute(sa.delete(Decision).where(Decision.stream_application_id == key))
    return key
