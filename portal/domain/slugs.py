"""Names made into the part of an address."""

import re
import unicodedata
from collections.abc import Container


def slug_of(name: str, taken: Container[str] = (), longest: int = 80) -> str:
    """Such as "summer-2027" of "Summer 2027"; a number is added while `taken` holds it already."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: longest - 4].rstrip("-") or "round"
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
