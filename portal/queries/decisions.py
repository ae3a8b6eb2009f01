"""What streams decide: the ranking that a stream's members see."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.domain.decisions import may_decide, warnings
from portal.domain.permissions import StreamRole, Viewer
from portal.domain.review import (
    Outcome,
    Recommendation,
    ReviewState,
    totals_visible,
)
from portal.domain.rounds import may_write, stream_deadline
from portal.domain.text import fold
from portal.domain.verdict import Verdict
from portal.extensions import db
from portal.models import (
    Application,
    Decision,
    Review,
    Round,
    Score,
    Stream,
    StreamApplication,
    StreamMember,
    Submission,
    User,
)
from portal.queries.conflicts import is_counted, kept_from
from portal.queries.reviews import TaggedDirection, directions_of
from portal.queries.scope import (
    NAME,
    at_key,
    identity_for,
    is_called,
    key_of,
    name_or_label,
    visible_to,
)

PAGE = 40
SHOWS = ("undecided", *(outcome.value for outcome in Outcome))
SORTS = ("order", "mean", "name")
REUSED_REASONS = 5


@dataclass(frozen=True)
class RankingFilter:
    show: str = ""
    sort: str = "order"
    q: str = ""


@dataclass(frozen=True)
class Totals:
    """What the submitted reviews of one application say together: each reader's mean, and their recommendations."""

    means: tuple[float, ...] = ()
    recommendations: Mapping[Recommendation, int] = field(default_factory=dict)

    @property
    def mean(self) -> float | None:
        return sum(self.means) / len(self.means) if self.means else None


@dataclass(frozen=True)
class RankingRow:
    """One application of the ranking. `totals` is None while they are hidden from this viewer, and then `outcome` is
    hidden too unless the viewer decides. `seen` is the decision's version, 0 for none.

    `id` and `identity` are as in the queue. `rank` counts what the viewer meets: it shows no gap for anybody else.
    """

    id: int
    identity: str | None
    reads: int
    own: ReviewState | None
    totals: Totals | None
    outcome: Outcome | None
    rank: int | None
    reason: str
    seen: int
    directions: tuple[TaggedDirection, ...] = ()

    @property
    def name(self) -> str:
        return name_or_label(self.identity, self.id)


@dataclass(frozen=True)
class Board:
    """A stream's ranking as one member sees it, without its rows.

    `accepts_until`: the deadline up to which applications still arrive; None before the opening and after it.
    """

    stream_id: int
    stream: str
    round_name: str
    places: int
    role: StreamRole
    totals_opened_at: datetime | None
    may_decide: Verdict
    counts: Mapping[Outcome, int]
    total: int
    unread_by_me: int
    accepts_until: datetime | None

    @property
    def decides(self) -> bool:
        return self.role.decides

    @property
    def released(self) -> bool:
        """Nothing but the release ends deciding."""
        return not self.may_decide

    @property
    def undecided(self) -> int:
        return self.total - sum(self.counts.values())

    @property
    def warnings(self) -> list[str]:
        return warnings(self.counts, self.undecided, self.places)


def board(viewer: Viewer, stream_id: int, now: datetime) -> Board | None:
    """The ranking of a stream the viewer belongs to. Two statements."""
    if stream_id not in viewer.stream_ids:
        return None
    row = db.session.execute(
        sa.select(Stream, Round, StreamMember)
        .join(Round, Round.id == Stream.round_id)
        .join(StreamMember, StreamMember.stream_id == Stream.id)
        .where(Stream.id == stream_id, StreamMember.user_id == viewer.user_id)
    ).one_or_none()
    if row is None:
        return None
    stream, round_, member = row
    grouped = db.session.execute(
        _joined(
            sa.select(
                Decision.outcome,
                sa.func.count(),
                sa.func.sum(sa.case((Review.state == ReviewState.SUBMITTED, 0), else_=1)),
            ),
            viewer,
        )
        .where(visible_to(viewer), StreamApplication.stream_id == stream_id)
        .group_by(Decision.outcome)
    ).all()
    return Board(
        stream_id=stream.id,
        stream=stream.name,
        round_name=round_.name,
        places=stream.places,
        role=member.role,
        totals_opened_at=member.totals_opened_at,
        may_decide=may_decide(round_.released_at, now),
        counts={outcome: count for outcome, count, _ in grouped if outcome is not None},
        total=sum(count for _, count, _ in grouped),
        unread_by_me=sum(unread for _, _, unread in grouped),
        accepts_until=_accepts_until(round_, stream, now),
    )


