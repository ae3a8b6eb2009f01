"""One page of a list: the rows, and how many there are in all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from portal.extensions import db

Item = TypeVar("Item")
LAST_PAGE = 1_000_000


@dataclass(frozen=True)
class Page(Generic[Item]):
    """`number` counts from 1; a number past the end holds no items."""

    items: Sequence[Item]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def next_number(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None


def page_of(
    query: sa.Select[*tuple[Any, ...]],
    fetch: Callable[[sa.Select[*tuple[Any, ...]]], Sequence[Item]],
    number: int,
    size: int,
) -> Page[Item]:
    """Count the rows of `query` and fetch one page of them: one statement, and those of `fetch`."""
    counted = sa.select(sa.func.count()).select_from(query.order_by(None).subquery())
    total = db.session.scalar(counted) or 0
    number = min(max(number, 1), LAST_PAGE)
    start = (number - 1) * size
    items: Sequence[Item] = fetch(query.limit(size).offset(start)) if start < total else ()
    return Page(items, number, size, total)
