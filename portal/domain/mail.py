"""Which mail goes to whom whatever they say, and which they can do without."""

from collections.abc import Collection
from enum import StrEnum


class Optional(StrEnum):
    """Mail that a person may decline, by what it is for. All other kinds are essential: a receipt always goes."""

    REMINDERS = "reminders"
    DIGESTS = "digests"


OPTIONAL_KINDS = {"draft_reminder": Optional.REMINDERS, "digest": Optional.DIGESTS}
TITLES = {
    Optional.REMINDERS: "Reminders before a deadline",
    Optional.DIGESTS: "Daily message about new applications",
}
HINTS = {
    Optional.REMINDERS: "72, 24 and 3 hours before, while your application is not submitted.",
    Optional.DIGESTS: "For those who read applications: at most once a day, when something is new.",
}


def wants(declined: Collection[str], kind: str) -> bool:
    """Whether mail of this kind goes to somebody who declined these."""
    group = OPTIONAL_KINDS.get(kind)
    return group is None or group not in declined


def with_choice(declined: Collection[str], group: Optional, wanted: bool) -> list[str]:
    """What is declined after this choice, each once, in one order."""
    rest = {each for each in declined if each != group.value}
    return sorted(rest if wanted else rest | {group.value})
