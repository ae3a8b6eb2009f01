"""The planted breaches of the rules about conflicts and anonymised reviews; `CONFLICT_PLANTS` by the rule's name."""

from datetime import timedelta

import sqlalchemy as sa

from portal.extensions import db
from portal.models import Application, Conflict, Review, Round, StreamApplication, Submission
from tests.queries.planting import Plants, change, of, received, review

CONFLICT_PLANTS = Plants()
breach = CONFLICT_PLANTS.breach


def _conflict(review_id: int) -> int:
    """The reader of this review is in conflict with its applicant, since a minute before it was saved."""
    row = of(Review.stream_application_id, Review, review_id)
    application = of(StreamApplication.application_id, StreamApplication, row)
    conflict = Conflict(
        round_id=of(Application.round_id, Application, application),
        applicant_id=of(Application.user_id, Application, application),
        reader_id=of(Review.reader_id, Review, review_id),
        named="",
        origin="admin",
        reason="They work together.",
        declared_at=of(Review.saved_at, Review, review_id) - timedelta(minutes=1),
        lifted_reason="",
    )
    db.session.add(conflict)
    db.session.flush()
    return conflict.id


def _anonymised(stream_application_id: int) -> int:
    """Its round is anonymised, as if nobody had looked at what was submitted before; answers the submission."""
    application = of(StreamApplication.application_id, StreamApplication, stream_application_id)
    round_id = of(Application.round_id, Application, application)
    in_round = sa.select(Application.id).where(Application.round_id == round_id)
    every = db.session.scalars(
        sa.select(StreamApplication.id).where(StreamApplication.application_id.in_(in_round))
    )
    for number, key in enumerate(every.all()):
        change(StreamApplication, key, code=(1 << 30) + number)
    db.session.execute(
        sa.update(Submission).where(Submission.application_id.in_(in_round)).values(search_text="")
    )
    change(Round, round_id, anonymised=True)
    return int(of(StreamApplication.submission_id, StreamApplication, stream_application_id))


@breach("conflicted-reader-stays-away")
def _() -> int:
    key = review()
    _conflict(key)
    return key


@breach("lifted-with-a-reason")
def _() -> int:
    key = _conflict(review())
    declared_at = of(Conflict.declared_at, Conflict, key)
    return change(Conflict, key, lifted_at=declared_at + timedelta(seconds=1))


@breach("anonymised-has-a-code")
def _() -> int:
    key = received()
    _anonymised(key)
    return change(StreamApplication, key, code=None)


@breach("anonymised-search-holds-no-name")
def _() -> int:
    key = _anonymised(received())
    name = of(Submission.applicant_name, Submission, key)
    return change(
        Submission, key, search_text=f"as {name.lower()} i would", applicant_name=name.lower()
    )
