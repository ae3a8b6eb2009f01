"""Full-text search that both databases do alike: folded text, matched word by word."""

from portal.domain.text import fold


def searchable(*parts: str) -> str:
    """The folded text that search reads, from whatever a row can be found by."""
    return " ".join(fold(" ".join(parts)).split())
