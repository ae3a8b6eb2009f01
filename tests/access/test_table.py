"""Every address stands in the table once; its pages keep the rules of a page; no form is taken without its token."""

from flask import Flask

from portal.domain.permissions import Policy
from portal.web.policies import table as rules
from tests.access.asking import answer_of, ask
from tests.access.conftest import World
from tests.access.table import PASSWORD_ALONE, PEOPLE, Cell, cells

# Opening these changes nothing, or their address is the secret.
WITHOUT_TOKEN = ("/find", "/reference/", "/unsubscribe/")


def test_table_lists_each_route_once_and_no_other(app: Flask) -> None:
    listed = [(cell.method, cell.path) for cell in cells() if cell.person == PEOPLE[0]]
    served = {(method, row["path"]) for row in rules(app) for method in row["methods"]}

    assert len(listed) == len(set(listed)), "a route stands twice in the table"
    assert set(listed) - served == set(), "the table lists routes that do not exist"
    assert served - set(listed) == set(), (
        "routes without expected answers: write them into tests/access/table.txt from docs/rules.md"
    )


def test_every_page_that_opens_keeps_the_rules_of_a_page(app: Flask, world: World) -> None:
    """The browsers of these tests fail on a page that breaks one (`tests.support.house`)."""
    policies = {row["path"]: row["policy"] for row in rules(app)}
    wrong = []
    for cell in cells():
        of_nobody = policies[cell.path] in ("public", "ops") and cell.person != "anonymous"
        if cell.answer != "ok" or of_nobody:
            continue
        found = answer_of(ask(app, world, cell))
        if found != "ok":
            wrong.append(f"{cell.method} {cell.path}: {cell.person} got {found}")

    assert not wrong, "\n".join(wrong)


def test_without_a_second_factor_no_page_of_staff_opens(app: Flask, world: World) -> None:
    """Whatever the table says: by password alone an admin gets no page, table or file of a privileged policy."""
    privileged = {Policy.MENTOR, Policy.LEAD, Policy.ADMIN}
    rows = [row for row in rules(app) if row["policy"] in privileged]
    opened = []
    for row in rows:
        for method in row["methods"]:
            cell = Cell(method, row["path"], PASSWORD_ALONE, "")
            status = ask(app, world, cell, quick=True).status_code
            if status not in (302, 403):
                opened.append(f"{method} {row['path']}: {status}")

    assert len(rows) > 80
    assert not opened, "\n".join(opened)


def test_unsafe_requests_without_a_token_are_refused(app: Flask, world: World) -> None:
    """No form is taken without its token, from anybody, but for /find, that changes nothing, and a referee page, whose
    address is the secret."""
    wrong = []
    for cell in cells():
        if cell.method != "POST" or cell.path.startswith(WITHOUT_TOKEN):
            continue
        status = ask(app, world, cell, quick=True, with_token=False).status_code
        if status != 400:
            wrong.append(f"{cell.path}: {cell.person} got {status} without a token")

    assert not wrong, "\n".join(wrong)
