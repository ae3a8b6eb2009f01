"""Second factors: what is shown beside a password, when it must be shown again, and how a lost one is taken off.

Which pages wait for one is answered by `permissions`; here is what an account has and may change.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.domain.throttle import Limit
from portal.domain.verdict import ALLOWED, Refused, Verdict

FRESH = timedelta(minutes=15)  # how long showing a factor allows to change factors
SET_UP_LASTS = timedelta(hours=1)  # the picture of an authenticator app, from page to first code
CHALLENGE_LASTS = timedelta(minutes=10)  # what a passkey is asked to sign
RESET_REQUEST_LASTS = timedelta(days=7)
APP_CODES_BY_ACCOUNT = Limit(50, timedelta(hours=1))
CODES = 10  # recovery codes made at once
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 32, without those that look alike
CODE_LENGTH = 28  # letters: 140 bits, too many to try even for whoever has the digests
FORMER_CODE_LENGTH = (
    16  # of codes made before November 2026: 80 bits; they are read until new ones replace them
)
PASSKEYS_MOST = 20
NAME_MOST = 60


@dataclass(frozen=True)
class Factors:
    """What an account has. `codes`: recovery codes that are not used yet; alone they are no factor."""

    authenticator: bool = False
    passkeys: int = 0
    codes: int = 0

    def __bool__(self) -> bool:
        return self.authenticator or self.passkeys > 0


class Proof(StrEnum):
    """What somebody must show before they change factors."""

    NOTHING = "nothing"  # a factor was shown a moment ago
    FACTOR = "factor"
    PASSWORD = "password"  # there is no factor yet, so it is the strongest there is


def proof_wanted(factors: Factors, shown_at: datetime | None, now: datetime) -> Proof:
    """What to ask for before factors are added or removed: a copied cookie must not be enough."""
    if not factors:
        return Proof.PASSWORD
    if shown_at is not None and now - shown_at < FRESH:
        return Proof.NOTHING
    return Proof.FACTOR


def tidy_code(text: str) -> str:
    """An authenticator's code without the spaces that apps show in it; "" where it is no six digits."""
    digits = "".join(text.split())
    return digits if len(digits) == 6 and digits.isascii() and digits.isdecimal() else ""


def tidy_recovery_code(text: str) -> str:
    """A recovery code as its digest is made from: capitals without hyphens or spaces; "" where it is none."""
    plain = "".join(letter for letter in text.upper() if letter not in "-\u2013 \t")
    is_as_long = len(plain) in (CODE_LENGTH, FORMER_CODE_LENGTH)
    return plain if is_as_long and set(plain) <= set(CODE_LETTERS) else ""


def in_groups(code: str) -> str:
    """A recovery code as people read it, such as "ABCD-EFGH-JKLM-NPQR-STUV-WXYZ-2345"."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def may_ask_for_reset(*, is_self: bool, has_factor: bool, is_open: bool) -> Verdict:
    """Whether an admin may ask that a person's second factor be taken off."""
    if is_self:
        return Refused(
            "You cannot ask for this about your own account",
            "A request needs two admins beside the person it is about.",
            "Change your second factor on your account page, or ask another admin.",
        )
    if not has_factor:
        return Refused(
            "There is nothing to take off",
            "This person has no authenticator app and no passkey.",
            "They can set one up after signing in.",
        )
    if is_open:
        return Refused(
            "There is a request already",
            "It waits for another admin.",
            "Approve it if you are not the one who made it, or decline it.",
        )
    return ALLOWED


def may_decide_reset(
    *,
    approves: bool,
    is_asker: bool,
    is_self: bool,
    is_open: bool,
    asked_at: datetime,
    now: datetime,
) -> Verdict:
    """Whether an admin may approve or decline a request. Two people agree, or nothing happens."""
    if not is_open:
        return Refused(
            "This request was decided already",
            "Somebody was quicker.",
            "The audit log says who, and how.",
        )
    if not approves:
        return ALLOWED  # not doing it harms nobody; the asker may think again
    if is_asker:
        return Refused(
            "You made this request yourself",
            "Another admin has to agree, so that no single account can open another one.",
            "Ask another admin. Where you are the only one, whoever runs the server can use the command line.",
        )
    if is_self:
        return Refused(
            "This request is about your own account",
            "Somebody else has to agree to it.",
            "Ask another admin.",
        )
    if now - asked_at >= RESET_REQUEST_LASTS:
        return Refused(
            "This request is too old",
            f"A request can be approved for {RESET_REQUEST_LASTS.days} days.",
            "Decline it, and ask again if it is still wanted.",
        )
    return ALLOWED
