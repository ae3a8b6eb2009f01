"""Cookies as production sets them: crawled at every address, as everybody. And what no cookie and no address may do."""

import pytest
import sqlalchemy as sa
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from portal.app import _flask_config
from portal.config import Settings
from portal.extensions import db
from portal.models import Base
from portal.web.policies import table
from tests.access.asking import token_for, undone
from tests.access.conftest import World, build
from tests.access.table import Cell, cells
from tests.domain.test_config import SAFE

HTTPS = "https://localhost"
WANTED = {"secure", "httponly", "path=/", "samesite=lax"}
OWN_TOKENS = (
    "/find",
    "/reference/",
    "/unsubscribe/",
)  # forms whose address is the secret, or that change nothing


@pytest.fixture
def as_in_production(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.from_environ({**SAFE, "PORTAL_BASE_URL": HTTPS})
    for name, value in _flask_config(settings).items():
        if name.startswith("SESSION_"):
            monkeypatch.setitem(app.config, name, value)


@pytest.fixture
def secure_world(as_in_production: None, make, browser) -> World:
    return build(make, browser)


def fetch(app: Flask, world: World, cell: Cell):
    client = world.browsers[cell.person]
    jar = dict(client._cookies)
    try:
        with undone(app):
            answer = client.open(world.address(cell.path), method="GET", base_url=HTTPS)
            answer.close()
            return answer
    finally:
        client._cookies = jar


def test_every_cookie_is_bound_to_this_host_and_public_pages_set_none(
    app: Flask, secure_world: World
) -> None:
    wrong, seen = [], 0
    public = {row["path"] for row in table(app) if row["policy"] in ("public", "ops")}
    for cell in cells():
        if cell.method != "GET":
            continue
        answer = fetch(app, secure_world, cell)
        for cookie in answer.headers.getlist("Set-Cookie"):
            seen += 1
            if cell.path in public:
                wrong.append(f"{cell.path}: a public page sets a cookie for {cell.person}")
            parts = {part.strip().lower() for part in cookie.split(";")[1:]}
            if not cookie.startswith("__Host-") or not parts >= WANTED or _has_domain(parts):
                wrong.append(f"{cell.path}: {cell.person} gets {cookie.partition('=')[0]} {parts}")
        if cell.path in public and "cookie" in answer.headers.get("Vary", "").lower():
            wrong.append(f"{cell.path}: a public page varies with cookies")
    assert not wrong, "\n".join(wrong)
    assert seen > 100, "the crawl met pages that set cookies"


def _has_domain(parts: set[str]) -> bool:
    return any(part.startswith("domain") for part in parts)


HOSTS = ("evil.example", "localhost.evil.example", "localhost@evil.example")
CLAIMS = {
    "X-Forwarded-Host": "evil.example",
    "X-Host": "evil.example",
    "X-Original-Host": "evil.example",
    "Forwarded": "host=evil.example",
}


def test_an_unknown_host_is_refused_at_every_address(app: Flask, world: World) -> None:
    wrong = []
    for number, cell in enumerate(cells()):
        if cell.person != "anonymous":
            continue
        with undone(app):
            answer = world.browsers[cell.person].open(
                world.address(cell.path),
                method=cell.method,
                headers={"Host": HOSTS[number // 6 % len(HOSTS)]},
            )
            answer.close()
        if answer.status_code != 400 or "evil" in answer.text + str(answer.headers):
            wrong.append(f"{cell.method} {cell.path}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_no_address_comes_from_a_header(app: Flask, world: World) -> None:
    wrong = []
    for cell in cells():
        if cell.method != "GET" or cell.person not in ("anonymous", "admin"):
            continue
        with undone(app):
            answer = world.browsers[cell.person].get(world.address(cell.path), headers=CLAIMS)
            text = answer.get_data()
            answer.close()
        if b"evil.example" in text or "evil.example" in str(answer.headers):
            wrong.append(f"{cell.path}: {cell.person}")
    assert not wrong, "\n".join(wrong)


def dump(connection: sa.Connection) -> dict[str, list[object]]:
    """Everything that is stored, but for what says that somebody was seen or refused."""
    aside = {"tallies", "audit_events"}
    return {
        each.name: sorted(map(repr, connection.execute(sa.select(each)).all()))
        for each in Base.metadata.sorted_tables
        if each.name not in aside
    }


def test_forms_with_a_foreign_ticket_are_refused_and_change_nothing(
    app: Flask, world: World
) -> None:
    """Forged, of another person's browser, of another portal, or sent along in the address: all alike."""
    with world.browsers["other mentor"].session_transaction() as session:
        session["csrf_token"] = "1" * 40
    for name in ("applicant", "admin", "mentor"):
        own = token_for(app, world.browsers[name])
    foreign = _signed(app.secret_key, "1" * 40)
    tokens = ("forged", foreign, _signed("another key", "0" * 40))
    db.session.remove()
    connection = app.extensions["pinned_connection"]
    before, wrong, sent = dump(connection), [], 0
    for cell in cells():
        if cell.method != "POST" or cell.path.startswith(OWN_TOKENS):
            continue
        if cell.person not in ("applicant", "admin"):
            continue
        sent += 1
        client, jar = world.browsers[cell.person], dict(world.browsers[cell.person]._cookies)
        address = world.address(cell.path) + f"?csrf_token={own}"
        answer = client.post(address, data={"csrf_token": tokens[sent % len(tokens)]})
        client._cookies = jar
        if answer.status_code != 400:
            wrong.append(f"{cell.path}: {cell.person} got {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert sent > 100
    assert dump(connection) == before


def _signed(key: object, token: str) -> str:
    return str(URLSafeTimedSerializer(str(key), salt="wtf-csrf-token").dumps(token))
