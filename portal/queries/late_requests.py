"""Who waits for a later deadline in a round, with what an admin decides by; and what late texts are called."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, load_only, selectinload

from portal.domain.applications import DIRECTIONS, SECTIONS, ApplicationState, stream_section
from portal.domain.references import REFERENCES, REQUEST
from portal.domain.work_tests import action_of
from portal.extensions import db
from portal.models import (
    Application,
    Extension,
    LateDraft,
    SectionAnswers,
    Stream,
    StreamApplication,
    Submission,
    User,
    WorkTest,
)

ACTIONS = {
    "submit": "Submit was pressed",
    "start": "An application was begun",
    "restore": "The withdrawal was to be undone",
    "extension": "Nothing was sent, only asked",
    DIRECTIONS: "Ranked directions",
    REFERENCES: "Somebody named for a reference",
    REQUEST: "Somebody was to be asked for a reference",
}


@dataclass(frozen=True)
class Sent:
    """One change that came too late, or the request alone."""

    what: str
    received_at: datetime
    closed_at: datetime

    @property
    def late(self) -> str:
        """How late, such as "38 s late"; minutes from two minutes on, hours from two hours on."""
        seconds = int((self.received_at - self.closed_at).total_seconds())
        minutes = seconds // 60
        if seconds < 120:
            return f"{seconds} s late"
        if minutes < 120:
            return f"{minutes} min {seconds % 60} s late"
        return f"{minutes // 60:,} h {minutes % 60} min late"


@dataclass(frozen=True)
class Asked:
    """More time asked of one stream, or (None) of all; `closes_at` is the stream's own deadline, if it has one."""

    stream_id: int | None
    stream: str | None
    closes_at: datetime | None
    sent: tuple[Sent, ...]
    last_saved_at: datetime | None


@dataclass(frozen=True)
class Request:
    """One person's open request. `had` says in words what counts of theirs now; `received_at` if they submitted."""

    user_id: int
    name: str
    email: str
    asked_at: datetime
    reasons: tuple[str, ...]
    had: str
    submitted_at: datetime | None
    parts: tuple[Asked, ...]

    @property
    def reason(self) -> str:
        return " / ".join(self.reasons)

    def part(self, stream_id: int | None) -> Asked | None:
        return next((each for each in self.parts if each.stream_id == stream_id), None)


def streams_of(round_id: int) -> Sequence[Stream]:
    """The streams of a round by name, with what a request needs of them."""
    return db.session.scalars(
        sa.select(Stream)
        .where(Stream.round_id == round_id)
        .options(load_only(Stream.slug, Stream.name, Stream.closes_at))
        .order_by(Stream.name, Stream.id)
    ).all()


def titles(round_id: int, streams: Sequence[Stream]) -> dict[str, str]:
    """What late texts of a round are about, by their `action`. One statement."""
    found = ACTIONS | {section.slug: section.title for section in SECTIONS}
    found |= {stream_section(each.slug): f"Questions of {each.name}" for each in streams}
    tasks = db.session.execute(
        sa.select(WorkTest.id, WorkTest.title)
        .join(Stream, Stream.id == WorkTest.stream_id)
        .where(Stream.round_id == round_id)
    )
    return found | {action_of(test_id): f"Task: {title}" for test_id, title in tasks}


def requests(round_id: int, streams: Sequence[Stream]) -> list[Request]:
    """Requests that nobody has answered, the oldest first, one for each person. At most four statements."""
    waiting: dict[int, list[LateDraft]] = defaultdict(list)
    for draft in _unanswered(round_id):
        waiting[draft.user_id].append(draft)
    if not waiting:
        return []
    names, had = titles(round_id, streams), _applications(round_id, waiting)
    by_id = {stream.id: stream for stream in streams}
    return [_request(drafts, names, by_id, had.get(user_id)) for user_id, drafts in waiting.items()]


