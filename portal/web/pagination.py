"""Pages of a list in addresses: which one was asked for, and how to reach the others with all else kept."""

from collections.abc import Callable
from urllib.parse import urlencode

from flask import request

from portal.queries.paging import LAST_PAGE

STRETCH = {"page", "before", "after"}  # arguments that say which part of a list is shown


def page_number() -> int:
    """The page asked for, from 1; anything that is no page number means the first."""
    text = request.args.get("page", "")
    if not (text.isascii() and text.isdigit()) or len(text) > 7:
        return 1
    return min(max(int(text), 1), LAST_PAGE)


def page_href() -> Callable[[int], str]:
    """The address of another page of the list being shown, with its other arguments."""
    path = request.path
    kept = [(name, text) for name, text in request.args.items() if name != "page" and text]

    def href(number: int) -> str:
        arguments = [*kept, ("page", str(number))] if number > 1 else kept
        return f"{path}?{urlencode(arguments)}" if arguments else path

    return href


def beside() -> Callable[[str, int], str]:
    """The address of the stretch of this list that begins beside an item: `beside("before", 120)`."""
    path = request.path
    kept = [(name, text) for name, text in request.args.items() if name not in STRETCH and text]

    def href(side: str, item: int) -> str:
        return f"{path}?{urlencode([*kept, (side, str(item))])}"

    return href


def same_filters(path: str) -> str:
    """`path` with the filters of the list being shown: for its export."""
    kept = [(name, text) for name, text in request.args.items() if name not in STRETCH and text]
    return f"{path}?{urlencode(kept)}" if kept else path
