"""Who may edit which published text, and how a list of authors is written by hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.permissions import Viewer
from portal.domain.verdict import ALLOWED, Refused, Verdict

FELLOW_MARK = "*"


class Content(StrEnum):
    """The kinds of reference content. The value is the word in addresses and in the audit log."""

    TOPIC = "topics"
    MENTOR = "mentors"
    PAPER = "papers"
    DIRECTION = "directions"
    ANSWER = "faq"


def may_edit(viewer: Viewer, owner_ids: Iterable[int | None]) -> Verdict:
    """Admins edit everything; a mentor what is theirs: `owner_ids` are the accounts of the mentors it belongs to."""
    if viewer.is_admin:
        return ALLOWED
    if viewer.user_id is not None and viewer.user_id in set(owner_ids):
        return ALLOWED
    return Refused(
        "You cannot edit this text.",
        "It belongs to another mentor.",
        "Tell the programme if something in it is wrong.",
    )


@dataclass(frozen=True)
class AuthorLine:
    """One author as typed: "Hoagy Cunningham *", the star for a fellow on this paper."""

    name: str
    fellow: bool


def read_authors(text: str) -> list[AuthorLine]:
    """One author a line, in order. Empty lines are passed over."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return [
        AuthorLine(line.rstrip(f"{FELLOW_MARK} "), line.endswith(FELLOW_MARK))
        for line in lines
        if line.strip(f"{FELLOW_MARK} ")
    ]


def write_authors(authors: Iterable[AuthorLine]) -> str:
    """The inverse of `read_authors`."""
    return "\n".join(a.name + (f" {FELLOW_MARK}" if a.fellow else "") for a in authors)
