"""The headers that protect a page stand on every answer, also on one that is no page or that nobody wanted.

Each page that a test fetches is checked too (`tests.support.house`); here stand the answers that few tests ask for.
"""

from dataclasses import replace
from functools import wraps

import flask_migrate
import pytest
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
    ServiceUnavailable,
    TooManyRequests,
)

from portal.app import create_app
from portal.extensions import db
from tests.support.databases import fresh_database, settings_of_tests
from tests.support.house import check_headers

BASE = "https://apply.example.org"
YEAR = "max-age=31536000"  # seconds
WRONG = (
    BadRequest, Forbidden, NotFound, MethodNotAllowed, RequestEntityTooLarge, TooManyRequests,
    ServiceUnavailable, ZeroDivisionError,
)  # fmt: skip


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """The portal as production serves it, at an https address, with a database of its own: refusals are recorded."""
    folder = tmp_path_factory.mktemp("headers")
    with fresh_database("headers", folder) as address:
        app = create_app(replace(settings_of_tests(address, folder), base_url=BASE))
        with app.app_context():
            flask_migrate.upgrade()
        yield app
        with app.app_context():
            db.engine.dispose()


def asks(app, path):
    with app.test_client() as client:
        answer = client.get(path, base_url=BASE, buffered=True)
    answer.close()
    check_headers(answer)
    assert answer.headers["Strict-Transport-Security"].startswith(YEAR), path
    return answer


@pytest.mark.parametrize("error", WRONG, ids=lambda error: error.__name__)
@pytest.mark.parametrize("path", ["/privacy", "/api/v1/"])
def test_every_error_carries_them(public, error, path, monkeypatch):
    monkeypatch.setitem(public.config, "TESTING", False)
    monkeypatch.setitem(public.config, "PROPAGATE_EXCEPTIONS", False)

    endpoint = {"/privacy": "public_site.privacy", "/api/v1/": "public_api.about"}[path]

    @wraps(public.view_functions[endpoint])  # with its policy
    def fails(**_values):
        raise error

    monkeypatch.setitem(public.view_functions, endpoint, fails)
    answer = asks(public, path)
    assert answer.status_code == getattr(error, "code", 500)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing-here", 404), ("/static/nothing.css", 404), ("/static/css/frame.css", 200),
        ("/bootstrap/static/nothing.js", 404), ("/favicon.ico", 302), ("/robots.txt", 200), ("/healthz", 200),
        ("/account", 302), ("/admin", 302), ("/faq/", 404), ("/api/v1", 308), ("/api/v1/nothing", 404),
    ],
)  # fmt: skip
def test_redirects_and_files_carry_them(public, path, status):
    assert asks(public, path).status_code == status
