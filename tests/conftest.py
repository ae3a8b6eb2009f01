"""Fixtures for every test: one migrated database a worker, each test rolled back, the clock in the test's hands."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask

from portal import clock
from portal.app import create_app, introduce
from portal.config import Settings
from portal.extensions import db
from portal.models import User
from tests.support.browsers import browser_for
from tests.support.builders import Builder
from tests.support.databases import fresh_database, pinned, settings_of_tests
from tests.support.evidence import watch_unrecorded
from tests.support.house import HouseClient, QueryCount, watch_uncommitted

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """A database of this worker's own."""
    with fresh_database(f"test_{worker_id}", tmp_path_factory.mktemp("db")) as address:
        yield address


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_of_tests(database_url, tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    app.test_client_class = HouseClient
    watch_uncommitted(app)
    watch_unrecorded(app)
    with app.app_context():
        flask_migrate.upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(autouse=True)
def held_clock(request: pytest.FixtureRequest) -> Iterator[None]:
    with clock.set_to(NOW):
        yield


@pytest.fixture
def at() -> Callable[[datetime | timedelta], object]:
    """`with at(instant):` holds the clock elsewhere; a timedelta counts from the tests' NOW."""

    def hold(when: datetime | timedelta) -> object:
        return clock.set_to(NOW + when if isinstance(when, timedelta) else when)

    return hold


@pytest.fixture
def database(app: Flask) -> Iterator[None]:
    """An outer transaction around the test, with savepoints inside: whatever is committed is undone afterwards."""
    introduce(app.extensions["settings"])  # another test may have made an application of its own
    with pinned(app):
        yield


@pytest.fixture
def make(database: None) -> Builder:
    """Builders of rows with believable defaults: `make.round()`, `make.applicant()`, ..."""
    return Builder(NOW)


@pytest.fixture
def client(app: Flask, database: None) -> HouseClient:
    """An anonymous browser."""
    found = app.test_client()
    assert isinstance(found, HouseClient)
    return found


@pytest.fixture
def browser(app: Flask, database: None) -> Callable[..., HouseClient]:
    """A browser of its own, signed in as the given user: `browser(user).page("/apply")`.

    The sign-in has shown a second factor, so that staff reach their pages; `second_factor=False` has not.
    """

    def open_for(user: User | None, *, second_factor: bool = True) -> HouseClient:
        return browser_for(app, user, second_factor=second_factor)

    return open_for


@pytest.fixture
def queries(app: Flask, database: None) -> Callable[[], QueryCount]:
    """`with queries() as sent:` counts the statements of a block; `sent.page` is what a list page may spend."""
    return lambda: QueryCount(db.engine)


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).resolve().parent.parent
