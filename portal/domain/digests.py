"""When a reader's daily message about new applications is due."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MORNING = time(7)  # the reader's own time
# An application counts as new a little after it arrived: its row may be written after others that arrived later.
SETTLED = timedelta(minutes=10)


def digest_day(now: datetime, time_zone: str) -> date | None:
    """The reader's own day that a message sent at `now` belongs to; None before their morning."""
    try:
        local = now.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        local = now.astimezone(UTC)
    return local.date() if local.time() >= MORNING else None


def is_due(last: datetime | None, now: datetime, time_zone: str) -> bool:
    """Whether a reader whose last message went out at `last` gets one now: once a day, from their morning on."""
    today = digest_day(now, time_zone)
    if today is None:
        return False
    return last is None or digest_day(last, time_zone) != today
