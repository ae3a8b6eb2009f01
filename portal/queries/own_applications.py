"""What an applicant finds beside the form itself: their rounds, announcements, late texts, outcomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.domain.applications import ApplicationState
from portal.domain.permissions import Viewer
from portal.domain.review import Outcome
from portal.domain.rounds import Phase, last_close, phase
from portal.extensions import db
from portal.models import (
    Announcement,
    Application,
    Decision,
    Direction,
    LateDraft,
    Offering,
    Round,
    Stream,
    StreamApplication,
    Submission,
)
from portal.queries.applications import Dossier, announced


def own(viewer: Viewer) -> Sequence[Application]:
    """The viewer's applications over all rounds, newest round first."""
    return db.session.scalars(
        sa.select(Application)
        .join(Application.round)
        .where(Application.user_id == viewer.user_id)
        .options(
            joinedload(Application.round).selectinload(Round.streams),
            joinedload(Application.current_submission),
        )
        .order_by(Round.opens_at.desc(), Round.id.desc())
    ).all()


def unreleased_rounds(at: datetime) -> Sequence[Round]:
    """The announced rounds whose decisions are not released, by their opening."""
    return db.session.scalars(
        sa.select(Round)
        .where(*announced(at), Round.released_at.is_(None) | (Round.released_at > at))
        .options(selectinload(Round.streams))
        .order_by(Round.opens_at, Round.id)
    ).all()


def current(rounds: Sequence[Round], at: datetime) -> list[Round]:
    """Those of the rounds that take applications now, then those that will."""
    wanted = [r for r in rounds if phase(r, at) in (Phase.OPEN, Phase.SCHEDULED)]
    return sorted(wanted, key=lambda r: phase(r, at) is not Phase.OPEN)


def last_closed(rounds: Sequence[Round], at: datetime) -> Round | None:
    """The one of the rounds that closed most recently: an extension can be asked for there."""
    closed = [r for r in rounds if phase(r, at) is Phase.CLOSED]
    return max(closed, key=lambda r: (last_close(r) or at, r.id), default=None)


def announcements(round_ids: Sequence[int], at: datetime) -> Sequence[Announcement]:
    """What the programme told the applicants of these rounds, newest first."""
    return db.session.scalars(
        sa.select(Announcement)
        .where(Announcement.round_id.in_(round_ids), Announcement.published_at <= at)
        .options(joinedload(Announcement.round))
        .order_by(Announcement.published_at.desc(), Announcement.id.desc())
    ).all()


def wanted_direction(slug: str, at: datetime) -> tuple[Direction, Round, Stream] | None:
    """A direction by its slug with the round that offers it now, or the next to offer it; None where none does."""
    rows = db.session.execute(
        sa.select(Direction, Round, Stream)
        .join(Offering, Offering.direction_id == Direction.id)
        .join(Stream, Stream.id == Offering.stream_id)
        .join(Round, Round.id == Offering.round_id)
        .where(
            Direction.slug == slug,
            *announced(at),
            sa.func.coalesce(Stream.closes_at, Round.closes_at) > at,
        )
        .order_by(Round.opens_at)
        .limit(1)
    ).first()
    return (rows[0], rows[1], rows[2]) if rows else None


def late_drafts(viewer: Viewer, round_id: int) -> Sequence[LateDraft]:
    """The viewer's texts that came too late and have not been settled, newest first."""
    return db.session.scalars(
        sa.select(LateDraft)
        .where(
            LateDraft.user_id == viewer.user_id,
            LateDraft.round_id == round_id,
            LateDraft.settled_at.is_(None),
        )
        .order_by(LateDraft.received_at.desc(), LateDraft.id.desc())
    ).all()


def submissions(viewer: Viewer, round_id: int) -> Sequence[Submission]:
    """Everything the viewer submitted in a round, newest first."""
    return db.session.scalars(
        sa.select(Submission)
        .join(Application, Application.id == Submission.application_id)
        .where(Application.user_id == viewer.user_id, Application.round_id == round_id)
        .order_by(Submission.received_at.desc(), Submission.id.desc())
    ).all()


def made_with(viewer: Viewer, round_slug: str, idempotency_key: str) -> str | None:
    """The number of the receipt that a submit with this key was answered with; None if there was none yet."""
    return db.session.scalar(
        sa.select(Submission.number)
        .join(Application, Application.id == Submission.application_id)
        .join(Round, Round.id == Application.round_id)
        .where(
            Application.user_id == viewer.user_id,
            Round.slug == round_slug,
            Submission.idempotency_key == idempotency_key,
        )
    )


@dataclass(frozen=True)
class StreamOutcome:
    """What one stream decided, once it may be seen. `outcome` is None where the stream recorded nothing."""

    stream: str
    outcome: Outcome | None
    reason: str


def outcomes(dossier: Dossier, at: datetime) -> list[StreamOutcome]:
    """The decisions about an application by stream, best rank first; nothing at all before the round's release."""
    application, released = dossier.application, dossier.round.released_at
    if application is None or released is None or released > at:
        return []
    if application.state is not ApplicationState.SUBMITTED:
        return []
    rows = db.session.execute(
        sa.select(Stream.name, Decision.outcome, Decision.reason)
        .select_from(StreamApplication)
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .outerjoin(Decision, Decision.stream_application_id == StreamApplication.id)
        .where(
            StreamApplication.application_id == application.id,
            StreamApplication.submission_id.is_not(None),
        )
        .order_by(StreamApplication.best_rank, Stream.name)
    )
    return [StreamOutcome(name, outcome, reason or "") for name, outcome, reason in rows]
