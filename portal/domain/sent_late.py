"""What came too late and was let back in: whether the working copy stands as its writer sent it, and as of when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.domain.applications import DIRECTIONS, SECTION_BY_SLUG, STREAM_PREFIX
from portal.domain.verdict import ALLOWED, Refused, Verdict


@dataclass(frozen=True)
class LetIn:
    """One late text, or late submit, that a later deadline covered: `settled_at` is when it was let in."""

    action: str
    received_at: datetime
    settled_at: datetime

    @property
    def section(self) -> str:
        """The section of the form that it was written into; "" for a submit, which writes none."""
        if self.action == "submit":
            return ""
        return DIRECTIONS if self.action == "start" else self.action


def is_submitted(action: str) -> bool:
    """Whether a late draft of this kind is part of what a submission says. Tasks and references are handed in apart."""
    return (
        action in ("submit", "start", DIRECTIONS)
        or action in SECTION_BY_SLUG
        or action.startswith(STREAM_PREFIX)
    )


def sent_at(let_in: Iterable[LetIn], saved: Mapping[str, datetime]) -> datetime | None:
    """When the whole working copy last reached the portal, if it still says what was sent until then, else None.

    `saved` is when each section was last written. Letting a late text in writes its section, which is no change.
    """
    came = [each for each in let_in if is_submitted(each.action)]
    newest = max((each.received_at for each in came), default=None)
    if newest is None:
        return None
    by_letting_in = {(each.section, each.settled_at) for each in came}
    changed = [s for s, at in saved.items() if at > newest and (s, at) not in by_letting_in]
    return None if changed else newest


def may_submit_as_sent(shown: datetime, stands: datetime | None) -> Verdict:
    """Whether one press may submit what a page showed as sent at `shown`; the working copy `stands` as of then."""
    if shown == stands:
        return ALLOWED
    return Refused(
        "Your application is not what that page showed any more.",
        "It was changed after that page was opened, or more of what you sent was let in. Nothing was submitted.",
        "Look through it as it stands now, and submit it there.",
    )
