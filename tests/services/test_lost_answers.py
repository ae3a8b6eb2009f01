"""A real server whose answers get lost on their way, and processes that are killed in the middle of a submit."""

import http.client
import os
import secrets
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import flask_migrate
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal import clock
from portal.app import create_app
from portal.config import Settings
from portal.extensions import db
from portal.models import Application, OutboxMessage, Round, SignIn, Submission, User
from portal.queries.invariants import broken
from portal.services import submissions
from portal.services.submissions import Receipt
from portal.web.account.security import SESSION_TOKEN, digest_of
from tests.conftest import NOW
from tests.support.applicant import MAIL, write
from tests.support.builders import Builder
from tests.support.databases import fresh_database
from tests.support.posting import bare_environ
from tests.support.proxy import cutting_proxy
from tests.support.serving import Browser, serving

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The settings of a portal of its own, as a server process reads them."""
    folder = tmp_path_factory.mktemp("lost")
    with fresh_database("lost", folder) as address:
        yield {
            **bare_environ(),
            "PORTAL_MODE": "test",
            "PORTAL_DATABASE_URL": address,
            "PORTAL_DATA_DIR": str(folder / "data"),
        }


@pytest.fixture(scope="module")
def portal(environ: dict[str, str]) -> Iterator[Flask]:
    app = create_app(Settings.from_environ(environ))
    with app.app_context():
        flask_migrate.upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def scene(portal: Flask) -> Iterator[tuple[int, int]]:
    """Somebody whose draft is complete, and the round, as ids."""
    with portal.app_context():
        make = Builder(NOW)
        make._count = secrets.randbelow(10**9)  # slugs and addresses of this module's tests differ
        round_ = make.round(f"Round {secrets.token_hex(4)}")
        user = make.user(f"Person {secrets.token_hex(4)}")
        write(user, round_, make.stream(round_, questions=["Why?"]))
        yield user.id, round_.id
        db.session.remove()


def counted(model: type, *conditions: sa.ColumnElement[bool]) -> int:
    db.session.commit()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions)) or 0


def of(round_id: int) -> sa.Select[tuple[Submission]]:
    return (
        sa.select(Submission)
        .join(Application, Application.id == Submission.application_id)
        .where(Application.round_id == round_id)
    )


# -- an answer that is lost ----------------------------------------------------------------


def signed_in(
    portal: Flask, user_id: int, round_slug: str
) -> tuple[tuple[str, str], dict[str, str]]:
    """The cookie of a browser, and the form that its check page holds."""
    user = db.session.get(User, user_id)
    assert user is not None
    token, base = secrets.token_urlsafe(16), portal.extensions["settings"].base_url
    now = clock.now()
    db.session.add(
        SignIn(user_id=user.id, token_digest=digest_of(token), created_at=now, seen_at=now)
    )
    db.session.commit()
    client = portal.test_client()
    with client.session_transaction(base_url=base) as session:
        session["_user_id"], session["_fresh"] = user.fs_uniquifier, True
        session[SESSION_TOKEN] = token
    page = client.get(f"/apply/{round_slug}/check", base_url=base)
    fields = BeautifulSoup(page.text, "html.parser").select("main form input[type=hidden]")
    cookie = client.get_cookie(portal.config["SESSION_COOKIE_NAME"], domain="127.0.0.1")
    assert cookie is not None
    return (cookie.key, cookie.value), {str(f["name"]): str(f["value"]) for f in fields}


def test_a_submit_whose_answer_was_lost_is_acknowledged_with_the_same_receipt(
    portal: Flask, environ: dict[str, str], scene: tuple[int, int]
) -> None:
    user_id, round_id = scene
    round_ = db.session.get(Round, round_id)
    assert round_ is not None
    today = datetime.now(UTC)  # the server's clock is the real one
    round_.published_at = round_.opens_at = min(today, NOW) - DAY
    round_.closes_at = max(today, NOW) + DAY
    db.session.commit()
    slug = round_.slug
    with clock.set_to(today):  # for the server the sign-in is one of today, whatever day that is
        cookie, form = signed_in(portal, user_id, slug)
    host, path = portal.extensions["settings"].host, f"/apply/{slug}/submit"

    with serving(environ) as served, cutting_proxy(served.port, cuts=2) as proxy:
        browser = Browser(proxy.port, host, dict([cookie]))
        for _ in range(2):
            with pytest.raises((ConnectionError, http.client.HTTPException)):
                browser.ask(path, form)
        made = db.session.scalars(of(round_id)).all()
        retries = [browser.ask(path, form) for _ in range(3)]

    assert [line.split()[1] for line in proxy.swallowed] == [b"302", b"302"], served.said()
    assert len(made) == 1
    receipt = (302, f"/apply/{slug}/receipt?number={made[0].number}")
    assert [(each.status, each.location) for each in retries] == [receipt] * 3, served.said()
    assert len(db.session.scalars(of(round_id)).all()) == 1
    assert counted(OutboxMessage, OutboxMessage.dedupe_key == f"receipt:{made[0].number}") == 1


# -- a process that is killed --------------------------------------------------------------

POINTS = [*(f"flush {nth}" for nth in range(1, 4)), "commit", "committed", "never"]


def killed(portal: Flask, scene: tuple[int, int], point: str) -> str:
    """Submit in a process that gets SIGKILL at `point`; the receipt number that it still told, or ""."""
    db.session.remove()
    db.engine.dispose()
    read, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            arm(point)
            answer = submit(*scene)
            os.write(write_end, answer.number.encode() if isinstance(answer, Receipt) else b"?")
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read) as told:
        number = told.read()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) == (point != "never"), f"{point} was not reached"
    return number


def arm(point: str) -> None:
    seen = 0

    def flushing(*_: object) -> None:
        nonlocal seen
        seen += 1
        if point == f"flush {seen}":
            die()

    event.listen(Session, "before_flush", flushing)
    commits = {"commit": "before_commit", "committed": "after_commit"}
    if point in commits:
        event.listen(Session, commits[point], lambda s: die() if s.info.get("armed") else None)
        event.listen(Session, "before_flush", lambda s, *_: s.info.update(armed=True))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def submit(user_id: int, round_id: int) -> object:
    return submissions.submit(
        user_id, round_id, "key-of-a-press", MAIL, received_at=NOW, recorded_at=NOW
    )


@pytest.mark.parametrize("point", POINTS)
def test_a_submit_that_is_killed_happened_whole_or_not_at_all(
    portal: Flask, scene: tuple[int, int], point: str
) -> None:
    round_id = scene[1]
    told = killed(portal, scene, point)

    kept = [each.number for each in db.session.scalars(of(round_id))]
    assert len(kept) == (1 if point in ("committed", "never") else 0)
    assert bool(told) == (point == "never")
    assert [str(each) for each in broken(db.session())] == []

    answer = submit(*scene)

    assert isinstance(answer, Receipt)
    assert [each.number for each in db.session.scalars(of(round_id))] == [answer.number]
    assert told in ("", answer.number)
    assert kept in ([], [answer.number])
    assert counted(OutboxMessage, OutboxMessage.dedupe_key == f"receipt:{answer.number}") == 1
    assert [str(each) for each in broken(db.session())] == []
