"""Saving reviews: counters follow, every change is recorded, nothing changes after the release."""

from datetime import timedelta

import sqlalchemy as sa

from portal.domain.permissions import StreamRole, Viewer
from portal.domain.review import Recommendation, ReviewState
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import AuditEvent, Review
from portal.services.reviews import Incomplete, Saved, StaleReview, Written, save
from tests.conftest import NOW

BOTH = {"fit": 5, "skill": 2}


def viewer(user, stream):
    return Viewer(user.id, roles={stream.id: StreamRole.READER})


def written(version=0, scores=BOTH, recommendation=Recommendation.YES, comment=""):
    return Written(version, 0, scores, recommendation, comment)


def ready(make):
    stream = make.stream(make.round())
    reader = make.member(stream)
    return viewer(reader, stream), make.arrived(make.submitted(streams=[stream]), stream), stream


def test_counters_follow_submitted_reviews_only(make):
    reader, row, stream = ready(make)
    save(reader, row.id, written(), submit=False, now=NOW)
    db.session.refresh(row)
    assert (row.reads, row.score_mean) == (0, None)
    save(reader, row.id, written(1), submit=True, now=NOW)
    second = viewer(make.member(stream), stream)
    save(second, row.id, written(scores={"fit": 1, "skill": 1}), submit=True, now=NOW)
    db.session.refresh(row)
    assert (row.reads, row.score_mean) == (2, 2.25)


def test_a_submitted_review_stays_submitted_when_it_is_changed(make):
    reader, row, _ = ready(make)
    save(reader, row.id, written(), submit=True, now=NOW)
    changed = save(reader, row.id, written(1, comment="More"), submit=False, now=NOW)
    assert changed == Saved(2, ReviewState.SUBMITTED)
    assert isinstance(save(reader, row.id, written(2, {}), submit=False, now=NOW), Incomplete)


def test_a_stale_save_writes_nothing(make):
    reader, row, _ = ready(make)
    save(reader, row.id, written(comment="first"), submit=False, now=NOW)
    assert save(reader, row.id, written(comment="second"), submit=False, now=NOW) == StaleReview(1)
    assert db.session.scalars(sa.select(Review.comment)).all() == ["first"]


def test_every_save_is_recorded_without_the_words_of_the_comment(make):
    reader, row, _ = ready(make)
    save(reader, row.id, written(comment="secret words"), submit=True, now=NOW)
    event = db.session.scalars(sa.select(AuditEvent)).one()
    assert (event.action, event.subject_id) == ("review.submitted", row.id)
    assert event.after["fit"] == 5
    assert "secret" not in str(event.after)


def test_nothing_is_reviewed_after_the_release(make):
    reader, row, stream = ready(make)
    stream.round.released_at = NOW
    db.session.commit()
    assert isinstance(save(reader, row.id, written(), submit=True, now=NOW), Refused)
    before = NOW - timedelta(microseconds=1)
    assert isinstance(save(reader, row.id, written(), submit=True, now=before), Saved)


def test_strangers_applicants_and_withdrawn_applications_are_out_of_reach(make):
    _, row, stream = ready(make)
    other = make.stream(stream.round)
    stranger = Viewer(make.user().id, roles={other.id: StreamRole.LEAD})
    assert save(stranger, row.id, written(), submit=True, now=NOW) is None
    own = Viewer(row.application.user_id, roles={stream.id: StreamRole.LEAD})
    assert save(own, row.id, written(), submit=True, now=NOW) is None
