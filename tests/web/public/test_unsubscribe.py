"""No more of these: from the link in the mail, without signing in, by a press and never by opening it."""

import pytest

from portal.adapters.tokens import read_unsubscribe_token, unsubscribe_token
from portal.domain.mail import Optional
from portal.extensions import db
from portal.models import AuditEvent, User


@pytest.fixture
def user(make):
    return make.user("Ana Applicant")


@pytest.fixture
def address(user):
    return f"/unsubscribe/{unsubscribe_token(user.id, Optional.REMINDERS)}"


def declined(user):
    return db.session.get(User, user.id).declined_mail


def test_opening_the_link_ten_times_changes_nothing(client, user, address):
    for _ in range(10):
        assert "Reminders before a deadline" in client.page(address).text
        assert client.head(address).status_code == 200
    assert declined(user) == []


def test_the_button_stops_them_and_undoes_it(client, user, address):
    answer = client.post(address)
    assert (answer.status_code, "no more of these" in answer.text) == (200, True)
    assert declined(user) == ["reminders"]
    client.post(address)
    assert "You get them again" in client.post(address, data={"again": "1"}).text
    assert declined(user) == []
    assert [row.action for row in db.session.query(AuditEvent)] == ["account.mail_chosen"] * 2


def test_a_mail_program_stops_them_by_itself(client, user, address):
    answer = client.post(address, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert declined(user) == ["reminders"]


@pytest.mark.parametrize("change", [lambda t: t[:-2] + "xx", lambda t: "x", lambda t: t + "a"])
def test_a_link_that_we_did_not_sign_does_not_exist(client, user, address, change):
    forged = "/unsubscribe/" + change(address.rpartition("/")[2])
    assert client.get(forged).status_code == client.post(forged).status_code == 404
    assert declined(user) == []


def test_the_link_tells_no_address_and_goes_into_no_referrer(client, user, address):
    token = address.rpartition("/")[2]
    assert read_unsubscribe_token(token) == (user.id, "reminders")
    answer = client.get(address)
    assert user.email not in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_account_page_offers_the_same(browser, user):
    here = browser(user)
    here.submit("/account/mail", {"group": "digests"}, page="/account")
    assert declined(user) == ["digests"]
    assert "You get none of them" in here.page("/account").text
    here.submit("/account/mail", {"group": "digests", "wanted": "1"}, page="/account")
    assert declined(user) == []
