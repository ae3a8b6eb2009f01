"""Whether a save continues the text that stands, comes after it was overtaken, or clashes with somebody else's.

A page that is open sends many saves: by itself while one types, and by its button. They may arrive in another order
than they left, and an answer may be lost on its way. So each page has a name of its own and counts its saves, and a
section remembers which page saved it last and which of its saves that was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

SITTING = timedelta(minutes=10)  # a longer pause in the saves of a section begins a new sitting
LONGEST_PAGE = 32  # characters of a page's name


@dataclass(frozen=True)
class Origin:
    """Where a save comes from: the page's name, which of its saves this is, and whether it was sent by itself.

    Without scripts a page never counts on: it sends its name and turn 0. `asked` are the versions of the questions
    that the page showed, by field: an answer belongs to the words it was given to.
    """

    page: str = ""
    turn: int = 0
    by_itself: bool = False
    asked: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.page) > LONGEST_PAGE:
            object.__setattr__(self, "page", "")  # no name that we gave


class Standing(Enum):
    """How a save stands to what is saved already."""

    NEXT = "next"  # it goes on from the text that stands
    OVERTAKEN = "overtaken"  # a later save of the same page is here already: nothing is left to do
    STALE = "stale"  # somebody else saved in between: both texts are shown


def standing_of(version: int, stands: int, sent: Origin, last: Origin) -> Standing:
    """`version` is the one a page was made from or last told, `stands` the one that is saved, `last` who saved it."""
    same_page = bool(sent.page) and sent.page == last.page
    if same_page and sent.by_itself and sent.turn <= last.turn:
        return Standing.OVERTAKEN
    if version == stands or (same_page and sent.turn > last.turn):
        return Standing.NEXT
    return Standing.STALE


def goes_on(version: int, stands: int, text: str, unheard: Iterable[str]) -> bool:
    """The same for a text whose row remembers no page: it goes on from the version it names, or from a text of its own.

    `unheard` are the texts that its page sent before without hearing back: an answer that was lost, or a save by itself
    that was on its way when the button was pressed. If one of them is the `text` that stands, nobody else wrote it.
    """
    return version == stands or text in unheard


def is_recorded(sent: Origin, last_saved_at: datetime | None, at: datetime) -> bool:
    """Whether a save gets an entry of its own in the audit log: every one by hand, of those by itself the first of a
    sitting. The entry also says which version stood before and since when, so that no save is without its bounds."""
    return not sent.by_itself or last_saved_at is None or at - last_saved_at >= SITTING
