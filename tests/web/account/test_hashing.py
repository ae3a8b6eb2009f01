"""Passwords are hashed a few at once. Who finds no room hears so at once, and it costs them no try."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import sqlalchemy as sa

from portal.extensions import db
from portal.models import SignIn, Tally, User
from portal.web.account.door import PAGES, Door
from portal.web.account.hashing import Busy, FewAtOnce, room_to_wait
from tests.web.account.steps import PASSWORD, registration, sign_in


class Slow:
    """Hashes that take a moment, and remember how many were under way together."""

    schemes = ("slow",)

    def __init__(self):
        self.lock, self.now, self.most = threading.Lock(), 0, 0

    def verify(self, _password, _stored):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.03)
        with self.lock:
            self.now -= 1
        return True

    hash = verify


def outcome(call):
    try:
        return call()
    except Busy:
        return "busy"


def test_no_more_than_a_few_are_computed_and_no_more_than_some_wait():
    slow = Slow()
    gate = FewAtOnce(slow, at_once=2, waiting=4)
    start = threading.Barrier(12)

    def one():
        start.wait()
        return outcome(lambda: gate.verify("a", "b"))

    with ThreadPoolExecutor(12) as pool:
        answers = [each.result() for each in [pool.submit(one) for _ in range(12)]]
    assert slow.most == 2
    assert answers.count(True) >= 6
    assert answers.count("busy") >= 1
    assert gate.verify("a", "b") is True, "the room is free again"


def test_no_turn_in_time_is_busy_too(monkeypatch):
    monkeypatch.setattr("portal.web.account.hashing.LONGEST_WAIT", 0.01)
    gate = FewAtOnce(Slow(), at_once=1, waiting=1)
    with gate.turn():
        assert outcome(lambda: gate.hash("a", "b")) == "busy"
    assert gate.hash("a", "b") is True


def test_what_is_no_hash_goes_past_the_gate():
    assert FewAtOnce(Slow(), at_once=1, waiting=0).schemes == ("slow",)


@pytest.mark.parametrize(
    ("threads", "at_once", "waiting"), [(8, 2, 4), (16, 2, 10), (4, 2, 0), (1, 2, 0)]
)
def test_a_quarter_of_the_threads_stays_free(threads, at_once, waiting):
    assert room_to_wait(threads, at_once) == waiting


@pytest.fixture
def full(app, database):
    """Nobody can hash anything inside `with full():`."""
    gate = app.extensions["security"].pwd_context

    def hold():
        stack = ExitStack()
        for _ in range(gate._room):
            gate._inside += 1
            stack.callback(lambda: setattr(gate, "_inside", gate._inside - 1))
        return stack

    app.extensions["throttle"].enabled = True
    yield hold
    app.extensions["throttle"].enabled = False


def test_a_full_gate_answers_at_once_and_costs_no_try(client, mira, full):
    client.get("/login")
    with full():
        for path, form in (
            ("/login", {"email": mira.email, "password": PASSWORD}),
            ("/register", registration(email="new@example.org")),
            ("/reset", {"email": "none@example.org"}),
        ):
            answer = client.submit(path, form)
            assert answer.status_code == 503, path
            assert answer.headers["Retry-After"] == "5"
            assert PASSWORD not in answer.text
            assert "reload it" in answer.text
    assert db.session.scalars(sa.select(Tally.tries).where(Tally.tries > 0)).all() == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 0
    assert db.session.scalars(sa.select(User.email)).all() == [mira.email]
    assert sign_in(client, mira.email).status_code == 302


def test_a_crowd_that_finds_no_room_is_refused_at_the_door(client, mira, full, monkeypatch):
    monkeypatch.setitem(client.application.extensions, "door", Door())
    token = client.page("/login").find("input", attrs={"name": "csrf_token"})["value"]
    form = {"email": mira.email, "password": PASSWORD, "csrf_token": token}
    with full():
        answers = [client.post("/login", data=form) for _ in range(PAGES + 3)]
    assert [each.status_code for each in answers] == [503] * (PAGES + 1) + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) <= 5
    later = time.monotonic() + 6
    monkeypatch.setattr("portal.web.account.door.monotonic", lambda: later)
    assert client.post("/login", data=form).status_code == 302


def test_losing_the_place_in_the_queue_costs_no_try_either(
    client, browser, mira, full, monkeypatch
):
    gate = client.application.extensions["security"].pwd_context
    monkeypatch.setattr(gate, "refuse_if_full", lambda: None)
    monkeypatch.setattr("portal.web.account.hashing.LONGEST_WAIT", 0.01)
    mine = browser(mira)
    with gate.turn():  # the one that there is
        assert sign_in(client, mira.email).status_code == 503
        assert mine.submit("/account/close", {"password": PASSWORD}).status_code == 503
    assert db.session.scalars(sa.select(Tally.tries).where(Tally.tries > 0)).all() == []
