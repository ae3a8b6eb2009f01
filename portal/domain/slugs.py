"""Names made into the part of an address."""

import re
from collections.abc import Container

from portal.domain.text import fold


def slug_of(
    name: str, taken: Container[str] = (), longest: int = 80, *, otherwise: str = "round"
) -> str:
    """Such as "summer-2027" of "Summer 2027"; a number is added while `taken` holds it already.

    `otherwise` stands for a name without a single Latin letter or digit.
    """
    base = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[: longest - 4].rstrip("-") or otherwise
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
