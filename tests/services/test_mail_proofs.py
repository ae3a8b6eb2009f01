"""Mail against real processes that are killed, a real mail server in bad moods, and a real database."""

import os
import signal
import smtplib
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from bench.storm import servers, world
from bench.storm.client import KEY
from portal import clock
from portal.adapters import letters
from portal.app import create_app
from portal.config import Settings
from portal.extensions import db
from portal.models import OutboxMessage
from portal.services import delivery, outbox
from portal.services.work import writing
from tests.support.databases import fresh_database
from tests.support.posting import Production, forked, production

LETTERS = 80  # four batches for two senders
PEOPLE = world.Plan(people=8, stragglers=0)


@pytest.fixture(autouse=True)
def held_clock() -> None:
    """It runs here: the portal and its people were made at the real instant."""


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """A portal in production, with people who have written everything and not yet submitted."""
    folder = tmp_path_factory.mktemp("mail")
    with fresh_database("mail", folder) as address, production(folder, address) as found:
        world.make(found.environ, PEOPLE, folder)
        yield found


@pytest.fixture
def app(portal: Production) -> Iterator[Flask]:
    """The same portal within the test, to plant rows and to look at them. The outbox is empty at first."""
    app = create_app(Settings.from_environ(portal.environ))
    portal.post.received.clear()
    portal.post.mood, portal.post.on_taken = "takes", lambda: None
    with app.app_context():
        db.session.execute(sa.delete(OutboxMessage))
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


def queue(count: int) -> None:
    with writing() as session:
        for n in range(count):
            letter = letters.Letter("Hello", "Dear you.\n")
            outbox.put(
                session, "note", letter, at=clock.now(), recipient=f"p{n}@example.org",
                once=f"note:{n}",
            )  # fmt: skip


def state() -> Counter[str]:
    db.session.commit()
    rows = db.session.scalars(sa.select(OutboxMessage).execution_options(populate_existing=True))
    return Counter(
        "sent" if row.sent_at else "failed" if row.failed_at else "waiting" for row in rows
    )


def end_leases() -> None:
    """What a lease does by itself in a quarter of an hour."""
    with writing() as session:
        session.execute(sa.update(OutboxMessage).values(next_try_at=OutboxMessage.created_at))


def test_worker_killed_between_sending_and_marking_loses_nothing(portal, app):
    queue(delivery.BATCH + 10)
    workers = []

    def die_at_the_seventh() -> None:
        if len(portal.post.received) == 7:
            workers[0].kill()

    portal.post.on_taken = die_at_the_seventh
    workers.append(portal.start("worker", "--once"))
    words, status = workers[0].end()
    assert status == -signal.SIGKILL, words
    assert state() == {"sent": 6, "waiting": delivery.BATCH + 4}
    assert portal.deliver().startswith("10 sent")  # what no sender had taken
    end_leases()
    portal.deliver()
    assert state() == {"sent": delivery.BATCH + 10}
    times = Counter(portal.post.received)
    assert len(times) == delivery.BATCH + 10, "a second copy has another Message-ID"
    assert sorted(times.values(), reverse=True)[:2] == [2, 1]


def test_two_workers_never_send_the_same_letter(portal, app):
    queue(LETTERS)
    workers = [portal.start("worker", "--once") for _ in range(2)]
    said = [worker.end()[0] for worker in workers]
    shares = [int(words.split()[0]) for words in said]
    assert sum(shares) == LETTERS, said
    assert min(shares) > 0, said
    assert set(Counter(portal.post.received).values()) == {1}
    assert len(portal.post.received) == LETTERS


def test_change_that_was_not_committed_sends_nothing(portal, app):
    def die_before_the_commit() -> None:
        with create_app(Settings.from_environ(portal.environ)).app_context(), writing() as session:
            letter = letters.Letter("Hello", "Dear you.\n")
            outbox.put(session, "note", letter, at=clock.now(), recipient="nobody@example.org")
            session.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    words, status = forked(die_before_the_commit).end()
    assert status == -signal.SIGKILL, words
    assert portal.deliver().startswith("0 sent")
    assert portal.post.received == []


def test_submitting_opens_no_connection_to_anywhere(portal, app, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a page used the network")

    person = world.load(Path(portal.environ["PORTAL_DATA_DIR"]).parent)[5]
    for owner, name in ((socket.socket, "connect"), (smtplib.SMTP, "__init__")):
        monkeypatch.setattr(owner, name, refuse)
    browser = app.test_client(use_cookies=False)
    asked = {"headers": {"Cookie": person.cookie}, "base_url": f"https://{servers.HOST}"}
    page = browser.get(f"/apply/{world.SLUG}/check", **asked).text
    values = {"csrf_token": person.token, "key": KEY.search(page)[1]}
    asked["headers"]["Referer"] = f"https://{servers.HOST}/"
    answer = browser.post(f"/apply/{world.SLUG}/submit", data=values, **asked)
    assert answer.status_code == 302
    assert state() == {"waiting": 1}
