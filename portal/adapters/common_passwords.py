"""The passwords that guessers try first: those most often found where accounts were stolen, as zxcvbn lists them."""

from functools import cache

from zxcvbn.frequency_lists import FREQUENCY_LISTS


@cache
def common_passwords() -> frozenset[str]:
    """Thirty thousand, in small letters. Loaded once, some 0.1 s."""
    return frozenset(FREQUENCY_LISTS["passwords"])
