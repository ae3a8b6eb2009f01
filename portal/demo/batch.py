"""Rows in bulk: collected as plain values with ids given here, written table by table without the ORM.

Ids are given in the order of asking, so the same run makes the same rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.models import AuditEvent, Base
from portal.services.audit_chain import chain

Row = dict[str, Any]


class Batch:
    """Takes rows for any tables and writes them in an order that foreign keys allow."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rows: dict[str, list[Row]] = defaultdict(list)
        self._next: dict[str, int] = {}
        self._blank: dict[str, Row] = {}
        self.counts: dict[str, int] = defaultdict(int)

    def add(self, model: type[Base], **values: Any) -> Row:
        """A row to write: the values given, the model's defaults for the rest, and an id where the table has one.

        The row may be changed until `write`. Raises KeyError for a column that the table does not have.
        """
        table = _table(model)
        blank = self._blank_of(table)
        unknown = set(values) - set(blank)
        if unknown:
            raise KeyError(f"{table.name} has no column {sorted(unknown)[0]!r}")
        row = {**blank, **values}
        if "id" in row and row["id"] is None:
            row["id"] = self._id(table)
        for name, value in row.items():
            if callable(value):
                row[name] = value()
        self._rows[table.name].append(row)
        return row

    def write(self) -> None:
        """Insert what was collected. Commits nothing."""
        for table in Base.metadata.sorted_tables:
            rows = self._rows.pop(table.name, None)
            if rows:
                if table is AuditEvent.__table__:
                    chain(self._session, sorted(rows, key=lambda row: row["at"]))
                else:
                    self._session.execute(sa.insert(table), rows)
                self.counts[table.name] += len(rows)

    def release_ids(self) -> None:
        """Tell PostgreSQL's sequences which ids were given here; SQLite looks at the table itself."""
        if self._session.get_bind().dialect.name != "postgresql":
            return
        for name, following in self._next.items():
            self._session.execute(
                sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(name, "id"), following - 1))
            )

    def _id(self, table: sa.Table) -> int:
        if table.name not in self._next:
            last = self._session.scalar(sa.select(sa.func.max(table.c.id)))
            self._next[table.name] = (last or 0) + 1
        self._next[table.name] += 1
        return self._next[table.name] - 1

    def _blank_of(self, table: sa.Table) -> Row:
        if table.name not in self._blank:
            self._blank[table.name] = {column.name: _default(column) for column in table.columns}
        return self._blank[table.name]


def _table(model: type[Base]) -> sa.Table:
    table = model.__table__
    assert isinstance(table, sa.Table)
    return table


def _default(column: sa.Column[Any]) -> Any:
    if not isinstance(column.default, sa.ColumnDefault):
        return None
    argument = column.default.arg
    return _fresh_dict if callable(argument) else argument


_fresh_dict: Callable[[], Row] = dict
