"""Where one applicant's write is decided: their row locked, what stands now, and the one judgement of the deadline."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.rounds import Arrival, Deadline, may_write
from portal.domain.verdict import Refused
from portal.models import Application, LateDraft, Stream, StreamApplication, User
from portal.queries import applications as dossiers
from portal.queries.applications import Dossier
from portal.services import audit
from portal.services.work import locked


@dataclass(frozen=True)
class Late:
    """A write that came too late. Its text is kept in the late draft of this id; nothing else was changed."""

    refusal: Refused
    draft_id: int
    received_at: datetime
    closed_at: datetime

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True)
class Desk:
    """A writing transaction over one applicant's part in one round. `at` is when the request arrived.

    `actor_id` is who acts: the applicant, unless an admin's grant lets in what came too late.
    """

    session: Session
    user: User
    dossier: Dossier
    at: datetime
    actor_id: int | None


def open_desk(session: Session, user_id: int, round_id: int, at: datetime) -> Desk:
    """Queue behind this person's other writes, then see what stands now. Raises LookupError for nobody or nothing."""
    user = locked(session, User, user_id)
    if user is None or user.erased_at is not None:  # erased while this waited
        raise LookupError(f"no user {user_id}")
    return Desk(session, user, dossiers.of(user_id, round_id), at, user_id)


def judge(
    desk: Desk,
    deadline: Deadline,
    action: str,
    content: Mapping[str, Any],
    stream: Stream | None = None,
) -> Arrival | Refused | Late:
    """The one answer to every write of an application: how it arrived, or a refusal; if late, with its text kept.

    `action` names what was tried (a section, "submit", "start", "restore") and `content` is what was sent.
    """
    round_ = desk.dossier.round
    verdict = may_write(round_, deadline, desk.at)
    if not isinstance(verdict, Refused):
        return deadline.judge(desk.at)
    if round_.opens_at is None or desk.at < round_.opens_at:
        return verdict
    refusing = _ended(deadline, round_.released_at, desk.at)
    draft = keep(desk, refusing, action, content, stream)
    return Late(verdict, draft.id, desk.at, refusing.closes_at)


def _ended(deadline: Deadline, released_at: datetime | None, at: datetime) -> Deadline:
    """The deadline that refuses what arrives now: a release ends everybody's, extensions of single people too."""
    if released_at is None or at < released_at or deadline.closes_at <= released_at:
        return deadline
    return replace(deadline, closes_at=released_at)


def keep(
    desk: Desk, deadline: Deadline, action: str, content: Mapping[str, Any], stream: Stream | None
) -> LateDraft:
    """Seal what was sent apart from the working copy. The same text pressed twice is kept once."""
    stream_id = stream.id if stream else None
    for draft in unsettled(desk):
        same = (draft.action, draft.content, draft.stream_id) == (action, content, stream_id)
        if same:
            return draft
    draft = LateDraft(
        round_id=desk.dossier.round.id,
        user_id=desk.user.id,
        stream_id=stream_id,
        action=action,
        content=dict(content),
        received_at=desk.at,
        closed_at=deadline.closes_at,
    )
    desk.session.add(draft)
    desk.session.flush()
    after = {"action": action, "closed_at": deadline.closes_at, "received_at": desk.at}
    record(desk, "application.refused_late", ("late_draft", draft.id), after=after)
    return draft


def unsettled(desk: Desk) -> list[LateDraft]:
    """This person's late drafts in this round that nothing has become of, newest first."""
    return list(
        desk.session.scalars(
            sa.select(LateDraft)
            .where(
                LateDraft.user_id == desk.user.id,
                LateDraft.round_id == desk.dossier.round.id,
                LateDraft.settled_at.is_(None),
            )
            .order_by(LateDraft.received_at.desc(), LateDraft.id.desc())
        )
    )


def begun(desk: Desk, arrival: Arrival) -> Application:
    """The application, made now if this is the first thing that is written."""
    if desk.dossier.application is not None:
        return desk.dossier.application
    application = Application(
        round_id=desk.dossier.round.id, user_id=desk.user.id, created_at=desk.at, saved_at=desk.at
    )
    desk.session.add(application)
    desk.session.flush()
    record(desk, "application.started", ("application", application.id), arrival=arrival)
    return application


def stream_application(desk: Desk, application: Application, stream_id: int) -> StreamApplication:
    """The row by which a stream meets this application, made when it is first needed."""
    for row in application.stream_applications:
        if row.stream_id == stream_id:
            return row
    row = StreamApplication(stream_id=stream_id, version=0, saved_at=desk.at)
    application.stream_applications.append(row)
    desk.session.flush()
    return row


def record(
    desk: Desk,
    action: str,
    subject: tuple[str, int],
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    arrival: Arrival = Arrival.ON_TIME,
) -> None:
    """One entry of the audit log; an arrival that used the grace is recorded as such. Texts are never copied here."""
    if arrival is not Arrival.ON_TIME:
        after = {**(after or {}), "arrival": arrival}
    audit.record(
        desk.session,
        action,
        at=desk.at,
        actor_id=desk.actor_id,
        subject=subject,
        round_id=desk.dossier.round.id,
        before=before,
        after=after,
    )