def _accepts_until(round_: Round, stream: Stream, now: datetime) -> datetime | None:
    if round_.closes_at is None:
        return None
    # Without the grace, which is never advertised.
    deadline = stream_deadline(round_.closes_at, stream.closes_at, grace=timedelta())
    return deadline.closes_at if may_write(round_, deadline, now) else None


def _joined(query: Any, viewer: Viewer) -> Any:
    return (
        query.select_from(StreamApplication)
        .join(Application, Application.id == StreamApplication.application_id)
        .outerjoin(
            Review,
            sa.and_(
                Review.stream_application_id == StreamApplication.id,
                Review.reader_id == viewer.user_id,
            ),
        )
        .outerjoin(Decision, Decision.stream_application_id == StreamApplication.id)
    )


def rank_for(viewer: Viewer) -> sa.ColumnElement[int | None]:
    """The place of a decision among those on applications that the viewer meets: as if there were no others."""
    other, of = aliased(Decision), aliased(StreamApplication)
    kept = sa.union(*(kept_from(each) for each in viewer.eyes)).subquery()
    unseen = (
        sa.select(sa.func.count())
        .select_from(kept)  # few, so that each row asks for these and not for all decisions
        .join(of, of.application_id == kept.c.id)
        .join(other, other.stream_application_id == of.id)
        .where(
            of.stream_id == StreamApplication.stream_id,
            other.outcome == Decision.outcome,
            other.rank < Decision.rank,
        )
        .correlate(StreamApplication, Decision)
        .scalar_subquery()
    )
    return Decision.rank - unseen


def _listed(viewer: Viewer) -> Any:
    """The columns of a ranking row for every application the viewer may read."""
    columns = sa.select(
        StreamApplication.id,
        key_of(viewer),
        identity_for(viewer),
        StreamApplication.reads,
        Review.state,
        Decision.outcome,
        rank_for(viewer),
        Decision.reason,
        Decision.version,
    )
    return (
        _joined(columns, viewer)
        .join(Submission, Submission.id == StreamApplication.submission_id)
        .join(User, User.id == Application.user_id)
        .where(visible_to(viewer))
    )


def _shown(seen: Board) -> sa.ColumnElement[bool]:
    """`domain.review.totals_visible` as a condition, for orders; a test compares the two."""
    if seen.released or (seen.decides and seen.totals_opened_at is not None):
        return sa.true()
    return sa.func.coalesce(Review.state == ReviewState.SUBMITTED, sa.false())


def one(viewer: Viewer, key: int, now: datetime) -> tuple[Board, RankingRow] | None:
    """The decision on one application of a stream that the viewer decides for."""
    stream_id = db.session.scalar(
        sa.select(StreamApplication.stream_id).where(
            at_key(viewer, key), StreamApplication.stream_id.in_(viewer.led_stream_ids)
        )
    )
    seen = board(viewer, stream_id, now) if stream_id else None
    if seen is None:
        return None
    rows = db.session.execute(_listed(viewer).where(at_key(viewer, key))).all()
    found = _rows(seen, rows)
    return (seen, found[0]) if found else None


