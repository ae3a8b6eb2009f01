"""Fixtures of the tests that drive Chromium: a served portal, its clock, and people with browsers of their own.

Everything here carries the marker `browser`: `make browser` runs it, `make test` leaves it out. A missing Chromium is
a failure, not a skip.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import FLAGS, program
from tests.browser.inspection import Findings
from tests.browser.person import Person
from tests.browser.site import Site, Time, prepare
from tests.browser.stage import NOW

Somebody = TypeVar("Somebody", bound=Person)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    try:
        path = program()
    except FileNotFoundError as missing:
        pytest.fail(str(missing))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the reference content, made once and copied for each test."""
    return prepare(tmp_path_factory.mktemp("prepared"))


@pytest.fixture
def time() -> Iterator[Time]:
    """The portal's clock, held at the tests' instant until a test moves it."""
    time = Time(NOW)
    yield time
    time.runs_again()


@pytest.fixture
def site(
    prepared: Path, tmp_path: Path, time: Time, request: pytest.FixtureRequest
) -> Iterator[Site]:
    """A portal that is served on a port of its own, with the reference content and nothing else.

    A module can say its SERVED_AS: the host, the mode.
    """
    with Site(tmp_path, prepared, **getattr(request.module, "SERVED_AS", {})) as site:
        yield site


@pytest.fixture
def findings(site: Site) -> Iterator[Findings]:
    """What was wrong on any page that was shown: it fails the test when the test is over."""
    found = Findings(site.base_url)
    yield found
    assert not found.wrong, "Wrong on the pages that were shown:\n" + "\n".join(found.wrong)


class Cast(Protocol):
    """`somebody("Ines Varga", Applicant)` is a person with a browser; `javascript=False` takes scripts from it."""

    def __call__(
        self, name: str, role: type[Somebody] = ..., *, javascript: bool = ...
    ) -> Somebody: ...


@pytest.fixture
def somebody(site: Site, chromium: Browser, findings: Findings) -> Iterator[Cast]:
    people: list[Person] = []

    def come(name: str, role: type[Any] = Person, *, javascript: bool = True) -> Any:
        people.append(role(name, site, chromium, findings, javascript=javascript))
        return people[-1]

    yield come
    for person in people:
        person.context.close()
