"""How often one may try: counted by account and network, before anything is hashed, and never against the owner."""

from datetime import timedelta
from time import monotonic

import pytest
import sqlalchemy as sa

from portal.domain.throttle import FAILED_BY_ACCOUNT, FAILED_BY_NETWORK, FORMS_BY_NETWORK, Limit
from portal.extensions import db
from portal.models import Tally
from portal.services import throttle as counts
from portal.web.account.door import PAGES, SHUT, Door
from tests.conftest import NOW
from tests.web.account.steps import PASSWORD, letters, sign_in, with_password

ATTACKER, OWNER = {"REMOTE_ADDR": "192.0.2.9"}, {"REMOTE_ADDR": "192.0.2.10"}
WRONG = "a wrong guess"


@pytest.fixture
def throttled(app, database):
    app.extensions["throttle"].enabled = True
    yield
    app.extensions["throttle"].enabled = False


def statuses(client, count, email, password=WRONG, network=ATTACKER, **kwargs):
    return [
        sign_in(client, email, password, environ_overrides=network, **kwargs).status_code
        for _ in range(count)
    ]


def test_the_eleventh_failure_is_refused_and_the_owner_is_not(client, mira, throttled):
    most = FAILED_BY_ACCOUNT.most
    assert statuses(client, most + 2, mira.email) == [200] * most + [429] * 2
    refused = sign_in(client, mira.email, environ_overrides=ATTACKER)
    assert refused.status_code == 429
    assert "You can try again in 15 minutes" in refused.text
    assert int(refused.headers["Retry-After"]) == 15 * 60
    assert sign_in(client, mira.email, environ_overrides=OWNER).status_code == 302


def test_variants_of_an_address_are_counted_as_one(client, mira, throttled):
    for number in range(FAILED_BY_ACCOUNT.most):
        statuses(
            client, 1, ("MIRA@example.org", " mira@EXAMPLE.org", "ｍira@example.org")[number % 3]
        )
    assert statuses(client, 1, "mira@example.org") == [429]


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP"]
)
def test_an_address_that_the_client_claims_is_not_believed(client, mira, throttled, header):
    statuses(client, FAILED_BY_ACCOUNT.most, mira.email)
    claimed = {header: "for=198.51.100.1" if header == "Forwarded" else "198.51.100.1"}
    assert statuses(client, 1, mira.email, headers=claimed) == [429]


def test_limits_end_with_their_window(client, mira, throttled, at):
    statuses(client, FAILED_BY_ACCOUNT.most + 1, mira.email)
    with at(timedelta(minutes=14, seconds=59)):
        assert statuses(client, 1, mira.email) == [429]
    with at(timedelta(minutes=15)):
        assert sign_in(client, mira.email, environ_overrides=ATTACKER).status_code == 302


def test_two_hundred_people_behind_one_address_sign_in_within_five_minutes(
    app, make, throttled, at
):
    stored = with_password(make.user("First Neighbour")).password
    people = [make.user(f"Neighbour {n}", password=stored) for n in range(200)]
    db.session.commit()
    for number, person in enumerate(people):
        with at(timedelta(seconds=1.5 * number)):
            if number % 5 == 0:  # some mistype once
                assert statuses(app.test_client(), 1, person.email) == [200]
            assert statuses(app.test_client(), 1, person.email, PASSWORD) == [302]


def test_one_network_does_not_try_many_accounts(client, mira, throttled):
    key = client.application.extensions["throttle"].counted(
        FAILED_BY_NETWORK, "network", ATTACKER["REMOTE_ADDR"]
    )
    for _ in range(FAILED_BY_NETWORK.most - 1):
        counts.take([key], NOW)
    assert statuses(client, 2, "somebody@example.org") == [200, 429]
    assert statuses(client, 1, mira.email) == [429]


def test_a_network_that_goes_on_is_refused_at_the_door(
    client, mira, throttled, queries, monkeypatch
):
    monkeypatch.setitem(client.application.extensions, "door", Door())
    key = client.application.extensions["throttle"].counted(
        FAILED_BY_NETWORK, "network", ATTACKER["REMOTE_ADDR"]
    )
    for _ in range(FAILED_BY_NETWORK.most):
        counts.take([key], NOW)
    token = client.page("/login").find("input", attrs={"name": "csrf_token"})["value"]
    form = {"email": "a@example.org", "password": WRONG, "csrf_token": token}

    def knock(network=ATTACKER):
        return client.post("/login", data=form, environ_overrides=network)

    for _ in range(PAGES + 1):
        assert "Too many tries in a short time" in knock().text
    refused = knock()
    assert (refused.status_code, refused.mimetype) == (429, "text/plain")
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60
    with queries() as sent:
        knock()
    assert sent.statements == []
    assert knock(OWNER).status_code == 200, "the door is shut to one network"
    assert client.get("/login", environ_overrides=ATTACKER).status_code == 200
    now = monotonic()
    monkeypatch.setattr("portal.web.account.door.monotonic", lambda: now + SHUT + 1)
    assert "Too many tries in a short time" in knock().text, "the database is asked again"


