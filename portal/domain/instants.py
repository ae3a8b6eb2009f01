"""Instants in words: UTC, anywhere on earth, a person's zone, and the time left. All input is aware."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# The last place on earth where it is still today is twelve hours behind UTC (IANA writes it Etc/GMT+12).
ANYWHERE_ON_EARTH = timezone(timedelta(hours=-12), "AoE")


def _written(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M}"


def in_utc(at: datetime) -> str:
    """Such as "Sat 5 Dec 2026, 11:59 UTC"."""
    return f"{_written(at.astimezone(UTC))} UTC"


def to_the_second(at: datetime) -> str:
    """Such as "23:59:31 UTC on Sat 5 Dec 2026", where a minute is too coarse."""
    utc = at.astimezone(UTC)
    return f"{utc:%H:%M:%S} UTC on {utc:%a} {utc.day} {utc:%b %Y}"


def anywhere_on_earth(at: datetime) -> str:
    """Such as "Fri 4 Dec 2026, 23:59 AoE"."""
    return f"{_written(at.astimezone(ANYWHERE_ON_EARTH))} AoE"


def in_zone(at: datetime, zone: str) -> str:
    """Such as "Sat 5 Dec 2026, 17:29 (Asia/Kolkata)". An unknown zone is read as UTC."""
    try:
        local = at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return in_utc(at)
    return f"{_written(local)} ({zone.replace('_', ' ')})"


def time_of_day(at: datetime, zone: str | None = None, *, dated: bool = False) -> str:
    """Such as "14:02", or "Sat 5 Dec, 14:02" with its day; in UTC it says so: "14:02 UTC"."""
    try:
        local = at.astimezone(ZoneInfo(zone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        local, zone = at.astimezone(UTC), None
    suffix = " UTC" if zone in (None, "", "UTC") else ""
    day = f"{local:%a} {local.day} {local:%b}, " if dated else ""
    return f"{day}{local:%H:%M}{suffix}"


def iso(at: datetime) -> str:
    """ISO 8601 in UTC with a Z, to the second, or to the microsecond where there is one."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def time_left(until: datetime, now: datetime) -> str:
    """What is left in its two largest units, such as "13 days 4 hours"; "no time" from the instant on.

    `static/js/time.js` counts on in the same words.
    """
    seconds = int((until - now).total_seconds())
    if until <= now:
        return "no time"
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        parts = [_count(days, "day"), _count(hours, "hour") if hours else ""]
    elif hours:
        parts = [_count(hours, "hour"), _count(minutes, "minute") if minutes else ""]
    elif minutes:
        parts = [_count(minutes, "minute"), _count(seconds % 60, "second")]
    else:
        parts = [_count(seconds, "second")]
    return " ".join(filter(None, parts))
