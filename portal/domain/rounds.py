"""The life of a round and its deadlines: phases are derived from instants and the clock, never stored.

Everything here takes `now` or `received_at` as an aware UTC instant and answers with plain values.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from portal.domain.verdict import ALLOWED, Refused, Verdict

DEFAULT_GRACE = timedelta(seconds=120)


class Phase(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"
    RELEASED = "released"
    ARCHIVED = "archived"


class Arrival(StrEnum):
    """How an arrival stands to its deadline. Grace belongs to the arrival; it is no phase and never advertised."""

    ON_TIME = "on_time"
    IN_GRACE = "in_grace"
    LATE = "late"

    @property
    def accepted(self) -> bool:
        return self is not Arrival.LATE


class HasInstants(Protocol):
    """What the rules need to see of a round. `stream_closes` holds the streams' own deadlines."""

    @property
    def published_at(self) -> datetime | None: ...
    @property
    def opens_at(self) -> datetime | None: ...
    @property
    def closes_at(self) -> datetime | None: ...
    @property
    def released_at(self) -> datetime | None: ...
    @property
    def archived_at(self) -> datetime | None: ...
    @property
    def stream_closes(self) -> Sequence[datetime]: ...


def _reached(instant: datetime | None, now: datetime) -> bool:
    return instant is not None and instant <= now


def last_close(round_: HasInstants) -> datetime | None:
    """The instant at which no stream accepts any more: the latest of the round's and its streams' deadlines."""
    instants = [at for at in (round_.closes_at, *round_.stream_closes) if at is not None]
    return max(instants, default=None)


def phase(round_: HasInstants, now: datetime) -> Phase:
    """The phase at `now`: the latest one whose instant has been reached."""
    if _reached(round_.archived_at, now):
        return Phase.ARCHIVED
    if _reached(round_.released_at, now):
        return Phase.RELEASED
    if not _reached(round_.published_at, now):
        return Phase.DRAFT
    if not _reached(round_.opens_at, now):
        return Phase.SCHEDULED
    closes = last_close(round_)
    return Phase.OPEN if closes is not None and now < closes else Phase.CLOSED


@dataclass(frozen=True)
class Grant:
    """One applicant's later deadline, for one stream or, when `stream_id` is None, for all of them.

    `granted_at` matters to a clock that was running then (`domain.work_tests`).
    """

    closes_at: datetime
    stream_id: int | None = None
    granted_at: datetime | None = None

    def serves(self, stream_id: int | None) -> bool:
        return self.stream_id is None or self.stream_id == stream_id


@dataclass(frozen=True)
class Deadline:
    """An effective deadline and the grace after it that an arrival may still use."""

    closes_at: datetime
    grace: timedelta = DEFAULT_GRACE

    def judge(self, received_at: datetime) -> Arrival:
        """On time before the close, in grace before its end, late from then on."""
        if received_at < self.closes_at:
            return Arrival.ON_TIME
        if received_at < self.closes_at + self.grace:
            return Arrival.IN_GRACE
        return Arrival.LATE


def stream_deadline(
    round_closes_at: datetime,
    stream_closes_at: datetime | None,
    grants: Iterable[Grant] = (),
    stream_id: int | None = None,
    grace: timedelta = DEFAULT_GRACE,
) -> Deadline:
    """The latest that applies: the stream's own deadline (else the round's) and any extension that serves it."""
    own = stream_closes_at if stream_closes_at is not None else round_closes_at
    later = [grant.closes_at for grant in grants if grant.serves(stream_id)]
    return Deadline(max([own, *later]), grace)


def general_deadline(
    round_closes_at: datetime,
    stream_closes: Iterable[tuple[int, datetime | None]],
    grants: Iterable[Grant] = (),
    grace: timedelta = DEFAULT_GRACE,
) -> Deadline:
    """The deadline of what all streams read: open while any stream still accepts from this applicant.

    `stream_closes` holds (stream id, own deadline or None). With no streams the round's own deadline holds.
    """
    grants = tuple(grants)
    each = [
        stream_deadline(round_closes_at, own, grants, stream_id, grace).closes_at
        for stream_id, own in stream_closes
    ]
    if not each:
        each = [stream_deadline(round_closes_at, None, grants, None, grace).closes_at]
    return Deadline(max(each), grace)


def may_open(round_: HasInstants, now: datetime) -> Verdict:
    """Whether the state of a round lets an admin open it at `now`; what is red in the pre-flight comes on top."""
    if phase(round_, now) in (Phase.DRAFT, Phase.SCHEDULED):
        return ALLOWED
    return Refused(
        "This round has been opened already.",
        "Its opening lies in the past.",
        "To let people in again after the deadline, extend it.",
    )


def may_close(round_: HasInstants, now: datetime) -> Verdict:
    """Whether the state of a round lets an admin close it at `now`."""
    if phase(round_, now) is Phase.OPEN:
        return ALLOWED
    return Refused(
        "This round is not open.",
        "There is nothing to close.",
        "The round's page says where it stands and what can be moved.",
    )


def may_announce(
    release_at: datetime | None, closes_at: datetime | None, tasks_due_at: datetime | None
) -> Verdict:
    """Whether a day of release can be announced: after the deadline, and after the last task is due."""
    if release_at and closes_at and release_at <= closes_at:
        return Refused(
            "Decisions would be released before the deadline.",
            "Nobody could have read the applications.",
            "Choose a later day for the release.",
        )
    if release_at and tasks_due_at and release_at <= tasks_due_at:
        return Refused(
            "Decisions would be released before a task is due.",
            "Applicants are told that they can hand it in until then.",
            "Choose a later day for the release.",
        )
    return ALLOWED


def may_extend(round_: HasInstants, now: datetime) -> Verdict:
    """Whether the state of a round lets an admin move its deadline later, also after it passed."""
    if phase(round_, now) in (Phase.OPEN, Phase.CLOSED):
        return ALLOWED
    return Refused(
        "This round cannot be extended.",
        "It is not open, or its decisions are released.",
        "A round that has not opened gets its dates on the dates page.",
    )


def may_write(round_: HasInstants, deadline: Deadline, received_at: datetime) -> Verdict:
    """Whether a write of an application that arrived at `received_at` is taken. A Refused for `late` keeps the text."""
    if not _reached(round_.published_at, received_at) or round_.opens_at is None:
        return Refused("This round is not open.", "It has not been announced yet.")
    if received_at < round_.opens_at:
        return Refused(
            "This round is not open yet.",
            "Applications are taken from the opening instant on.",
            "The dates page shows when it opens, in your own time zone.",
        )
    if _reached(round_.released_at, received_at) or _reached(round_.archived_at, received_at):
        return Refused("This round is over.", "Its decisions have been released.")
    if not deadline.judge(received_at).accepted:
        return Refused(
            "The deadline had passed when this reached us.",
            "The time that counts is when your request arrived at the portal.",
            "Nothing you wrote is lost: it is kept, and you can ask for an extension.",
        )
    return ALLOWED


def may_withdraw(round_: HasInstants, now: datetime) -> Verdict:
    """Withdrawing is possible until the round's decisions are released."""
    if _reached(round_.released_at, now) or _reached(round_.archived_at, now):
        return Refused(
            "This application can no longer be withdrawn.",
            "The round's decisions have been released.",
            "Write to the programme if you do not want the place.",
        )
    return ALLOWED
