"""Every address, asked by seven people, answers what the hand-written table says; and the table misses no address."""

import contextlib
from collections.abc import Iterator

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from portal.domain.permissions import Policy
from portal.extensions import db
from portal.web.policies import table as rules
from tests.access.conftest import World
from tests.access.table import PASSWORD_ALONE, PEOPLE, Cell, cells
from tests.support.house import HouseClient

WORK = {200, 302, 303, 304, 400, 409, 422}


def answer_of(response: TestResponse) -> str:
    """The answer in the table's words."""
    status = response.status_code
    location = response.headers.get("Location", "")
    if status in (302, 303) and location.split("?")[0].endswith("/login"):
        return "in" if response.request.path != "/logout" else "ok"
    if status in (302, 303) and location.split("?")[0] == "/account/second-factor":
        return "2f"
    if status in (403, 404):
        return str(status)
    return "ok" if status in WORK else f"status {status}"


@contextlib.contextmanager
def undone(app: Flask) -> Iterator[None]:
    """Whatever a request changes in here is taken back, so that each cell meets the same world."""
    db.session.remove()  # a savepoint of the test's own session must not lie across this one
    savepoint = app.extensions["pinned_connection"].begin_nested()
    try:
        yield
    finally:
        db.session.remove()
        savepoint.rollback()


def token_for(app: Flask, client: HouseClient) -> str:
    """A form token of this browser's session, as Flask-WTF makes it."""
    with client.session_transaction() as session:
        raw = session.setdefault("csrf_token", "0" * 40)
    return str(URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(raw))


def ask(app: Flask, world: World, cell: Cell, *, with_token: bool = True) -> TestResponse:
    client = world.browsers[cell.person]
    # The cookies are those of the start: a sign-out of one cell does not reach the next.
    jar = dict(client._cookies)  # type: ignore[attr-defined]
    try:
        data = {"csrf_token": token_for(app, client)} if with_token else {}
        with undone(app):
            address = world.address(cell.path)
            response = client.open(address, method=cell.method, data=data or None)
            response.close()  # a static file would stay open
            return response
    finally:
        client._cookies = jar  # type: ignore[attr-defined]


def test_table_lists_each_route_once_and_no_other(app: Flask) -> None:
    listed = [(cell.method, cell.path) for cell in cells() if cell.person == PEOPLE[0]]
    served = {(method, row["path"]) for row in rules(app) for method in row["methods"]}

    assert len(listed) == len(set(listed)), "a route stands twice in the table"
    assert set(listed) - served == set(), "the table lists routes that do not exist"
    assert served - set(listed) == set(), (
        "routes without expected answers: write them into tests/access/table.txt from docs/rules.md"
    )


def test_every_cell_answers_as_expected(app: Flask, world: World) -> None:
    wrong = []
    for cell in cells():
        found = answer_of(ask(app, world, cell))
        if found != cell.answer:
            wrong.append(f"{cell.method} {cell.path}: {cell.person} got {found}, not {cell.answer}")

    assert not wrong, "\n".join(wrong)


def test_without_a_second_factor_no_page_of_staff_opens(app: Flask, world: World) -> None:
    """Whatever the table says: by password alone an admin gets no page, table or file of a privileged policy."""
    privileged = {Policy.MENTOR, Policy.LEAD, Policy.ADMIN}
    rows = [row for row in rules(app) if row["policy"] in privileged]
    opened = []
    for row in rows:
        for method in row["methods"]:
            status = ask(app, world, Cell(method, row["path"], PASSWORD_ALONE, "")).status_code
            if status not in (302, 403):
                opened.append(f"{method} {row['path']}: {status}")

    assert len(rows) > 80
    assert not opened, "\n".join(opened)


def test_unsafe_requests_without_a_token_are_refused(app: Flask, world: World) -> None:
    """No form is taken without its token, from anybody, but for /find, that changes nothing, and a referee page, whose
    address is the secret."""
    wrong = []
    for cell in cells():
        if cell.method != "POST" or cell.path.startswith(("/find", "/reference/", "/unsubscribe/")):
            continue
        status = ask(app, world, cell, with_token=False).status_code
        if status != 400:
            wrong.append(f"{cell.path}: {cell.person} got {status} without a token")

    assert not wrong, "\n".join(wrong)


def test_a_loosened_policy_is_noticed(app: Flask, world: World) -> None:
    """The control: with the admin desk opened to everybody signed in, cells of the table turn red."""
    endpoint = next(
        rule.endpoint for rule in app.url_map.iter_rules() if rule.rule == "/admin/audit"
    )
    view = app.view_functions[endpoint]
    declared = view.__portal_policy__  # type: ignore[attr-defined]
    view.__portal_policy__ = Policy.SIGNED_IN  # type: ignore[attr-defined]
    try:
        answers = {
            cell.person: answer_of(ask(app, world, cell))
            for cell in cells()
            if cell.path == "/admin/audit"
        }
    finally:
        view.__portal_policy__ = declared  # type: ignore[attr-defined]

    assert answers["applicant"] == "ok"
    assert answers["anonymous"] == "in"
