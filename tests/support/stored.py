"""What tables hold, as plain values that two moments can be compared by."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from portal.extensions import db
from portal.models import Base
from tests.support.evidence import WRITES

Rows = dict[str, list[dict[str, Any]]]  # by table, in the order of their keys


@contextmanager
def written() -> Iterator[set[str]]:
    """The tables that a block writes to, also where it takes that back."""
    found: set[str] = set()

    def note(_c: Any, _cu: Any, statement: str, *_: Any) -> None:
        found.update(WRITES.findall(statement))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def rows(tables: set[str]) -> Rows:
    """All rows of these tables."""
    known = Base.metadata.tables
    found: Rows = {}
    for name in sorted(tables & known.keys()):
        table = known[name]
        query = sa.select(table).order_by(*table.primary_key.columns)
        found[name] = [dict(row) for row in db.session.execute(query).mappings()]
    return found


def columns() -> set[str]:
    """The name of every column of every table."""
    return {column.name for table in Base.metadata.tables.values() for column in table.columns}


def differences(one: Rows, other: Rows) -> set[str]:
    """Where two states differ, as "table", where it has more rows in one of them, else as "table[row].column"."""
    found = set()
    for name in one.keys() | other.keys():
        mine, theirs = one.get(name), other.get(name)
        if mine is None or theirs is None or len(mine) != len(theirs):
            found.add(name)
            continue
        for place, (left, right) in enumerate(zip(mine, theirs, strict=True)):
            found.update(f"{name}[{place}].{key}" for key in left if left[key] != right[key])
    return found
