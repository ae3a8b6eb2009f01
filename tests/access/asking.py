"""Making the request of a cell, in a world that is the same afterwards."""

import contextlib
import contextvars
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from portal.extensions import db
from tests.access.conftest import World
from tests.access.table import Cell

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


def token_for(app: Flask, client: FlaskClient) -> str:
    """A form token of this browser's session, as Flask-WTF makes it."""
    with client.session_transaction() as session:
        raw = session.setdefault("csrf_token", "0" * 40)
    return str(URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(raw))


class Quick(FlaskClient):
    """A browser that checks no page: the rules of a page are checked where each page is opened once."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return contextvars.Context().run(super().open, *args, **kwargs)


def ask(
    app: Flask,
    world: World,
    cell: Cell,
    form: Mapping[str, str] | None = None,
    *,
    quick: bool = False,
    with_token: bool = True,
) -> TestResponse:
    """The answer to the cell's person. Each starts from the cookies of the start, so a sign-out ends with its cell."""
    jar = dict(world.browsers[cell.person]._cookies)  # type: ignore[attr-defined]
    client = Quick(app, app.response_class) if quick else app.test_client()
    client._cookies = jar  # type: ignore[attr-defined]
    data = dict(form or {})
    if with_token:
        data["csrf_token"] = token_for(app, client)
    with undone(app):
        address = world.address(cell.path)
        response = client.open(address, method=cell.method, data=data or None)
        response.close()  # a static file would stay open
        return response