def _unanswered(round_id: int) -> Sequence[LateDraft]:
    """Asked, not settled, and no extension for that stream or for all was granted since."""
    answered = sa.exists().where(
        Extension.round_id == LateDraft.round_id,
        Extension.user_id == LateDraft.user_id,
        Extension.granted_at >= LateDraft.extension_asked_at,
        sa.or_(
            Extension.stream_id.is_(None),
            LateDraft.stream_id.is_(None),
            Extension.stream_id == LateDraft.stream_id,
        ),
    )
    return db.session.scalars(
        sa.select(LateDraft)
        .where(
            LateDraft.round_id == round_id,
            LateDraft.extension_asked_at.is_not(None),
            LateDraft.settled_at.is_(None),
            ~answered,
        )
        .options(joinedload(LateDraft.user).load_only(User.name, User.email))
        .order_by(LateDraft.extension_asked_at, LateDraft.id)
    ).all()


def _applications(round_id: int, user_ids: Iterable[int]) -> dict[int, Application]:
    """Without their texts."""
    rows = db.session.scalars(
        sa.select(Application)
        .where(Application.round_id == round_id, Application.user_id.in_(list(user_ids)))
        .options(
            joinedload(Application.current_submission).load_only(Submission.received_at),
            joinedload(Application.sections).load_only(SectionAnswers.saved_at),
            selectinload(Application.stream_applications).load_only(
                StreamApplication.stream_id, StreamApplication.version, StreamApplication.saved_at
            ),
        )
    )
    return {row.user_id: row for row in rows.unique()}


def _request(
    drafts: Sequence[LateDraft],
    names: Mapping[str, str],
    streams: Mapping[int, Stream],
    application: Application | None,
) -> Request:
    by_stream: dict[int | None, list[LateDraft]] = defaultdict(list)
    for draft in drafts:
        by_stream[draft.stream_id].append(draft)
    if None in by_stream:
        by_stream = {None: list(drafts)}  # more time for all serves each
    user, submission = drafts[0].user, application.current_submission if application else None
    return Request(
        user_id=user.id,
        name=user.name,
        email=user.email,
        asked_at=max(draft.extension_asked_at for draft in drafts if draft.extension_asked_at),
        reasons=tuple(dict.fromkeys(draft.extension_reason for draft in drafts)),
        had=_had(application),
        submitted_at=submission.received_at if submission else None,
        parts=tuple(
            _asked(streams.get(stream_id) if stream_id else None, about, names, application)
            for stream_id, about in by_stream.items()
        ),
    )


def _asked(
    stream: Stream | None,
    drafts: Sequence[LateDraft],
    names: Mapping[str, str],
    application: Application | None,
) -> Asked:
    sent = tuple(
        Sent(names.get(draft.action, "Something else"), draft.received_at, draft.closed_at)
        for draft in drafts
    )
    closed_at = min(draft.closed_at for draft in drafts)
    saves = _saves(application, stream.id if stream else None) if application else []
    return Asked(
        stream_id=stream.id if stream else None,
        stream=stream.name if stream else None,
        closes_at=stream.closes_at if stream else None,
        sent=sent,
        last_saved_at=max((at for at in saves if at < closed_at), default=None),
    )


def _saves(application: Application, stream_id: int | None) -> list[datetime]:
    """When each part was last saved of what this stream (None: any) reads."""
    general = [row.saved_at for row in application.sections]
    own = [
        row.saved_at
        for row in application.stream_applications
        if row.version and stream_id in (None, row.stream_id)
    ]
    return [at for at in (*general, *own) if at is not None]


def _had(application: Application | None) -> str:
    if application is None:
        return "No application was begun."
    if application.state is ApplicationState.WITHDRAWN:
        return "Submitted, then withdrawn: nobody reads it."
    if application.state is ApplicationState.SUBMITTED:
        return "Submitted: what came in time is read."
    return "A draft that was never submitted: nobody reads it."
