"""When things happen in the demo: all instants of its rounds, counted from one given `now`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from portal.demo.plan import RoundPlan

DAY = timedelta(days=1)
END_OF_DAY = time(11, 59, tzinfo=UTC)  # 23:59 of the day before, anywhere on earth
HALF_A_YEAR = timedelta(days=182)


class Stage(StrEnum):
    """The point of its life at which the demo round is shown."""

    OPEN = "open"
    REVIEW = "review"
    DECIDED = "decided"


@dataclass(frozen=True)
class Calendar:
    """The instants of one round. `seen_at` is the present, up to which things have happened."""

    name: str
    slug: str
    created_at: datetime
    published_at: datetime
    opens_at: datetime
    closes_at: datetime
    release_at: datetime
    released_at: datetime | None
    archived_at: datetime | None
    seen_at: datetime

    @property
    def written_until(self) -> datetime:
        """Until when applicants have written so far."""
        return min(self.seen_at, self.closes_at)

    @property
    def read_until(self) -> datetime:
        """Until when readers have read so far."""
        return min(self.seen_at, self.released_at or self.seen_at) - timedelta(hours=6)


def demo_calendar(plan: RoundPlan, stage: Stage, now: datetime) -> Calendar:
    """Two weeks to go when open; closed for ten days in review; released for three days when decided."""
    release = timedelta(days=plan.release_days_after_close)
    distance = {Stage.OPEN: 14 * DAY, Stage.REVIEW: -10 * DAY, Stage.DECIDED: -release - 3 * DAY}
    closes_at = _end_of_day(now + distance[stage])
    return _calendar(plan, closes_at, now, released=stage is Stage.DECIDED, archived=False)


def past_calendar(plan: RoundPlan, demo: Calendar) -> Calendar:
    """The round half a year before: released, then archived."""
    return _calendar(plan, demo.closes_at - HALF_A_YEAR, demo.seen_at, released=True, archived=True)


def _calendar(
    plan: RoundPlan, closes_at: datetime, now: datetime, *, released: bool, archived: bool
) -> Calendar:
    opens_at = closes_at - plan.opens_days_before_close * DAY
    release_at = closes_at + plan.release_days_after_close * DAY
    starts_at = closes_at + plan.programme_days_after_close * DAY
    name = season(starts_at)
    return Calendar(
        name=f"{name} (demo)",
        slug=name.lower().replace(" ", "-"),
        created_at=opens_at - 21 * DAY,
        published_at=opens_at - 14 * DAY,
        opens_at=opens_at,
        closes_at=closes_at,
        release_at=release_at,
        released_at=release_at + timedelta(minutes=4) if released else None,
        archived_at=release_at + 60 * DAY if archived else None,
        seen_at=now,
    )


def season(starts_at: datetime) -> str:
    """Such as "Summer 2027" or "Winter 2026-27", by the day on which the programme starts."""
    year = starts_at.year
    if 3 <= starts_at.month <= 8:
        return f"Summer {year}"
    first = year if starts_at.month > 8 else year - 1
    return f"Winter {first}-{(first + 1) % 100:02}"


def _end_of_day(instant: datetime) -> datetime:
    """The next end of a day anywhere on earth."""
    end = datetime.combine(instant.astimezone(UTC).date(), END_OF_DAY)
    return end if end >= instant else end + DAY
