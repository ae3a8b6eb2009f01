"""Odd requests: no answer of 500 or more and no exception, whatever stands in an address, a form or a body.

What is drawn is the same in each run. `python -m bench.fuzz` draws 10,000.
"""

from pathlib import Path

import pytest
import schemathesis
from flask import Flask, request
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as drawn

from portal.domain.permissions import Policy
from portal.web.policies import policy
from tests.access.conftest import World, world
from tests.access.moments import Moment, bring_about
from tests.support import fuzzing
from tests.support.fuzzing import Odd
from tests.support.recorded import Sent, addresses, filled, forms

__all__ = ["world"]

WHEN = {
    Moment("open", "submitted"): 500,
    Moment("closed", "submitted"): 300,
    Moment("decided", "submitted"): 300,
    Moment("released", "submitted"): 200,
}
OF_THE_API = 40  # of each of its addresses
QUIET = {
    "derandomize": True,
    "database": None,
    "deadline": None,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}


def run(app: Flask, world: World, shown: list[Sent], names: list[str], number: int) -> list[str]:
    """What went wrong, a line each, with the request that brought it about."""
    wrong = []

    @drawn(max_examples=number, **QUIET)
    @given(fuzzing.requests(shown, names))
    def each(asked: Odd) -> None:
        problem, _ = fuzzing.outcome_of(app, world, asked)
        if problem:
            wrong.append(f"{problem}\n    {asked}")

    each()
    return wrong


def _ask(operation: schemathesis.APIOperation, mode: schemathesis.GenerationMode) -> int:
    """How many were asked. Raises what Schemathesis finds: a status, a header or a body that is not described."""
    asked = 0

    @drawn(max_examples=OF_THE_API, **QUIET)
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        nonlocal asked
        asked += 1
        case.call_and_validate()

    ask()
    return asked


@pytest.mark.parametrize("moment", list(WHEN), ids=str)
def test_no_odd_form_or_address_breaks_a_page(
    app: Flask, world: World, moment: Moment, repository: Path
) -> None:
    bring_about(moment, world.round, world.application)
    shown = [*map(filled, forms(app, world)), *addresses(world)]
    names = fuzzing.query_names(repository / "portal" / "web")
    assert {"page", "q", "stream"} <= set(names)

    wrong = run(app, world, shown, names, WHEN[moment])

    assert not wrong, f"{len(wrong)} requests:\n" + "\n".join(wrong[:10])


def test_what_is_drawn_finds_a_view_that_breaks(app: Flask, world: World) -> None:
    """The control: a view that reads a number as a number is broken within few requests."""

    @policy(Policy.SIGNED_IN)
    def naive(**_: object) -> str:
        return str(int(request.form["rank"]) + 1)

    address = world.address("/apply/<round>/questions")
    endpoint, _ = app.url_map.bind("localhost").match(address, "POST")
    shown = [Sent("applicant", "POST", "/apply/<round>/questions", address, (("rank", "1"),))]
    with fuzzing.replaced(app, endpoint, naive):
        wrong = run(app, world, shown, ["page"], 40)

    assert len(wrong) > 3


def test_the_api_answers_as_its_description_says(app: Flask, world: World) -> None:
    """Schemathesis asks what the description allows, and what it does not, of each address."""
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    asked = 0
    for found in described.get_all_operations():
        operation = found.ok()
        for mode in schemathesis.GenerationMode:
            asked += _ask(operation, mode)

    assert asked > 5 * OF_THE_API
