"""Twenty presses of one button at the same instant: what must happen once happens once. With real commits."""

import contextvars
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal import clock
from portal.adapters import letters as adapter
from portal.extensions import db
from portal.models import Base, OutboxMessage, User
from portal.services import delivery, outbox
from portal.services.work import writing
from tests.conftest import NOW
from tests.support.tampering import unlocked_log
from tests.web.account.steps import letters, link_in, registration

NEW = "four brown umbrellas"


@pytest.fixture
def committed(app):
    """The database itself, outside the transaction that other tests are undone by; emptied afterwards."""
    with app.app_context():
        yield
        db.session.remove()
        with unlocked_log() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                if table.name in ("users", "sign_ins", "outbox", "audit_events", "tallies"):
                    connection.execute(table.delete())
        db.session.commit()


def post(app, path, **form):
    """The answer to a form, sent by a browser of its own: its status and where it leads."""
    return contextvars.Context().run(_post, app, path, form)


def _post(app, path, form):
    client = FlaskClient(app, app.response_class)
    with clock.set_to(NOW):
        page = BeautifulSoup(client.get(path).text, "html5lib")
        token = page.find("input", attrs={"name": "csrf_token"})
        if token is None:
            return 302, "nothing to press"
        answer = client.post(path, data={**form, "csrf_token": token["value"]})
    return answer.status_code, answer.headers.get("Location")


def at_once(count, call):
    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(call) for _ in range(count)]]


def test_registering_ten_times_at_once_makes_one_account(app, committed):
    answers = at_once(10, lambda: post(app, "/register", **registration()))
    assert set(answers) == {(302, "/register/check-your-mail")}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 1
    assert len(letters("account_confirm")) == 1


def test_reset_link_sets_one_password_of_twenty(app, committed):
    post(app, "/register", **registration())
    post(app, "/reset", email="mira@example.org")
    link = link_in(letters("account_reset")[0])
    before = db.session.scalar(sa.select(User.password))
    answers = at_once(20, lambda: post(app, link, password=NEW))
    assert answers.count((302, "/login")) == 1, answers
    assert all(status in (302, 409) for status, _ in answers)
    db.session.expire_all()
    assert db.session.scalar(sa.select(User.password)) != before
    assert len(letters("account_password_changed")) == 1


def test_senders_at_once_share_the_rows_between_them(app, committed):
    with writing() as session:
        for number in range(40):
            outbox.put(
                session, "note", adapter.Letter("Hi", "Text.\n"), at=NOW,
                recipient=f"p{number}@example.org",
            )  # fmt: skip

    def claim():
        with app.app_context():
            return [envelope.row_id for envelope in delivery.claim(NOW, 10)]

    taken = [row for batch in at_once(4, claim) for row in batch]
    assert (
        len(taken)
        == len(set(taken))
        == db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage))
    )
