"""Choices of a select field from (value, label) pairs."""

from collections.abc import Iterable

from wtforms.fields import SelectChoice


def options(pairs: Iterable[tuple[int | str, str]]) -> list[SelectChoice]:
    """The options in the order of `pairs`."""
    return [SelectChoice(value, label) for value, label in pairs]
