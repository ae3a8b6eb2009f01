"""The same code or answer of a passkey, many times at the same instant: it is taken once. With real commits."""

import contextvars
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import flask_migrate
import pytest
import sqlalchemy as sa

from portal import clock
from portal.adapters import passkeys as keys
from portal.adapters.passkeys import Purpose
from portal.app import create_app, introduce
from portal.extensions import db
from portal.models import RecoveryCode, SignIn
from portal.services import passkeys
from portal.services import second_factor as factors
from portal.services.accounts import digest_of
from portal.services.second_factor import Browser
from portal.services.work import writing
from tests.conftest import NOW
from tests.support.builders import Builder
from tests.support.databases import fresh_database, settings_of_tests
from tests.support.factors import SecurityKey, code_of, give_app

TIMES = 12


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A portal with a database of its own, outside the transaction that other tests are undone by."""
    folder = tmp_path_factory.mktemp("parallel")
    with fresh_database("parallel_factors", folder) as address:
        app = create_app(settings_of_tests(address, folder))
        with app.app_context():
            flask_migrate.upgrade()
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def ada(served):
    introduce(served.extensions["settings"])
    with served.app_context():
        yield Builder(NOW).user(email=f"{secrets.token_hex(4)}@example.org", is_admin=True)
        db.session.remove()


def open_sign_in(user_id):
    token = secrets.token_urlsafe(16)
    with writing() as session:
        session.add(
            SignIn(user_id=user_id, token_digest=digest_of(token), created_at=NOW, seen_at=NOW)
        )
    return Browser(digest_of(token), digest_of(token + "later"))


def at_once(app, calls):
    def run(call):
        with app.app_context(), clock.set_to(NOW):
            try:
                return call()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(calls)) as pool:
        found = [pool.submit(contextvars.Context().run, run, call) for call in calls]
        return [future.result() for future in found]


def test_one_code_opens_one_of_many_sign_ins(served, ada):
    code, user_id = code_of(give_app(ada, NOW), NOW), ada.id
    browsers = [open_sign_in(user_id) for _ in range(TIMES)]

    answers = at_once(
        served, [lambda b=b: factors.show_code(user_id, code, b, NOW) for b in browsers]
    )

    assert answers.count(True) == 1
    shown = db.session.scalars(
        sa.select(SignIn).where(SignIn.user_id == user_id, SignIn.second_factor_at.is_not(None))
    ).all()
    assert len(shown) == 1


def test_one_recovery_code_opens_one_of_many_sign_ins(served, ada):
    give_app(ada, NOW)
    user_id = ada.id
    code = factors.renew_codes(user_id, None, NOW)[0]
    browsers = [open_sign_in(user_id) for _ in range(TIMES)]

    answers = at_once(
        served, [lambda b=b: factors.show_recovery_code(user_id, code, b, NOW) for b in browsers]
    )

    assert answers.count(True) == 1
    left = db.session.scalars(
        sa.select(RecoveryCode).where(
            RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
        )
    ).all()
    assert len(left) == 9


def test_one_answer_of_a_passkey_signs_in_once(served, ada):
    key, user_id = SecurityKey(), ada.id
    made = keys.ask_for_new(
        user_id, keys.new_handle(), ada.email, "", [], NOW - timedelta(minutes=1)
    )
    added = passkeys.add(
        user_id, name="Phone", answer=key.makes(made), ticket=made["ticket"],
        browser=open_sign_in(user_id), now=NOW,
    )  # fmt: skip
    assert len(added) == 10
    told = keys.ask(Purpose.SIGN_IN, None, NOW)
    answer = key.signs(told)

    answers = at_once(served, [lambda: passkeys.sign_in(answer, told["ticket"], NOW)] * TIMES)

    assert len([user for user in answers if user is not None]) == 1
