"""An admin who sees the portal as somebody else gets, at every address, what the table says of that person: no more and
no less; and nothing at all is changed."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from werkzeug.test import TestResponse

from portal.domain.permissions import Policy, Viewer
from portal.extensions import db
from portal.models import SignIn, User
from portal.services import seeing_as
from portal.web.policies import table as rules
from tests.access.asking import answer_of, ask
from tests.access.conftest import World
from tests.access.table import Cell, everybody
from tests.access.test_cookies import dump
from tests.conftest import NOW
from tests.support.builders import Builder
from tests.support.house import HouseClient

SEEN = ("applicant", "other applicant", "mentor", "other mentor", "reader", "conflicted mentor")
# About the account alone, or reached by the link of a letter: closed to whoever looks with other eyes.
CLOSED = {Policy.OWN, Policy.ACCOUNT}
SAME_FOR_ALL = {Policy.PUBLIC, Policy.OPS, Policy.DEMO}
# What these addresses show is nobody's but the account's own, whatever word they are declared with.
SECRET = ("/account", "/confirm", "/invitations/", "/login", "/reset", "/apply/<round>/survey")
STILL_THEIR_OWN = {"/see-as/end", "/logout"}


@pytest.fixture
def looks(world: World, make: Builder, browser: Callable[..., HouseClient]) -> World:
    """The same world, in which each of these is an admin who sees the portal as that person."""
    seen = {}
    for person in SEEN:
        user, admin = owner_of(world.browsers[person]), make.admin(f"Lou Looks {len(seen)}")
        seen[person] = browser(admin)
        sign_in = db.session.scalars(sa.select(SignIn.id).where(SignIn.user_id == admin.id)).one()
        who = Viewer(admin.id, is_admin=True)
        assert seeing_as.begin(who, sign_in, user.id, "They asked me.", NOW)
    return replace(world, browsers=seen)


def owner_of(client: HouseClient) -> User:
    with client.session_transaction() as session:
        key = session["_user_id"]
    return db.session.scalars(sa.select(User).where(User.fs_uniquifier == key)).one()


def asked(app: Flask, method: str) -> Iterator[tuple[Cell, Policy]]:
    policies = {row["path"]: Policy(row["policy"]) for row in rules(app)}
    for cell in everybody():
        if cell.person in SEEN and cell.method == method:
            yield cell, policies[cell.path]


def test_every_page_answers_what_it_answers_that_person(app: Flask, looks: World) -> None:
    wrong, opened = [], 0
    for cell, policy in asked(app, "GET"):
        if policy in SAME_FOR_ALL:
            continue
        wanted = "403" if policy in CLOSED else cell.answer
        answer = ask(app, looks, cell)
        opened += answer.status_code == 200
        found = answer_of(answer)
        if found != wanted:
            wrong.append(f"{cell.path}: as {cell.person} {found}, and not {wanted}")
        elif is_page(answer) and "nothing can be changed" not in answer.text:
            wrong.append(f"{cell.path}: as {cell.person} without the bar")

    assert not wrong, "\n".join(wrong)
    assert opened > 80


def test_the_page_itself_is_the_one_that_person_gets(
    app: Flask, world: World, looks: World
) -> None:
    wrong, compared = [], 0
    for cell, policy in asked(app, "GET"):
        if policy in SAME_FOR_ALL | CLOSED or cell.answer != "ok":
            continue
        theirs, ours = ask(app, world, cell, quick=True), ask(app, looks, cell, quick=True)
        compared += 1
        if content(theirs) != content(ours):
            wrong.append(f"{cell.path}: {cell.person}")

    assert not wrong, "\n".join(wrong)
    assert compared > 80


def is_page(answer: TestResponse) -> bool:
    return "text/html" in answer.content_type and answer.location is None


def content(answer: TestResponse) -> object:
    """What an answer gives: a page, where it leads, or the mark of a file's bytes."""
    if is_page(answer):
        return shown(answer.text)
    return answer.location or answer.headers.get("ETag") or answer.data


def shown(page: str) -> str:
    """What stands between masthead and foot, without what is drawn by lot for each answer: tickets, keys of a press."""
    main = BeautifulSoup(page, "html.parser").main
    assert main is not None
    for each in main.find_all("input", attrs={"name": ["csrf_token", "key", "page"]}):
        each.decompose()
    return str(main)


@pytest.mark.parametrize("with_token", [True, False])
def test_every_change_is_refused_and_nothing_is_written(
    app: Flask, looks: World, with_token: bool
) -> None:
    db.session.remove()
    before = dump(app.extensions["pinned_connection"])
    wrong, sent = [], 0
    for cell, policy in asked(app, "POST"):
        if policy in SAME_FOR_ALL or cell.path in STILL_THEIR_OWN:
            continue
        sent += 1
        status = ask(app, looks, cell, quick=True, with_token=with_token).status_code
        if status != 403:
            wrong.append(f"{cell.path}: as {cell.person} {status}")

    assert not wrong, "\n".join(wrong)
    assert sent > 400
    assert dump(app.extensions["pinned_connection"]) == before


def test_what_is_nobody_elses_is_declared_so(app: Flask) -> None:
    rows = [row for row in rules(app) if row["path"].startswith(SECRET)]
    open_to_eyes = [row["path"] for row in rows if Policy(row["policy"]) not in CLOSED]
    assert len(rows) > 25
    assert not open_to_eyes
