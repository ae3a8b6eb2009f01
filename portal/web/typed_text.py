"""What a person typed into a field of text, as the forms keep it."""


def trimmed(value: str | None) -> str:
    """Without white space around it; an empty field is an empty text."""
    return (value or "").strip()
