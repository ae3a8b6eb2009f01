"""When somebody who has not submitted is reminded of their deadline."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.rounds import Grant, stream_deadline

BEFORE = (timedelta(hours=72), timedelta(hours=24), timedelta(hours=3))
KEYS = "reminder:"  # how the keys of all reminders begin


def keys_of(application_id: int) -> str:
    """How the keys of one application's reminders begin."""
    return f"{KEYS}{application_id}:"


@dataclass(frozen=True)
class Reminder:
    """One that is due: of which deadline, how long before it, and from when on it says nothing of use."""

    closes_at: datetime
    before: timedelta
    expires_at: datetime

    @property
    def hours(self) -> int:
        return int(self.before / timedelta(hours=1))

    @property
    def ending(self) -> str:
        """What follows in its key: once for each deadline, so that one that is moved later brings its own."""
        return f"{self.closes_at.isoformat()}:{self.hours}"


def due(closes_at: datetime, since: datetime, now: datetime) -> Reminder | None:
    """The most urgent reminder of a deadline whose instant has come; none after the close.

    What was missed is not made up for: after a day of silence one reminder goes, not two. Nor does one go whose instant
    lay before `since`, when this person began, or got this deadline and was told so.
    """
    found = reached(closes_at, now)
    return None if found is None or closes_at - found.before < since else found


def reached(closes_at: datetime, now: datetime) -> Reminder | None:
    """As `due`, whenever somebody began."""
    found = [before for before in BEFORE if closes_at - before <= now < closes_at]
    if not found:
        return None
    before = min(found)
    following = [each for each in BEFORE if each < before]
    return Reminder(closes_at, before, closes_at - max(following, default=timedelta(0)))


def next_deadline(
    round_closes_at: datetime,
    stream_closes: Mapping[int, datetime | None],
    chosen: Iterable[int],
    grants: Sequence[Grant],
    now: datetime,
) -> tuple[datetime, list[int]] | None:
    """The deadline that comes next for this person, and which of the streams they chose have it; None when all passed.

    `stream_closes` holds the own deadline of every stream of the round. Who has chosen none yet is reminded of the
    round's own deadline, and when that has passed of the last one at which a stream still takes them.
    """
    each = {
        key: stream_deadline(round_closes_at, stream_closes[key], grants, key).closes_at
        for key in chosen
    }
    if not each:
        at = without_choice(round_closes_at, stream_closes, grants, now)
        return (at, []) if at else None
    ahead = [at for at in each.values() if now < at]
    if not ahead:
        return None
    first = min(ahead)
    return first, [key for key, at in each.items() if at == first]


def without_choice(
    round_closes_at: datetime,
    stream_closes: Mapping[int, datetime | None],
    grants: Sequence[Grant],
    now: datetime,
) -> datetime | None:
    """The next deadline of somebody who has chosen no stream yet."""
    own = stream_deadline(round_closes_at, None, grants).closes_at
    last = [
        stream_deadline(round_closes_at, at, grants, key).closes_at
        for key, at in stream_closes.items()
    ]
    return next((at for at in (own, max(last, default=own)) if now < at), None)


def granted_since(grants: Iterable[Grant], closes_at: datetime) -> datetime | None:
    """When this person was told of an extension to exactly this deadline; None for a deadline of everybody's."""
    told = [each.granted_at for each in grants if each.closes_at == closes_at and each.granted_at]
    return max(told, default=None)
