"""How long what is kept for: the terms, in one place, and what they say to people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What has a term of its own."""

    DRAFTS = "drafts"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    UNCONFIRMED = "unconfirmed"
    SIGN_INS = "sign_ins"
    INVITATIONS = "invitations"
    LETTERS = "letters"
    AUDIT_TEXTS = "audit_texts"


@dataclass(frozen=True)
class Terms:
    """Days until what is of a kind is forgotten. Those of applications count from the archiving of their round."""

    drafts: int = 30
    withdrawn: int = 180
    declined: int = 365
    accepted: int = 1095
    unconfirmed: int = 30
    sign_ins: int = 90
    invitations: int = 90
    letters: int = 365
    audit_texts: int = 1095

    @classmethod
    def of(cls, chosen: Iterable[tuple[str, int]]) -> "Terms":
        """The terms with these days by name, the others as they are."""
        return cls(**dict(chosen))

    def days(self, kind: Kind) -> int:
        found: int = getattr(self, kind.value)
        return found

    def before(self, kind: Kind, now: datetime) -> datetime:
        """What ended at or before this instant is due."""
        return now - timedelta(days=self.days(kind))


OF_APPLICATIONS = (Kind.DRAFTS, Kind.WITHDRAWN, Kind.DECLINED, Kind.ACCEPTED)

# What the privacy page says of each kind: what it is, and from when its days count.
WORDS = {
    Kind.DRAFTS: ("Applications that were never submitted", "after their round is archived"),
    Kind.WITHDRAWN: ("Applications that were withdrawn", "after their round is archived"),
    Kind.DECLINED: ("Applications that were not accepted", "after their round is archived"),
    Kind.ACCEPTED: ("Applications that were accepted", "after their round is archived"),
    Kind.UNCONFIRMED: (
        "Accounts whose address was never confirmed",
        "after they were made",
    ),
    Kind.SIGN_INS: ("Where and when you were signed in", "after the last use"),
    Kind.INVITATIONS: ("Invitations to staff", "after they were accepted, withdrawn or ran out"),
    Kind.LETTERS: (
        "Letters that were sent",
        "after they were sent, and not before the rounds you applied to are archived",
    ),
    Kind.AUDIT_TEXTS: (
        "Texts in the log of changes",
        "after the change, and not before the rounds you applied to are archived",
    ),
}


def days_in_words(days: int) -> str:
    """Such as "30 days", "1 year" or "3 years"."""
    years, rest = divmod(days, 365)
    if rest == 0 and years:
        return "1 year" if years == 1 else f"{years} years"
    return "1 day" if days == 1 else f"{days} days"
