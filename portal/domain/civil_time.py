"""Local date and time, as people type them, to instants in UTC; gaps are refused and folds are asked about.

"AoE" is anywhere on earth, twelve hours behind UTC: 31 January 23:59 AoE is 1 February 11:59 UTC.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from portal.domain.instants import ANYWHERE_ON_EARTH

AOE = "AoE"
EARLIEST, LATEST = 2000, 2199


class Turn(StrEnum):
    """Which of the two is meant when the clocks go back and a local time happens twice."""

    FIRST = "first"
    SECOND = "second"


class CivilTimeError(ValueError):
    """A local time that names no single instant. The message is a sentence for the person who typed it."""


class HappensTwice(CivilTimeError):
    """The clocks go back over this local time: ask which of `instants` (the earlier first) is meant."""

    def __init__(self, message: str, instants: tuple[datetime, datetime]) -> None:
        self.instants = instants
        super().__init__(message)


@dataclass(frozen=True)
class Local:
    """A date and a time of day as a clock on the wall of `zone` shows them."""

    day: date
    clock: time
    zone: str


def zone_named(name: str) -> tzinfo:
    """The zone of an IANA name, "UTC" or "AoE". Raises CivilTimeError on an unknown name."""
    if name == AOE:
        return ANYWHERE_ON_EARTH
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise CivilTimeError(f"The time zone {name} is not known here.") from unknown


def instants_of(local: Local) -> tuple[datetime, ...]:
    """The instants in UTC that a local time names: none in a gap, two (the earlier first) in a fold, else one."""
    zone = zone_named(local.zone)
    naive = datetime.combine(local.day, local.clock.replace(tzinfo=None, fold=0))
    found = set()
    for fold in (0, 1):
        instant = naive.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None, fold=0) == naive:
            found.add(instant)
    return tuple(sorted(found))


def to_utc(local: Local, turn: Turn | None = None) -> datetime:
    """The one instant in UTC that is meant. Raises CivilTimeError in a gap, HappensTwice at a fold without `turn`."""
    if not EARLIEST <= local.day.year <= LATEST:
        raise CivilTimeError(f"The year must be between {EARLIEST} and {LATEST}.")
    found = instants_of(local)
    shown = f"{local.clock:%H:%M} on {local.day.day} {local.day:%B %Y} in {local.zone}"
    if not found:
        raise CivilTimeError(
            f"{shown} does not exist: the clocks go forward over it. Choose an earlier or a later time."
        )
    if len(found) == 1:
        return found[0]
    if turn is None:
        raise HappensTwice(
            f"{shown} happens twice: the clocks go back over it. Say which of the two you mean.",
            (found[0], found[1]),
        )
    return found[0] if turn is Turn.FIRST else found[1]


def to_local(at: datetime, zone: str) -> tuple[Local, Turn | None]:
    """What a clock in `zone` shows at the instant `at`, and which turn it is where that happens twice."""
    shown = at.astimezone(zone_named(zone))
    local = Local(shown.date(), shown.time().replace(fold=0), zone)
    found = instants_of(local)
    if len(found) < 2:
        return local, None
    return local, Turn.FIRST if found[0] == at else Turn.SECOND
