"""Forms that send letters to some only answer all after the same while."""

import time

import flask
import pytest

from portal.web.account import evenly
from tests.web.account.steps import registration


@pytest.fixture
def even(app, monkeypatch):
    """The waits that were asked for, in seconds, instead of the waiting."""
    waits = []
    monkeypatch.setattr(evenly, "wait", waits.append)
    before, after = dict(app.before_request_funcs), dict(app.after_request_funcs)
    monkeypatch.setattr(app, "before_request_funcs", {k: list(v) for k, v in before.items()})
    monkeypatch.setattr(app, "after_request_funcs", {k: list(v) for k, v in after.items()})
    monkeypatch.setattr(app, "_got_first_request", False)
    evenly.init_evenly(app)
    return waits


def test_whoever_asks_waits_for_the_same_moment(client, even, mira):
    forms = (
        ("/reset", {"email": mira.email}),
        ("/reset", {"email": "none@example.org"}),
        ("/confirm", {"email": mira.email}),
        ("/confirm", {"email": "none@example.org"}),
        ("/register", registration(email="new@example.org")),
    )
    for path, form in forms:
        client.submit(path, form)
    assert len(even) == len(forms), "reading a form takes no longer than it needs"
    assert all(0 < seconds < evenly.ANSWER_AFTER for seconds in even)


def test_nobody_waits_where_threads_are_short(app, mira):
    gate = app.extensions["security"].pwd_context
    with app.test_request_context():
        began = time.monotonic()
        gate._inside += gate._room
        try:
            evenly.wait(5)
        finally:
            gate._inside -= gate._room
        assert time.monotonic() - began < 1
        assert flask.g.get("answer_at") is None


def test_signing_in_and_other_forms_do_not_wait(client, even, mira):
    client.submit("/login", {"email": mira.email, "password": "a wrong guess"})
    assert even == []
