"""One application as a reader of its stream opens it: text, own review, and others' once one's own is in."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.domain.anonymity import anonymous, identity_of, version_mark
from portal.domain.permissions import Viewer
from portal.domain.reading import Change, Reading, applicant_name, changes, reading
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
from portal.queries.conflicts import is_counted
from portal.queries.handed_in import Work, work_of
from portal.queries.handed_in import anonymous as anonymous_work
from portal.queries.references import Received, for_readers
from portal.queries.scope import at_key, name_or_label, visible_to


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
    the arrival of the version that the reader saw; `others` is None while one's own review is not in.

    `id` is what `queries.scope.key_of` says, and `version` names what is on screen. While the review is anonymised
    there is no `identity`, no instant, no file, no link and no reference in any of it.
    """

    id: int
    version: int
    stream_id: int
    stream: str
    round_name: str
    identity: str | None
    received_at: datetime | None
    reads: int
    reading: Reading
    criteria: list[Criterion]
    own: OwnReview | None
    may_review: Verdict
    direction_id: int | None = None
    changed: bool = False
    changes: list[Change] = field(default_factory=list)
    read_version_at: datetime | None = None
    others: list[OtherReview] | None = None
    work: list[Work] = field(default_factory=list)
    references: list[Received] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the reader calls the applicant."""
        return name_or_label(self.identity, self.id) or "Application"

    @property
    def is_anonymous(self) -> bool:
        return self.identity is None


def open_application(viewer: Viewer, key: int, now: datetime) -> ReadingPage | None:
    """The application named `key`, if the viewer may read it; None otherwise, whatever the cause."""
    row = db.session.execute(
        sa.select(StreamApplication, Submission, Stream, Round, User, _wished())
        .join(Application, Application.id == StreamApplication.application_id)
        .join(User, User.id == Application.user_id)
        .join(Submission, Submission.id == StreamApplication.submission_id)
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .join(Round, Round.id == Stream.round_id)
        .where(at_key(viewer, key), visible_to(viewer))
    ).one_or_none()
    if row is None:
        return None
    found, submission, stream, round_, user, direction_id = row
    criteria = criteria_of(round_.id)
    own = _own_review(viewer, found.id)
    writable = may_review(round_.released_at, now)
    visible = others_visible(own.state if own else None, released=not writable)
    page = ReadingPage(
        id=found.id,
        version=submission.id,
        stream_id=stream.id,
        stream=stream.name,
        round_name=round_.name,
        identity="",
        received_at=submission.received_at,
        reads=found.reads,
        reading=reading(read(submission.content), stream.id),
        criteria=criteria,
        own=_own(own, criteria) if own else None,
        may_review=writable,
        direction_id=direction_id,
        others=_others(viewer, found.id, criteria) if visible else None,
        work=work_of([found.id])[found.id],
    )
    seen = _seen(own, submission)
    if stream.id in viewer.blind:
        return _anonymous(page, found, submission, seen, user)
    return _named(page, found, submission, seen, round_)


def _named(
    page: ReadingPage,
    found: StreamApplication,
    submission: Submission,
    seen: Submission | None,
    round_: Round,
) -> ReadingPage:
    """The page of a reader who knows who applied."""
    before = reading(read(seen.content), page.stream_id) if seen else None
    return replace(
        page,
        identity=applicant_name(read(submission.content)),
        changed=seen is not None,
        changes=changes(before, page.reading) if before else [],
        read_version_at=seen.received_at if seen else None,
        references=for_readers(found.application_id) if round_.max_referees else [],
    )


def _anonymous(
    page: ReadingPage,
    found: StreamApplication,
    submission: Submission,
    seen: Submission | None,
    user: User,
) -> ReadingPage:
    """The page of a reader from whom it is withheld: made anew, so that a template has nothing to leak."""
    assert found.code is not None  # it is by the code that it was found
    content = read(submission.content)
    who = identity_of(content, user.name, user.email)
    if seen:
        # A name that was given up since stands in the earlier version still.
        before = read(seen.content)
        who = who.and_also(identity_of(before, user.name, user.email))
    now_read = anonymous(content, page.stream_id, who)
    return replace(
        page,
        id=found.code,
        version=version_mark(submission.salt),
        identity=None,
        received_at=None,
        reading=now_read,
        changed=seen is not None,
        changes=changes(anonymous(before, page.stream_id, who), now_read) if seen else [],
        work=[anonymous_work(work, who) for work in page.work],
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


def _seen(own: Review | None, current: Submission) -> Submission | None:
    """The version that the reader's review is of, where a newer one has come since."""
    if own is None or own.submission_id is None or own.submission_id == current.id:
        return None
    return db.session.get(Submission, own.submission_id)


def _others(viewer: Viewer, key: int, criteria: list[Criterion]) -> list[OtherReview]:
    rows = db.session.execute(
        sa.select(Review, User.name)
        .join(User, User.id == Review.reader_id)
        .options(joinedload(Review.scores))
        .where(
            Review.stream_application_id == key,
            Review.reader_id != viewer.user_id,
            is_counted(),
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
