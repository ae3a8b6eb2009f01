"""Who can be named as a referee: names that carry nothing but a name, and addresses that are somebody else's."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from portal.domain.accounts import email_key

LONGEST_NAME = 120
LONGEST_NOTE = 1_000
_ADDRESS = re.compile(
    r"[^\s@<>\"',;:()\[\]\\]+@[^\s@<>\"',;:()\[\]\\]+\.[^\s@<>\"',;:()\[\]\\.]{2,}"
)
_LINK = re.compile(r"://|@|\bwww\.|\w{2,}\.[^\W\d_]{2,}", re.IGNORECASE)
_DOT = re.compile(r"\.(?=[^\W\d_]{2,})")


@dataclass(frozen=True)
class Named:
    """Somebody as the applicant types them. `note` is what the referee reads on their page, and only there."""

    name: str
    email: str
    relation: str
    note: str = ""

    def cleaned(self) -> "Named":
        """Single lines without control characters or doubled space; the note keeps its lines."""
        note = self.note.replace("\r\n", "\n").replace("\r", "\n")
        return Named(
            one_line(self.name),
            one_line(self.email),
            one_line(self.relation),
            "".join(c for c in note if c == "\n" or not _is_control(c)).strip(),
        )


def one_line(text: str) -> str:
    """A text that stays on its line: no control characters, no marks that turn the direction of writing."""
    return " ".join("".join(" " if _is_control(c) else c for c in text).split())


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Cs")


def unlinked(text: str) -> str:
    """A name as letters and subjects carry it: what mail programs would make a link of falls apart."""
    plain = one_line(text).replace("://", " ").replace("@", " at ")
    return _DOT.sub(". ", plain)


def mailbox(address: str) -> str:
    """The address by which two are one person's: folded, without a +tag, and without dots where those mean nothing."""
    local, _, domain = email_key(address).rpartition("@")
    local = local.split("+")[0]
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain.rstrip('.')}"


def problems(named: Named, own: Collection[str], taken: Collection[str]) -> dict[str, str]:
    """What is wrong with a cleaned naming, by field. `own` and `taken` are addresses: one's own, and those named."""
    found = {}
    if not named.name:
        found["name"] = "Give their name"
    elif len(named.name) > LONGEST_NAME:
        found["name"] = f"The name has {len(named.name)} characters. At most {LONGEST_NAME} fit"
    elif _LINK.search(named.name):
        found["name"] = "Write the name without addresses, and with a space after a full stop"
    if problem := _address_problem(named.email, own, taken):
        found["email"] = problem
    if not named.relation:
        found["relation"] = "Say how they know you, such as “supervised my thesis”"
    elif len(named.relation) > LONGEST_NAME:
        found["relation"] = f"Say it in at most {LONGEST_NAME} characters"
    if len(named.note) > LONGEST_NOTE:
        over = len(named.note) - LONGEST_NOTE
        found["note"] = f"This is {over} characters over the limit of {LONGEST_NOTE:,}"
    return found


def _address_problem(email: str, own: Collection[str], taken: Collection[str]) -> str:
    if not email:
        return "Give their e-mail address"
    if len(email) > 254 or not _ADDRESS.fullmatch(email) or ".." in email:
        return "Enter one e-mail address, such as name@university.edu"
    box = mailbox(email)
    if box in {mailbox(each) for each in own}:
        return "This is your own address. Name somebody else"
    if box in {mailbox(each) for each in taken}:
        return "You have named this address already"
    return ""
