"""The control of the tables: each policy of each page, loosened by one step, turns at least one cell red."""

from flask import Flask

from portal.domain.permissions import Policy
from portal.web.policies import table as rules
from tests.access.conftest import World
from tests.access.moments import Moment
from tests.access.table import Cell, everybody
from tests.access.test_matrix import answer

NOW = Moment("open", "submitted")
# The next wider policy, and who gets in by it.
WIDER = {
    Policy.ADMIN: (Policy.MENTOR, "mentor"),
    Policy.LEAD: (Policy.MENTOR, "reader"),
    Policy.MENTOR: (Policy.SIGNED_IN, "other applicant"),
    Policy.SIGNED_IN: (Policy.ACCOUNT, "anonymous"),
    Policy.OWN: (Policy.ACCOUNT, "anonymous"),
}
# Views of the accounts library that ask by themselves, so that loosening our door opens nothing.
ASKED_TWICE = {"/account/email", "/account/password"}


def test_every_loosened_policy_turns_a_cell_red(app: Flask, world: World) -> None:
    wanted = {(cell.method, cell.path, cell.person): cell for cell in everybody()}
    unseen, loosened = [], 0
    for row in rules(app):
        policy = Policy(row["policy"])
        if policy not in WIDER or row["path"] in ASKED_TWICE:
            continue
        wider, person = WIDER[policy]
        loosened += 1
        cells = [wanted[method, row["path"], person] for method in row["methods"]]
        if not _noticed(app, world, row["endpoint"], wider, cells):
            unseen.append(f"{row['path']}: {policy} loosened to {wider}")

    assert loosened > 150
    assert not unseen, "\n".join(unseen)


def _noticed(app: Flask, world: World, endpoint: str, wider: Policy, cells: list[Cell]) -> bool:
    """Whether a cell answers otherwise than the table says while the endpoint has the wider policy."""
    view = app.view_functions[endpoint]
    declared = getattr(view, "__portal_policy__", None)
    view.__portal_policy__ = wider  # type: ignore[attr-defined]
    try:
        return any(answer(app, world, cell, NOW) != cell.answer for cell in cells)
    finally:
        view.__portal_policy__ = declared  # type: ignore[attr-defined]
