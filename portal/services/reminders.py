"""Reminding those who have not submitted, 72, 24 and 3 hours before their deadline. Repeating it changes nothing."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.adapters import letters
from portal.domain.applications import ApplicationState
from portal.domain.mail import wants
from portal.domain.reminders import Reminder, due, granted_since, keys_of, next_deadline
from portal.extensions import db
from portal.models import Application
from portal.queries import reminders as query
from portal.queries.reminders import Closing, DraftOwner
from portal.services import outbox
from portal.services.outbox import Addressed
from portal.services.work import writing

KIND = query.KIND
BATCH = 200


@dataclass(frozen=True)
class _Due:
    owner: DraftOwner
    reminder: Reminder
    streams: list[str]

    @property
    def key(self) -> str:
        return keys_of(self.owner.application_id) + self.reminder.ending


def send_due_reminders(now: datetime, at_most: float | None = None) -> int:
    """Queue the reminders that are due; how many there were. Each batch is a transaction of its own.

    None begins after `at_most` seconds: whom it left out, the next call finds.
    """
    count, began = 0, time.monotonic()
    for round_, ids in _batches(now):
        count += _remind(round_, ids, now)
        db.session.expunge_all()  # a round of 50,000 drafts is not kept in memory
        if at_most is not None and time.monotonic() - began > at_most:
            break
    return count


def _batches(now: datetime) -> Iterator[tuple[Closing, list[int]]]:
    for round_ in query.closing(now):
        ids = query.due(round_, now)
        for start in range(0, len(ids), BATCH):
            yield round_, ids[start : start + BATCH]


def _remind(round_: Closing, application_ids: list[int], now: datetime) -> int:
    owners = query.owners(application_ids)
    found = [each for each in (_due(round_, owner, now) for owner in owners) if each]
    known = query.queued([each.key for each in found]) if found else set()
    return _queue(round_, [each for each in found if each.key not in known], now)


def _due(round_: Closing, owner: DraftOwner, now: datetime) -> _Due | None:
    """What this person is to be reminded of now, if of anything."""
    if not wants(owner.declined, KIND):
        return None
    grants = round_.grants.get(owner.user_id, ())
    ahead = next_deadline(round_.closes_at, round_.stream_closes, owner.chosen, grants, now)
    if ahead is None:
        return None
    closes_at, streams = ahead
    told = granted_since(grants, closes_at)
    reminder = due(closes_at, max(owner.created_at, told or owner.created_at), now)
    if reminder is None:
        return None
    some_only = len(streams) < len(owner.chosen)
    return _Due(
        owner, reminder, sorted(round_.stream_names[key] for key in streams) if some_only else []
    )


def _queue(round_: Closing, found: list[_Due], now: datetime) -> int:
    """Write the letters, then queue those whose application is a draft still and who were not reminded meanwhile."""
    if not found:
        return 0
    ids = [each.owner.application_id for each in found]
    missing = query.missing(round_.round_id, ids, now)
    written = {each.owner.application_id: _letter(round_, each, missing, now) for each in found}
    with writing() as session:
        drafts = session.scalars(
            sa.select(Application.id)
            .where(Application.id.in_(ids), Application.state == ApplicationState.DRAFT)
            .order_by(Application.id)
            .with_for_update()
        ).all()
        known = query.queued([each.once for each in written.values()])
        posted = [written[key] for key in drafts if written[key].once not in known]
        outbox.put_each(session, KIND, posted, at=now)
    return len(posted)


def _letter(round_: Closing, each: _Due, missing: dict[int, int], now: datetime) -> Addressed:
    owner, reminder = each.owner, each.reminder
    letter = letters.write(
        KIND,
        name=owner.name,
        round_name=round_.name,
        round_slug=round_.slug,
        closes_at=reminder.closes_at,
        time_zone=owner.time_zone,
        now=now,
        streams=each.streams,
        missing=missing.get(owner.application_id, 0),
        stop_link=outbox.stop_link(owner.user_id, KIND),
    )
    return Addressed(letter, owner.user_id, owner.email, each.key, reminder.expires_at)
