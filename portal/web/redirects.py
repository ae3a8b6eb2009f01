"""Where a form may send people on to: pages of this portal only."""

import unicodedata
from urllib.parse import urlsplit


def is_own_page(target: str | None) -> bool:
    """Whether `target` is a path on this site that no browser would read as an address elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return False
    if "\\" in target or any(unicodedata.category(letter)[0] == "C" for letter in target):
        return False
    parts = urlsplit(target)
    return not parts.scheme and not parts.netloc
