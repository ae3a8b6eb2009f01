"""docs/security.md keeps its word: what it names exists, no item is missing or twice, and its numbers are counted."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "security.md"
# How many items of levels 1 and 2 each section of ASVS 5.0.0 has. They are numbered from 1; those of level 3 come last.
ITEMS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2,
    "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4,
    "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3,
    "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4,
    "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
    "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip
ALL = [f"{section}.{number + 1}" for section, most in ITEMS.items() for number in range(most)]
ANSWERS = ("met", "does not apply", "operator", "not met")
SUMMARY = re.compile(
    r"Of (\d+) items of these two levels (\d+) are met, (\d+) do not apply, "
    r"(\d+) are the operator's and (\d+) are not met\."
)


class Row(NamedTuple):
    items: list[str]
    answer: str
    how: str
    shown: str


def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def rows(text: str) -> list[Row]:
    """The rows of the tables of items. A pipe inside a cell stands behind a backslash."""
    found = []
    for line in text.split("\n"):
        if re.match(r"\| \d+\.\d+\.\d+", line):
            items, answer, how, shown = (
                cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]
            )
            found.append(Row(spelled_out(items), answer, how, shown))
    return found


def spelled_out(items: str) -> list[str]:
    """Each item of "3.3.1 to 3.3.4, 3.5.1"."""
    found = []
    for part in items.split(", "):
        first, _, last = part.partition(" to ")
        found += ALL[ALL.index(first) : ALL.index(last or first) + 1]
    return found


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def missing_tests(text: str) -> list[str]:
    """Tests that are named and do not exist."""
    return [
        f"{path}::{name}"
        for path, name in re.findall(r"`([\w/]+\.py)::(\w+)`", text)
        if not (ROOT / path).is_file() or name not in functions_of(path)
    ]


def anchors(path: Path) -> set[str]:
    """What a link can lead to within a document: its headings, as they are turned into names."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def broken_links(text: str) -> list[str]:
    """Documents, and headings in them, that are linked and not there."""
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, heading = target.partition("#")
        path = PAGE.parent / name if name else PAGE
        if not path.is_file() or (heading and heading not in anchors(path)):
            found.append(target)
    return found


def missing_files(text: str) -> list[str]:
    """Files of the project that are named and do not exist; a document may be named from beside this one."""
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|txt|md|js|html|conf))`", text)
    return [
        each for each in named if not ((ROOT / each).is_file() or (PAGE.parent / each).is_file())
    ]


def test_every_item_of_levels_one_and_two_has_one_answer() -> None:
    counted = Counter(item for row in rows(page()) for item in row.items)
    assert [item for item in ALL if not counted[item]] == [], "these have no row"
    assert [item for item, times in counted.items() if times > 1] == [], "these stand twice"


def test_every_row_has_an_answer_and_what_shows_it() -> None:
    for row in rows(page()):
        assert row.answer in ANSWERS, row
        assert row.how, row
        named = re.search(r"`[^`]+`|\]\(", row.shown)
        assert bool(named) == (row.answer in ("met", "operator")), row


def test_the_summary_counts_what_the_tables_say() -> None:
    counted = Counter(dict.fromkeys(ANSWERS, 0))
    for row in rows(page()):
        counted[row.answer] += len(row.items)
    said = SUMMARY.search(page())
    assert said is not None, "the summary's sentence has other words"
    assert [int(number) for number in said.groups()] == [len(ALL), *counted.values()]


def test_the_summary_names_what_is_not_met() -> None:
    unmet = [item for row in rows(page()) if row.answer == "not met" for item in row.items]
    said = re.search(r"^Not met: ([\d., \n]+)\.$", page(), re.MULTILINE)
    assert said is not None, "the summary does not say what is not met"
    assert re.findall(r"\d+\.\d+\.\d+", said[1]) == unmet


def test_what_the_page_names_exists() -> None:
    assert len(re.findall(r"\.py::", page())) > 100, "the page names its tests"
    assert missing_tests(page()) == []
    assert broken_links(page()) == []
    assert missing_files(page()) == []


@pytest.mark.parametrize(
    "planted",
    [
        "`tests/test_security_page.py::test_that_nobody_wrote`",
        "`tests/test_that_is_not_there.py::test_anything`",
        "[a document](decisions/nothing.md)",
        "[a heading](rules.md#of-no-such-name)",
        "[a heading](#of-no-such-name)",
        "`portal/web/nothing.py`",
    ],
)
def test_control_what_does_not_exist_is_found(planted: str) -> None:
    assert [*missing_tests(planted), *broken_links(planted), *missing_files(planted)]


def test_control_ranges_are_spelled_out() -> None:
    assert len(ALL) == 253, "70 items of level 1 and 183 of level 2"
    (row,) = rows("| 1.5.1 to 2.1.1, 17.3.2 | met | how \\| what | `shown` |")
    assert row == Row(["1.5.1", "1.5.2", "2.1.1", "17.3.2"], "met", "how \\| what", "`shown`")
