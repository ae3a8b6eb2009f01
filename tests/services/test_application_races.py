"""The same applicant in many windows at once, each over a connection of its own to a real database."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask

from portal.app import create_app
from portal.extensions import db
from portal.models import Application, AuditEvent, Choice, OutboxMessage, Submission
from portal.services import applications, submissions
from portal.services.applications import Mail, Saved, StaleSection
from portal.services.submissions import Receipt
from tests.conftest import NOW
from tests.support.builders import Builder
from tests.support.databases import fresh_database, settings_of_tests
from tests.web.applicant.conftest import ANSWERS

MAIL = Mail("Programme", "http://localhost", "help@example.org")
WINDOWS = 50
Result = TypeVar("Result")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database of its own: what is committed here stays, so that connections see each other."""
    with fresh_database("races", tmp_path_factory.mktemp("races")) as address:
        yield address


@pytest.fixture(scope="module")
def portal(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(settings_of_tests(address, tmp_path_factory.mktemp("data")))
    with app.app_context():
        flask_migrate.upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def scene(portal: Flask) -> Iterator[tuple[int, int, list[int]]]:
    """Someone new, a round and its two offerings, as ids."""
    with portal.app_context():
        make = Builder(NOW)
        make._count = secrets.randbelow(10**9)  # slugs and addresses of this module's tests differ
        round_ = make.round(f"Round {secrets.token_hex(4)}")
        streams = [make.stream(round_), make.stream(round_)]
        user = make.user(f"Person {secrets.token_hex(4)}")
        yield user.id, round_.id, [stream.offerings[0].id for stream in streams]


def at_once(portal: Flask, act: Callable[[int], Result]) -> list[Result]:
    """`act(n)` in each window, all let go at the same moment."""
    gate = Barrier(WINDOWS)

    def window(number: int) -> Result:
        with portal.app_context():
            gate.wait()
            return act(number)

    with ThreadPoolExecutor(WINDOWS) as pool:
        return list(pool.map(window, range(WINDOWS)))


def fill(user_id, round_id, offerings):
    for slug, answers in ANSWERS.items():
        applications.save_section(user_id, round_id, slug, answers, 0, received_at=NOW)
    applications.save_ranking(user_id, round_id, offerings, 0, received_at=NOW)


def submit(user_id, round_id, key):
    return submissions.submit(user_id, round_id, key, MAIL, received_at=NOW, recorded_at=NOW)


def count(model, *conditions):
    return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions))


def test_starting_in_many_windows_makes_one_application(portal, scene):
    user_id, round_id, _ = scene

    answers = at_once(
        portal, lambda _: applications.start(user_id, round_id, None, received_at=NOW)
    )

    assert len(set(answers)) == 1
    assert count(Application, Application.round_id == round_id) == 1


def test_same_submit_in_many_windows_is_one_submission_with_equal_receipts(portal, scene):
    user_id, round_id, offerings = scene
    fill(user_id, round_id, offerings)

    answers = at_once(portal, lambda _: submit(user_id, round_id, "one-press"))

    assert isinstance(answers[0], Receipt)
    assert len(set(answers)) == 1
    number = answers[0].number
    assert count(Submission, Submission.number == number) == 1
    assert count(OutboxMessage, OutboxMessage.dedupe_key == f"receipt:{number}") == 1
    submitted = AuditEvent.action == "application.submitted"
    assert count(AuditEvent, submitted, AuditEvent.round_id == round_id) == 1


def test_submits_with_keys_of_their_own_repeat_the_first_and_are_all_acknowledged(portal, scene):
    user_id, round_id, offerings = scene
    fill(user_id, round_id, offerings)

    answers = at_once(portal, lambda n: submit(user_id, round_id, f"window-{n:04}"))

    numbers = {answer.number for answer in answers}
    assert len(numbers) == 1
    current = db.session.scalar(
        sa.select(Submission.number)
        .join(Application, Application.current_submission_id == Submission.id)
        .where(Application.round_id == round_id)
    )
    assert current in numbers


def test_saving_one_version_in_many_windows_lets_one_through(portal, scene):
    user_id, round_id, _ = scene
    applications.save_section(
        user_id, round_id, "about", {"full_name": "First"}, 0, received_at=NOW
    )

    answers = at_once(
        portal,
        lambda n: applications.save_section(
            user_id, round_id, "about", {"full_name": f"Window {n}"}, 1, received_at=NOW
        ),
    )

    assert answers.count(Saved(2)) == 1
    assert sum(isinstance(answer, StaleSection) for answer in answers) == WINDOWS - 1


def test_ranking_in_many_windows_never_leaves_a_gap(portal, scene):
    user_id, round_id, offerings = scene

    def rank(number):
        order = offerings if number % 2 else offerings[::-1]
        return applications.save_ranking(user_id, round_id, order, 0, received_at=NOW)

    answers = at_once(portal, rank)

    assert all(isinstance(answer, Saved | StaleSection) for answer in answers)
    ranks = db.session.scalars(
        sa.select(Choice.rank)
        .join(Application)
        .where(Application.round_id == round_id)
        .order_by(Choice.rank)
    ).all()
    assert ranks == [1, 2]
