"""A new column of text is red until somebody says whether people write it, and then it is painted and looked at."""

from collections import Counter

from tests.support.payloads import PAYLOADS
from tests.support.written import classified, columns_of_text


def test_every_column_of_text_is_said_to_be_written_or_not():
    assert Counter(columns_of_text()) == Counter(classified())


def test_there_are_sixty_and_none_twice():
    assert len({payload.text for payload in PAYLOADS}) == len(PAYLOADS) == 60
