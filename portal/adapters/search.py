"""Full-text search over papers: folded text in `papers.search_text`, matched by LIKE, the same on both databases.

Every word of a query must occur somewhere in the text. Words are folded (accents, case), other scripts are kept,
and nothing in a query is an operator: `%`, `_`, `\\` and quotes stand for themselves.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from portal.domain.text import fold
from portal.models import Paper

LONGEST_QUERY = 200  # characters
MOST_WORDS = 12
_TITLE_END = "\n"


def searchable(title: str, *others: str) -> str:
    """What `papers.search_text` holds: the folded title on a line of its own, then all other text on one line.

    `others` are the summary, the printed names and name variants of the authors, and the names of the topics.
    """
    return _line(title) + _TITLE_END + _line(" ".join(others))


def words_of(query: str) -> list[str]:
    """The folded words of a query, each once; at most `MOST_WORDS` of its first `LONGEST_QUERY` characters."""
    found = _line(query[:LONGEST_QUERY]).split()
    return list(dict.fromkeys(found))[:MOST_WORDS]


def matches(words: Iterable[str]) -> list[sa.ColumnElement[bool]]:
    """Conditions that together hold for papers in which every word occurs."""
    return [Paper.search_text.like(f"%{_literal(word)}%", escape="\\") for word in words]


def title_first(words: Iterable[str]) -> sa.ColumnElement[int]:
    """An order in which papers with more of the words in their title come first."""
    hits: list[sa.ColumnElement[int]] = [
        sa.case(
            (Paper.search_text.like(f"%{_literal(word)}%{_TITLE_END}%", escape="\\"), 1), else_=0
        )
        for word in words
    ]
    return -sum(hits, sa.literal(0))


def _line(text: str) -> str:
    # Twice: a letter in disguise, such as a mathematical capital, shows its case only once it is decomposed.
    return " ".join(fold(fold(text.replace("\x00", " "))).split())


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
