"""Break the rules one small way at a time and count what their own tests notice; figures to docs/security.md.

    make mutation          or: .venv/bin/python -m bench.mutation [permissions|rounds|applications] [--print]

Nothing is written to the code: each mutant is compiled in a child process, where the tests import it instead of the
module. The tests run without a database and always draw the same examples. A mutant that not even starts (the module
or its tests cannot be imported) counts as neither noticed nor missed.
"""

import argparse
import ast
import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from bench.mutants import Mutant, mutants

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "security.md"
EQUIVALENT = Path(__file__).parent / "equivalent_mutants.toml"
COMMAND = "make mutation"
BAR = 90  # percent
EXAMPLES = 25  # drawn for each property; the suite draws four times as many
PATIENCE = 120  # seconds for the tests of one module on a busy machine
MODULES = {  # of portal/domain, each with its own tests: what only a page would notice counts as missed
    "permissions": ("test_permissions.py",),
    "rounds": ("test_round_moves.py", "test_rounds.py"),
    "applications": ("test_application_form.py", "test_applications.py"),
}
OPTIONS = ["-x", "-q", "--noconftest", "--tb=no", "--assert=plain", "-p", "no:cacheprovider"]
PASSED, NOTICED = 0, 1  # what pytest answers; all else means that the tests did not run


@dataclass
class Score:
    """What became of the mutants of one module. `equivalent`: no test could tell them from the rule."""

    module: str
    killed: int = 0
    survived: list[Mutant] = field(default_factory=list)
    equivalent: list[Mutant] = field(default_factory=list)
    unborn: int = 0
    seconds: float = 0.0

    @property
    def percent(self) -> float:
        """Of those that a test could notice."""
        judged = self.killed + len(self.survived)
        return 100 * self.killed / judged if judged else 0.0


class _Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module other code."""

    def __init__(self, name: str, code: Any) -> None:
        self.name, self.code = name, code

    def find_spec(
        self, name: str, _path: Any, _target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self.name:
            return None
        return importlib.util.spec_from_loader(name, self)

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


def main() -> None:
    """Score the modules; exit 1 if one is under the bar."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="of portal/domain; all three")
    parser.add_argument("--print", action="store_true", help="print, and leave the file alone")
    given = parser.parse_args()
    scores = [score(module) for module in given.modules or MODULES]
    for each in scores:
        _say(each)
    if not given.print and not given.modules:
        _write(scores)
    sys.exit(any(each.percent < BAR for each in scores))


def score(module: str) -> Score:
    """Try every mutant of one module on its tests. Raises RuntimeError if they fail on the module as it is."""
    if f"portal.domain.{module}" in sys.modules:
        raise RuntimeError(
            "the module is imported already: children would use it and not the mutant"
        )
    path = ROOT / "portal" / "domain" / f"{module}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found, began = Score(module), time.monotonic()
    known = equivalents(module)
    if _tried(module, compile(tree, str(path), "exec")) != PASSED:
        raise RuntimeError(f"the tests of {module} fail before anything is broken")
    for mutant in mutants(tree):
        answer = _tried(module, mutant.code(tree, str(path)))
        if answer == NOTICED:
            found.killed += 1
        elif answer != PASSED:
            found.unborn += 1
        elif mutant.key in known:
            found.equivalent.append(mutant)
        else:
            found.survived.append(mutant)
        print({PASSED: "S", NOTICED: "."}.get(answer, "-"), end="", flush=True)
    print()
    found.seconds = time.monotonic() - began
    return found


def equivalents(module: str) -> dict[str, str]:
    """Mutants that behave as the rule does, by key, each with the reason."""
    import tomllib

    return tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get(module, {})


def _tried(module: str, code: Any) -> int:
    """What pytest answers about one mutant, in a process of its own. One that hangs is noticed."""
    child = os.fork()
    if child == 0:
        os._exit(_inside(module, code))
    _, status = os.waitpid(child, 0)
    return NOTICED if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)


def _inside(module: str, code: Any) -> int:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    signal.alarm(PATIENCE)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # they take a second to load, each time
    settings.register_profile(
        "mutation",
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutation")
    sys.meta_path.insert(0, _Instead(f"portal.domain.{module}", code))
    tests = [str(ROOT / "tests" / "domain" / name) for name in MODULES[module]]
    return int(pytest.main([*OPTIONS, *tests]))


def _say(score: Score) -> None:
    print(
        f"{score.module}: {score.percent:.1f} % ({score.killed} noticed, {len(score.survived)} missed, "
        f"{len(score.equivalent)} equivalent, {score.unborn} not born, {score.seconds:.0f} s)"
    )
    for mutant in score.survived:
        print(f"  line {mutant.line}: {mutant.key}")


def table(scores: Sequence[Score]) -> str:
    """One line a module, then what was missed and what nothing could notice."""
    lines = [
        "| rules | mutants | noticed | missed | equivalent | not born | score |",
        "| --- |" + " ---: |" * 6,
    ]
    for each in scores:
        made = each.killed + len(each.survived) + len(each.equivalent) + each.unborn
        lines.append(
            f"| `portal/domain/{each.module}.py` | {made} | {each.killed} | {len(each.survived)} | "
            f"{len(each.equivalent)} | {each.unborn} | {each.percent:.1f} % |"
        )
    missed = [(each.module, mutant.key) for each in scores for mutant in each.survived]
    known = [(each.module, mutant.key) for each in scores for mutant in each.equivalent]
    if missed:
        lines += ["", "Missed:", "", *(f"- {module}: `{key}`" for module, key in missed)]
    if known:
        lines += ["", "Equivalent, so that no test can notice them:", ""]
        lines += [f"- {module}: `{key}`. {equivalents(module)[key]}" for module, key in known]
    return "\n".join(lines)


def _write(scores: Sequence[Score]) -> None:
    from bench import (
        report,
    )  # imports rules of the portal, which the children must import themselves
    from portal import clock

    report.write(PAGE, [report.conditions(COMMAND, clock.now()), table(scores)], "mutation")


if __name__ == "__main__":
    main()