def test_many_tries_at_one_account_shut_no_door(client, mira, throttled, monkeypatch):
    monkeypatch.setitem(client.application.extensions, "door", Door())
    statuses(client, FAILED_BY_ACCOUNT.most + 1, mira.email)
    assert client.application.extensions["door"]._refused == {}


def test_nothing_is_hashed_for_a_refused_try(client, mira, throttled, monkeypatch):
    statuses(client, FAILED_BY_ACCOUNT.most, mira.email)
    gate = client.application.extensions["security"].pwd_context
    monkeypatch.setattr(gate, "turn", lambda: pytest.fail("a password was hashed"))
    assert statuses(client, 1, mira.email) == [429]


def test_refused_tries_write_nothing(client, mira, throttled, queries):
    statuses(client, FAILED_BY_ACCOUNT.most + 1, mira.email)  # the first refusal is recorded
    with queries() as sent:
        assert statuses(client, 1, mira.email) == [429]
    assert [text for text in sent.statements if not text.startswith("SELECT")] == []


def test_guessing_the_current_password_is_counted(client, browser, mira, throttled):
    mine = browser(mira)
    form = {"password": WRONG, "new_password": "four brown umbrellas"}
    answers = [mine.submit("/account/password", form).status_code for _ in range(6)]
    answers += [
        mine.submit("/account/email", {"email": f"x{n}@example.org", "password": WRONG}).status_code
        for n in range(4)
    ]
    assert answers == [200] * 10
    right = {"password": PASSWORD}
    assert mine.submit("/account/password", {**form, **right}).status_code == 429
    assert mine.submit("/account/close", right).status_code == 429


def test_the_right_current_password_costs_nothing(browser, mira, throttled):
    mine = browser(mira)
    for _ in range(FAILED_BY_ACCOUNT.most + 1):  # a weak new password is no guess at the old one
        page = mine.submit("/account/password", {"password": PASSWORD, "new_password": "short"})
        assert page.status_code == 200
    assert db.session.scalars(sa.select(Tally.tries)).all() == [0, 0]


def test_five_letters_an_hour_go_to_one_address(client, make, throttled, at):
    make.user("Nobody", email="other@example.org")
    asked = [client.submit("/reset", {"email": "other@example.org"}).status_code for _ in range(6)]
    asked += [client.submit("/confirm", {"email": "OTHER@example.org"}).status_code]
    assert asked == [200] * 5 + [429] * 2
    assert len(letters("account_reset")) == 5
    with at(timedelta(hours=1)):
        assert client.submit("/reset", {"email": "other@example.org"}).status_code == 200


def test_forms_that_send_letters_are_limited_by_network(client, throttled):
    key = client.application.extensions["throttle"].counted(FORMS_BY_NETWORK, "forms", "127.0.0.1")
    for _ in range(FORMS_BY_NETWORK.most):
        counts.take([key], NOW)
    assert client.submit("/reset", {"email": "other@example.org"}).status_code == 429
    assert client.submit("/register", {"email": "other@example.org"}).status_code == 429


def test_addresses_of_one_ipv6_customer_are_one_network(client, mira, throttled):
    for number in range(FAILED_BY_ACCOUNT.most):
        statuses(client, 1, mira.email, network={"REMOTE_ADDR": f"2001:db8:1:2::{number}"})
    last = {"REMOTE_ADDR": "2001:db8:1:2:ffff::1"}
    assert statuses(client, 1, mira.email, network=last) == [429]
    assert statuses(client, 1, mira.email, network={"REMOTE_ADDR": "2001:db8:1:3::1"}) == [200]


def test_counts_name_nobody(client, mira, throttled):
    statuses(client, 1, mira.email)
    stored = " ".join(map(str, db.session.execute(sa.select(Tally.key)).scalars()))
    assert "mira" not in stored
    assert "192.0.2" not in stored


def test_what_has_run_out_is_forgotten(database):
    short, long = Limit(3, timedelta(minutes=1)), Limit(3, timedelta(hours=1))
    counts.take([(short, "a"), (long, "b")], NOW)
    assert counts.forget_old(NOW + timedelta(minutes=1)) == 1
    assert db.session.scalars(sa.select(Tally.key)).all() == ["b"]


def test_a_try_over_one_limit_is_counted_against_none(database):
    few, many = Limit(2, timedelta(minutes=1)), Limit(9, timedelta(minutes=1))
    for _ in range(4):
        counts.take([(many, "network"), (few, "account")], NOW)
    tries = {row.key: row.tries for row in db.session.scalars(sa.select(Tally))}
    assert tries == {"network": 2, "account": 2}
