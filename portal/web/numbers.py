"""Whole numbers in addresses and hidden fields: only as we write them, and only as large as a database holds."""

from portal.web.requests import LARGEST_ID

_DIGITS = len(str(LARGEST_ID))


def whole(text: str) -> int:
    """The number that ASCII digits write, from 0. Raises ValueError for all else: for `args.get(name, type=whole)`.

    `str.isdigit` lets a superscript two through, which `int` does not read, and digits that no database holds.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text) <= LARGEST_ID):
        raise ValueError("no whole number of ours")
    return int(text)


def whole_or(text: object, default: int) -> int:
    """The same, with something else for what is no such number."""
    try:
        return whole(str(text))
    except ValueError:
        return default