def ranking(
    viewer: Viewer, seen: Board, wanted: RankingFilter, page: int
) -> tuple[list[RankingRow], int]:
    """One page of a stream's ranking, and how many rows there are. What is hidden orders and filters nothing."""
    shown = _shown(seen)
    outcome = Decision.outcome if seen.decides else sa.case((shown, Decision.outcome))
    query = _listed(viewer).where(StreamApplication.stream_id == seen.stream_id)
    if wanted.show:
        query = query.where(
            outcome.is_(None) if wanted.show == SHOWS[0] else outcome == wanted.show
        )
    for word in fold(wanted.q).split():
        found = Submission.search_text.contains(word, autoescape=True)
        query = query.where(sa.or_(found, is_called(viewer, word)))
    total = seen.total
    if wanted.show or wanted.q:
        total = (
            db.session.scalar(
                sa.select(sa.func.count()).select_from(
                    query.with_only_columns(StreamApplication.id).subquery()
                )
            )
            or 0
        )
    # The order of names, and of ids, is not told where the review is anonymised.
    name: Any = StreamApplication.code if seen.stream_id in viewer.blind else NAME
    mean = sa.case((shown, StreamApplication.score_mean))
    order = [*_order(wanted.sort, outcome, mean, name), key_of(viewer)]
    rows = db.session.execute(query.order_by(*order).limit(PAGE).offset((page - 1) * PAGE)).all()
    return _rows(seen, rows), total


def _order(sort: str, outcome: Any, mean: Any, name: Any) -> list[Any]:
    best = mean.desc().nulls_last()
    by_outcome = sa.case(
        (outcome == Outcome.ACCEPT, 0),
        (outcome == Outcome.WAITLIST, 1),
        (outcome == Outcome.DECLINE, 3),
        else_=2,
    )
    place = sa.case((outcome.in_((Outcome.ACCEPT, Outcome.WAITLIST)), Decision.rank))
    orders = {
        "order": [by_outcome, place.nulls_last(), best, name],
        "mean": [best, name],
        "name": [name],
    }
    return orders[sort]


def _rows(seen: Board, rows: Sequence[Any]) -> list[RankingRow]:
    visible = {
        row[0]
        for row in rows
        if totals_visible(seen.role, row[4], seen.totals_opened_at, released=seen.released)
    }
    totals = totals_of(visible)
    tagged = directions_of([row[0] for row in rows])
    found = []
    for key, shown, name, reads, own, outcome, rank, reason, version in rows:
        open_ = key in visible or seen.decides
        found.append(
            RankingRow(
                id=shown,
                identity=name,
                reads=reads,
                own=own,
                totals=totals.get(key, Totals()) if key in visible else None,
                outcome=outcome if open_ else None,
                rank=rank if open_ else None,
                reason=(reason or "") if open_ else "",
                seen=version or 0,
                directions=tuple(tagged[key]),
            )
        )
    return found


def totals_of(keys: set[int]) -> dict[int, Totals]:
    """By stream application, what its submitted reviews say together. One statement."""
    rows = db.session.execute(
        sa.select(
            Review.stream_application_id, Review.recommendation, sa.func.avg(Score.value * 1.0)
        )
        .outerjoin(Score, Score.review_id == Review.id)
        .where(
            Review.stream_application_id.in_(keys),
            is_counted(),
        )
        .group_by(Review.id, Review.stream_application_id, Review.recommendation)
    ).all()
    means: dict[int, list[float]] = defaultdict(list)
    said: dict[int, Counter[Recommendation]] = defaultdict(Counter)
    for key, recommendation, mean in rows:
        if mean is not None:
            means[key].append(float(mean))
        if recommendation is not None:
            said[key][recommendation] += 1
    return {key: Totals(tuple(sorted(means[key])), said[key]) for key in {row[0] for row in rows}}


def reused_reasons(viewer: Viewer, stream_id: int) -> list[str]:
    """The reasons this stream gave more than once or last, the most used first: to give again."""
    rows = db.session.execute(
        sa.select(Decision.reason, sa.func.count())
        .join(StreamApplication, StreamApplication.id == Decision.stream_application_id)
        .join(Application, Application.id == StreamApplication.application_id)
        .where(visible_to(viewer), StreamApplication.stream_id == stream_id, Decision.reason != "")
        .group_by(Decision.reason)
        .order_by(sa.func.count().desc(), sa.func.max(Decision.decided_at).desc())
        .limit(REUSED_REASONS)
    )
    return [reason for reason, _ in rows]
