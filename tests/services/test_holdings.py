"""Every column of every table is classified: what an export gives, what it withholds, what an erasure leaves."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.domain.holdings import HOLDINGS, IMPERSONAL
from portal.models import Base
from portal.queries.subjects import Subject, rows_of, table_of

TABLES = {table.name: {c.name for c in table.columns} for table in Base.metadata.sorted_tables}


def test_every_table_stands_in_exactly_one_of_the_two_lists() -> None:
    listed = [each.table for each in HOLDINGS] + [each.table for each in IMPERSONAL]
    assert sorted(listed) == sorted(TABLES)


@pytest.mark.parametrize("holding", HOLDINGS, ids=lambda each: each.table)
def test_every_column_of_a_table_about_people_is_given_or_withheld_and_emptied_or_told_why_it_stays(
    holding: object,
) -> None:
    shown = [*holding.exported, *holding.excluded]
    assert sorted(shown) == sorted(TABLES[holding.table])
    if holding.kept:
        assert TABLES[holding.table] == {*holding.blank, *holding.staying}
        assert not set(holding.blank) & set(holding.staying)
    else:
        assert not holding.blank
        assert not holding.stays, "its rows are deleted"


@pytest.mark.parametrize("listed", IMPERSONAL, ids=lambda each: each.table)
def test_every_column_of_a_table_about_nobody_is_named(listed: object) -> None:
    assert sorted(listed.columns.split()) == sorted(TABLES[listed.table])
    assert listed.why


# Long texts that an erasure leaves: what a mentor's public page says, and what an erasure itself still has to do.
LEFT = {"mentors.bio", "mentors.source", "audit_events.seals", "erasures.file_keys"}


def test_no_text_that_somebody_typed_stays() -> None:
    found = {
        f"{each.table}.{name}"
        for each in HOLDINGS
        for name in each.staying
        if isinstance(table_of(each.table).c[name].type, sa.Text | sa.JSON)
        and not isinstance(table_of(each.table).c[name].type, sa.Enum)
    }
    assert found == LEFT


def test_every_table_about_people_has_a_rule_whose_its_rows_are() -> None:
    subject = Subject(1, "someone@example.org", [(1, 1, 1)])
    for holding in HOLDINGS:
        rows_of(table_of(holding.table), subject)


def test_no_table_about_nobody_points_at_an_account_but_to_say_who_worked() -> None:
    """A new table with an account's id in it must not be called impersonal by mistake."""
    found = {
        f"{table}.{column.name}"
        for table in (each.table for each in IMPERSONAL)
        for column in table_of(table).columns
        for key in column.foreign_keys
        if key.column.table.name in ("users", "applications", "stream_applications")
    }
    assert found == {"announcements.author_id"}


def test_the_decision_note_lists_exactly_what_an_export_withholds_and_why(repository: Path) -> None:
    note = (repository / "docs/decisions/privacy.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", note, re.MULTILINE)
    told = {
        f"{table}.{name}": why.strip()
        for table, names, why in rows
        for name in re.findall(r"`(\w+)`", names)
    }
    withheld = {
        f"{each.table}.{name}": why for each in HOLDINGS for name, why in each.excluded.items()
    }
    assert told == withheld
