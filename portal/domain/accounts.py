"""Accounts: when two addresses are one person's, which passwords will do, and how long a sign-in lasts."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from zoneinfo import available_timezones

from portal.domain.verdict import ALLOWED, Refused, Verdict

PASSWORD_LEAST = 8
PASSWORD_MOST = 200
OWN_WORK = (
    8  # characters of a password that are neither a name, an address nor the programme's name
)
SIGN_IN_IDLE = timedelta(hours=12)
SIGN_IN_LONGEST = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=10)  # how often a sign-in's last use is written down
INVITATION_LASTS = timedelta(days=14)
RESET_LASTS = timedelta(minutes=60)

# What people choose here and nowhere else, beside what is chosen everywhere (`common` below).
_COMMON = frozenset(
    """
    password passwort motdepasse contrasena qwerty qwertyuiop qwertzuiop azertyuiop asdfghjkl zxcvbnm qazwsx qazwsxedc
    letmein welcome iloveyou administrator admin changeme secret default superman princess sunshine football baseball
    monkey dragon trustno master summer winter spring autumn passwordpassword correcthorsebatterystaple
    mentor mentorship portal programme research applicant application safety
    """.split()  # noqa: SIM905  (a list of words reads best as words)
)
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_PADDING = "0123456789!?.,;:-_*+#$%&/()='\"@ "


def email_key(address: str) -> str:
    """The address as it is compared: NFKC, case folded, without spaces around. One key is one person."""
    folded = unicodedata.normalize("NFKC", address).casefold()
    return unicodedata.normalize("NFKC", folded).strip()


def password_gap(
    password: str, about: Sequence[str] = (), common: Collection[str] = frozenset()
) -> str | None:
    """Why this password will not do, as a sentence; None when it will.

    `about`: the person's name and address and the programme's name; `common`: passwords that are guessed first.
    """
    length = len(unicodedata.normalize("NFC", password))
    if length < PASSWORD_LEAST:
        return (
            f"Use at least {PASSWORD_LEAST} characters. Three or four words make a good password."
        )
    if length > PASSWORD_MOST:
        return f"Use at most {PASSWORD_MOST} characters."
    if _is_common(password, common):
        return "This password is among the first that anybody would try. Choose another one."
    if _is_close_to(password, about):
        return (
            "This password is close to your name, your address or the programme's name. "
            "Choose another one."
        )
    return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).casefold()


def _is_common(password: str, common: Collection[str]) -> bool:
    """Also with capitals, and with digits and signs around it, which is how it is made to look longer."""
    plain = _plain(password).replace(" ", "")
    bare = plain.strip(_PADDING)
    if len(set(plain)) < 4 or bare in _COMMON or plain in common or bare in common:
        return True
    return any(plain in row * 2 or plain in row[::-1] * 2 for row in _ROWS)


def _is_close_to(password: str, about: Sequence[str]) -> bool:
    """Whether little is left of it without the words that others know of this person and this programme."""
    plain = rest = _plain(password)
    words = {word for text in about for word in re.split(r"[\W_]+", _plain(text)) if len(word) >= 4}
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != plain and len(rest.strip()) < OWN_WORK


def sign_in_holds(created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Whether a browser is still signed in: used within twelve hours, and begun within seven days."""
    return now - seen_at < SIGN_IN_IDLE and now - created_at < SIGN_IN_LONGEST


def time_zones() -> list[str]:
    """Names of zones that a person can live in, such as "Asia/Kolkata", with "UTC" first."""
    areas = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe")
    places = (*areas, "Indian", "Pacific")
    return ["UTC", *sorted(z for z in available_timezones() if z.split("/")[0] in places)]


def may_deactivate(*, is_self: bool, is_admin: bool, other_admins: int) -> Verdict:
    """Whether an account may be disabled (by an admin) or closed (by its owner): an admin must remain."""
    if is_admin and other_admins == 0:
        return Refused(
            "The last admin's account cannot be closed",
            "Without an admin nobody could open a round or release decisions.",
            "Invite another admin first, then try again."
            if is_self
            else "Make another account an admin first.",
        )
    return ALLOWED


def may_accept(
    *,
    matches: bool,
    now: datetime,
    expires_at: datetime,
    accepted_at: datetime | None,
    withdrawn_at: datetime | None,
) -> Verdict:
    """Whether an invitation can be accepted. `matches`: the account has the invited address, confirmed."""
    if accepted_at is not None:
        return Refused(
            "This invitation was accepted already",
            "Each invitation works once.",
            "Sign in with the address it was sent to.",
        )
    if withdrawn_at is not None:
        return Refused(
            "This invitation was withdrawn",
            "The programme took it back before it was used.",
            "If you did not expect that, write to the programme.",
        )
    if now >= expires_at:
        return Refused(
            "This invitation has expired",
            f"An invitation lasts {INVITATION_LASTS.days} days.",
            "Ask the programme for a new one.",
        )
    if not matches:
        return Refused(
            "This invitation is for another address",
            "It can be accepted only by an account with the address that it was sent to.",
            "Sign out, then sign in or register with that address and open the link again.",
        )
    return ALLOWED
