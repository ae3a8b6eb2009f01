"""Mail beside a real `portal serve`: a mail server in a bad mood, and kills, change nothing for applicants."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from bench.storm import world
from bench.storm.client import KEY
from bench.storm.servers import HOST
from portal import clock
from portal.adapters import letters
from portal.app import create_app
from portal.config import Settings
from portal.extensions import db
from portal.models import OutboxMessage
from portal.services import outbox
from portal.services.work import writing
from tests.support.databases import fresh_database
from tests.support.posting import Production, production
from tests.support.serving import Answer, Browser, Serving, answers, eventually, free_port, serving

PEOPLE = world.Plan(people=6, stragglers=0)
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
RECEIPT = f"/apply/{world.SLUG}/receipt?number="


@pytest.fixture(autouse=True)
def held_clock() -> None:
    """It runs here, as the server's does."""


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """A portal in production with people who have written everything, and one letter that waits."""
    folder = tmp_path_factory.mktemp("served")
    with fresh_database("served", folder) as address, production(folder, address) as found:
        world.make(found.environ, PEOPLE, folder)
        far = clock.now() + timedelta(days=9)  # nobody is reminded of it while the tests run
        world.set_close(found.environ, far)
        yield found


@pytest.fixture(scope="module")
def app(portal: Production) -> Iterator[Flask]:
    """The same portal within the test, to look at its rows."""
    app = create_app(Settings.from_environ(portal.environ))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def served(portal: Production, app: Flask) -> Iterator[Serving]:
    """The server, while the mail server holds the first letter in its hand."""
    with writing() as session:
        letter = letters.Letter("Hello", "Dear you.\n")
        outbox.put(session, "note", letter, at=clock.now(), recipient="first@example.org")
    portal.post.mood = "sleeps"
    with serving(portal.environ) as found:
        yield found


@pytest.fixture(scope="module")
def people(portal: Production, app: Flask) -> Iterator[world.Person]:
    """One applicant after the other, each of whom has yet to submit."""
    return iter(world.load(Path(portal.environ["PORTAL_DATA_DIR"]).parent))


def submit(served: Serving, person: world.Person) -> Answer:
    browser = Browser(served.port, HOST, dict([person.cookie.split("=", 1)]))
    page = browser.ask(f"/apply/{world.SLUG}/check")
    assert page.status == 200, served.said() + page.text
    form = {"csrf_token": person.token, "key": KEY.search(page.text)[1]}
    return browser.ask(f"/apply/{world.SLUG}/submit", form)


def register(served: Serving, name: str) -> Answer:
    browser = Browser(served.port, HOST)
    page = browser.ask("/register")
    assert page.status == 200, served.said() + page.text
    form = {
        "csrf_token": TOKEN.search(page.text)[1],
        "name": name, "email": f"{name}@example.org", "password": "seven green lanterns",
        "time_zone": "Asia/Kolkata", "of_age": "y", "consent": "y",
    }  # fmt: skip
    return browser.ask("/register", form)


def number_of(answer: Answer) -> str:
    assert (answer.status, answer.location[: len(RECEIPT)]) == (302, RECEIPT), answer.text[:2000]
    return answer.location[len(RECEIPT) :]


def rows() -> list[OutboxMessage]:
    db.session.commit()
    found = sa.select(OutboxMessage).execution_options(populate_existing=True)
    return list(db.session.scalars(found))


def receipt(number: str) -> OutboxMessage:
    return next(row for row in rows() if row.dedupe_key == f"receipt:{number}")


def all_sent() -> bool:
    return all(row.sent_at for row in rows())


def taken(post_received: list[tuple[str, str]]) -> set[int]:
    """How often each letter of the outbox was taken; what is in no row is a phantom."""
    times = Counter(message_id for _, message_id in post_received)
    known = {row.message_id for row in rows()}
    assert set(times) <= known, "mail that nothing caused"
    return {times[each] for each in known}


def end_waits() -> None:
    """What leases and waits do by themselves in a quarter of an hour."""
    with writing() as session:
        session.execute(
            sa.update(OutboxMessage)
            .where(OutboxMessage.sent_at.is_(None))
            .values(next_try_at=OutboxMessage.created_at)
        )


def test_mail_server_that_sleeps_keeps_no_applicant_waiting(portal, served, people):
    post = portal.post
    assert post.asked.wait(300), served.said()
    number = number_of(submit(served, next(people)))
    registered = register(served, "slow")
    assert post.received == [], "the mail server let go before the answers came"
    post.wake.set()
    post.mood = "takes"
    eventually(all_sent, served.said())
    assert (receipt(number).recipient, receipt(number).message_id) in post.received
    assert "slow@example.org" in dict(post.received)
    assert taken(post.received) == {1}
    number_of(submit(served, next(people)))  # the same answers as now, when all is well
    now = register(served, "quick")
    assert (registered.status, registered.location) == (now.status, now.location)


def test_mail_server_that_refuses_or_drops_costs_no_answer_and_no_letter(portal, served, people):
    post, numbers = portal.post, []
    for mood, word in (("refuses", "451"), ("drops", "broke off")):
        post.mood = mood
        numbers.append(number_of(submit(served, next(people))))
        answer = register(served, mood)
        assert answer.status in (200, 302), answer.text[:2000]
        end_waits()
        portal.deliver()  # now, and not at the next quarter of a minute
        eventually(lambda word=word: any(word in row.last_error for row in rows()), mood)
        assert not any(receipt(number).sent_at for number in numbers)
    post.mood = "takes"
    end_waits()
    served.kill_worker()  # the one that comes in its place looks into the outbox at once
    eventually(all_sent, served.said())
    assert taken(post.received) == {1}


@contextmanager
def job_store(folder: Path) -> Iterator[str]:
    """Where jobs queue: a Redis of the test's own; "" (a file) on a machine without one, as `.ci/run` says there."""
    program = shutil.which("redis-server")
    if program is None:
        yield ""
        return
    port = free_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: answers(port), "Redis does not come up")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(timeout=60)


def test_receipt_leaves_once_though_everything_was_killed_after_the_answer(
    portal, served, people, tmp_path
):
    post = portal.post
    number = number_of(submit(served, next(people)))
    served.kill_all()
    row = receipt(number)
    letter = (row.recipient, row.message_id)
    before = post.received.count(letter)  # 1 if the worker happened to wake just then
    end_waits()
    with (
        job_store(tmp_path) as store,
        serving({**portal.environ, "PORTAL_REDIS_URL": store}) as again,
    ):
        eventually(lambda: receipt(number).sent_at, again.said())
        if store:
            commands = redis.Redis.from_url(store).info("commandstats")
            assert "cmdstat_brpop" in commands, "jobs do not queue in Redis"
    assert post.received.count(letter) in {1, 1 + before}
    copies = [message_id for to, message_id in post.received if to == row.recipient]
    assert set(copies) == {row.message_id}, "a second copy has another Message-ID"
    assert all_sent()
