"""The limits of a real `portal serve` with four processes: exact, shared, and kept over a restart."""

import re
import secrets
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import flask
import pytest
from flask_security import hash_password

from portal import clock
from portal.app import create_app
from portal.config import Settings
from portal.domain.accounts import email_key
from portal.domain.throttle import FAILED_BY_ACCOUNT
from portal.extensions import db
from portal.models import User
from tests.support.databases import fresh_database
from tests.support.posting import production
from tests.support.serving import Browser, serving
from tests.web.account.steps import PASSWORD

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
HOST = "portal.example.org"
EMAIL = "mira@example.org"


@pytest.fixture(autouse=True)
def held_clock():
    """It runs here, as the server's does."""


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    """Four processes, one account."""
    folder = tmp_path_factory.mktemp("throttled")
    with fresh_database("throttled", folder) as address, production(folder, address) as found:
        environ = {
            **found.environ,
            "PORTAL_WORKERS": "4",
            "PORTAL_THREADS": "4",
            "PORTAL_REDIS_URL": "redis://127.0.0.1:6379/12",
        }
        subprocess.run([sys.executable, "-m", "portal", "init"], env=environ, check=True)
        app = create_app(Settings.from_environ(environ))
        with app.app_context():
            now = clock.now()
            db.session.add(
                User(
                    email=EMAIL, email_key=email_key(EMAIL), name="Mira Okonjo", created_at=now,
                    confirmed_at=now, password=hash_password(PASSWORD),
                    fs_uniquifier=secrets.token_hex(32),
                )
            )  # fmt: skip
            db.session.commit()
            db.session.remove()
            db.engine.dispose()
        yield environ


def sign_in(port, password, source="127.0.0.1", **headers):
    """The status that a browser of its own gets."""
    browser = Browser(port, HOST, source=source)
    page = browser.ask("/login")
    found = TOKEN.search(page.text)
    assert found, page.text
    form = {"email": EMAIL, "password": password, "csrf_token": found[1]}
    return browser.ask("/login", form, **headers).status


def test_four_processes_refuse_after_ten_failures_and_not_after_forty(portal):
    most = FAILED_BY_ACCOUNT.most
    with serving(portal) as served:
        with ThreadPoolExecutor(12) as pool:
            tries = [pool.submit(sign_in, served.port, f"a wrong guess {n}") for n in range(36)]
            statuses = [each.result() for each in tries]
        # Who finds no room to hash is asked to come back (503): nothing was tried, and nothing is counted.
        while statuses.count(200) < most:
            statuses.append(sign_in(served.port, "one more wrong guess"))
            assert len(statuses) < 60
        assert set(statuses) <= {200, 429, 503}
        assert statuses.count(200) == most
        assert sign_in(served.port, PASSWORD) == 429
        assert sign_in(served.port, PASSWORD, X_Forwarded_For="198.51.100.7") == 429
        assert sign_in(served.port, PASSWORD, source="127.0.0.2") == 302, "the owner, elsewhere"
    with serving(portal) as again:
        assert sign_in(again.port, PASSWORD) == 429, "after a restart"
        assert sign_in(again.port, PASSWORD, source="127.0.0.3") == 302


@pytest.mark.parametrize(
    ("proxies", "seen"), [(0, "127.0.0.1"), (1, "192.0.2.7"), (2, "198.51.100.1")]
)
def test_so_many_proxies_are_believed_as_there_are(settings, proxies, seen):
    app = create_app(replace(settings, proxies=proxies))
    found = []
    app.before_request(lambda: found.append(flask.request.remote_addr))
    app.test_client().get(
        "/healthz", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.1, 192.0.2.7"}
    )
    assert found == [seen]
