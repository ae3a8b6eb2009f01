"""Our own rules about the code (`make rules`): each is tried on a fixture, and none makes an exception for nothing.

What a rule catches is tested by `make rules` itself, on the lines that a fixture marks.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RULES = sorted((ROOT / "tests" / "rules").glob("*.yaml"))
FEWEST = 12  # `make rules` would be content with an empty folder
NAME = re.compile(r"^  - id: (\S+)$", re.MULTILINE)
LEFT_OUT = re.compile(r"(?:\[|- )(/portal/[^\s\]#]+)")


def named(path: Path) -> list[str]:
    return NAME.findall(path.read_text(encoding="utf-8"))


def fixture_of(path: Path) -> str:
    """The lines a file of rules is tried on, whatever their language."""
    beside = [each for each in path.parent.glob(f"{path.stem}.*") if each != path]
    return "\n".join(each.read_text(encoding="utf-8") for each in beside)


def test_there_are_rules() -> None:
    names = [name for path in RULES for name in named(path)]
    assert len(names) >= FEWEST
    assert len(set(names)) == len(names), "one name, one rule"


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_a_rule_has_lines_it_must_catch_and_lines_it_must_not(path: Path) -> None:
    lines = fixture_of(path)
    for name in named(path):
        caught = len(re.findall(rf"\bruleid: {name}\b", lines))
        let_be = len(re.findall(rf"\bok: {name}\b", lines))
        assert caught >= 2, f"{path.name}: give {name} at least two lines that it must catch"
        assert let_be >= 1, f"{path.name}: give {name} a line that it must not catch"


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_a_file_that_a_rule_leaves_out_is_still_there(path: Path) -> None:
    excepted = LEFT_OUT.findall(path.read_text(encoding="utf-8"))
    gone = [each for each in excepted if not (ROOT / each.lstrip("/")).exists()]
    assert gone == [], "take the exception out: what it was for is gone"


def test_ci_runs_the_rules_and_bandit() -> None:
    steps = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "make --no-print-directory check" in steps
    assert "make --no-print-directory rules" in steps
    assert re.search(r"^check:.*\n(\t.*\n)*\t\$\(BIN\)/bandit .*-ll .*\bportal\b", commands, re.M)
    assert re.search(r"^rules:.*\n(\t.*\n)*\t.*--error .*\bportal templates\b", commands, re.M)
