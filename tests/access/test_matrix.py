"""Every address, asked by everybody at every moment of a round and of an application, answers what the tables say.

The door decides by person and page alone (`domain.permissions.permits`), so whoever is refused there is refused at each
moment; they are asked at two, before and after memberships end. Pages that read no session are the same for everybody,
and pages about one's account read nothing of a round.
"""

import pytest
from flask import Flask

from portal.web.policies import table as rules
from tests.access.asking import answer_of, ask
from tests.access.conftest import World
from tests.access.moments import Moment, bring_about, reachable
from tests.access.table import Cell, blocks, everybody

WITHOUT_SESSION = {"public", "ops", "demo"}
OF_STAFF = {"mentor", "lead", "admin"}
ABOUT_ACCOUNTS = (
    "/login",
    "/logout",
    "/register",
    "/confirm",
    "/reset",
    "/account",
    "/invitations",
)
ASKED_OF_ALL = {Moment("open", "submitted"), Moment("archived", "submitted")}
IN_OTHER_WORDS = {409: "no", 410: "gone"}
# What a form brings whose rules look at it before they look at the time.
BODIES = {
    "/apply/<round>/submit": {"key": "pressed-once-and-again"},
    "/review/<int:application>/conflict": {"reason": "We wrote a paper together."},
}
SAVES = {"/apply/<round>/<section>", "/apply/<round>/<section>/draft", "/apply/<round>/directions"}


def body(cell: Cell, moment: Moment) -> dict[str, str]:
    """A form that a person in this moment could send: a save names the version it goes on from."""
    if cell.path in SAVES:
        return {"version": "0" if moment.state_of(cell.person) == "none" else "1"}
    return BODIES.get(cell.path, {})


def answer(app: Flask, world: World, cell: Cell, moment: Moment) -> str:
    """The answer in the tables' words."""
    form = body(cell, moment) if cell.answer == "ok" else {}
    try:
        found = ask(app, world, cell, form, quick=True)
    except Exception as error:  # one broken page must not hide what the others answer
        return f"{type(error).__name__}: {error}"
    return IN_OTHER_WORDS.get(found.status_code) or answer_of(found)


def asked(app: Flask, moment: Moment) -> list[Cell]:
    """The cells whose answer this moment can change."""
    policies = {(m, row["path"]): row["policy"] for row in rules(app) for m in row["methods"]}
    if moment in ASKED_OF_ALL:
        return list(everybody())
    found = []
    for cell in everybody():
        policy = policies[cell.method, cell.path]
        same_for_all = policy in WITHOUT_SESSION and cell.person != "anonymous"
        at_the_door = cell.answer in ("in", "2f") or (cell.answer == "403" and policy in OF_STAFF)
        of_no_round = cell.path.startswith(ABOUT_ACCOUNTS)
        if not same_for_all and not at_the_door and not of_no_round:
            found.append(cell)
    return found


@pytest.mark.parametrize("moment", list(reachable()), ids=str)
def test_everybody_gets_what_the_tables_say(app: Flask, world: World, moment: Moment) -> None:
    bring_about(moment, world.round, world.application)
    in_time = blocks()
    wrong = []
    for cell in asked(app, moment):
        found, wanted = answer(app, world, cell, moment), cell.at(moment, in_time)
        if found != wanted:
            wrong.append(f"{cell.method} {cell.path}: {cell.person} got {found}, not {wanted}")

    assert not wrong, f"{moment}:\n" + "\n".join(wrong)
