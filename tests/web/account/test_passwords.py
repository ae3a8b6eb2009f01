"""Resetting and changing the password, changing the address: old ways in stop working at once."""

import sqlalchemy as sa
import time_machine

from portal.extensions import db
from portal.models import AuditEvent, User
from tests.web.account.steps import letters, link_in, sign_in

NEW = "four brown umbrellas"


def ask_reset(client, email="mira@example.org"):
    client.submit("/reset", {"email": email})
    return link_in(letters("account_reset")[-1])


def test_reset_sets_the_password_and_ends_every_sign_in(client, browser, mira):
    elsewhere = browser(mira)
    link = ask_reset(client)
    answer = client.submit(link, {"password": NEW})
    assert answer.headers["Location"] == "/login"  # never signed in by a link
    assert elsewhere.get("/account").status_code == 302
    assert sign_in(client, mira.email, NEW).status_code == 302
    assert [letter.recipient for letter in letters("account_password_changed")] == [mira.email]
    assert "account.password_reset" in db.session.scalars(sa.select(AuditEvent.action)).all()


def test_reset_link_works_once(client, mira):
    link = ask_reset(client)
    client.submit(link, {"password": NEW})
    assert client.get(link).headers["Location"] == "/reset"
    assert "does not work any more" in client.page("/reset").text


def test_newer_request_replaces_an_older_link(client, mira):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as time:
        older = ask_reset(client)
        time.shift(5)
        newer = ask_reset(client)
        assert older != newer
        assert client.get(older).status_code == 302
        assert client.get(newer).status_code == 200


def test_opening_the_reset_link_uses_nothing_up(client, mira):
    link = ask_reset(client)
    for _ in range(10):
        assert client.get(link).status_code == 200
        client.head(link)
    assert client.submit(link, {"password": NEW}).status_code == 302


def test_bad_new_password_keeps_the_link(client, mira):
    link = ask_reset(client)
    page = client.submit(link, {"password": "short"})
    assert "at least 8 characters" in page.text
    assert client.submit(link, {"password": NEW}).headers["Location"] == "/login"


def test_reset_answers_alike_for_known_unknown_and_disabled(client, make, mira):
    make.user("Gone", email="gone@example.org", active=False)
    answers = []
    for email in ("mira@example.org", "none@example.org", "gone@example.org"):
        page = client.submit("/reset", {"email": email})
        lines = [line for line in page.text.splitlines() if "csrf_token" not in line]
        answers.append("\n".join(lines).replace(email, "EMAIL"))
    assert answers[0] == answers[1] == answers[2]
    assert [letter.recipient for letter in letters()] == ["mira@example.org"]


def test_reset_goes_to_the_stored_address(client, mira):
    client.submit("/reset", {"email": "MIRA@example.org"})
    client.submit("/reset", {"email": "mıra@example.org"})
    assert [letter.recipient for letter in letters()] == ["mira@example.org"]


def test_reset_confirms_an_unconfirmed_address(client, make):
    make.user("New", email="new@example.org", confirmed_at=None)
    client.submit(ask_reset(client, "new@example.org"), {"password": NEW})
    assert sign_in(client, "new@example.org", NEW).status_code == 302


def test_changing_the_password_voids_reset_links_and_other_browsers(client, browser, mira):
    link = ask_reset(client)
    here, there = browser(mira), browser(mira)
    answer = here.submit(
        "/account/password", {"password": "seven green lanterns", "new_password": NEW}
    )
    assert answer.headers["Location"] == "/account"
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302
    assert client.get(link).status_code == 302
    assert here.page("/account").text.count("Sign out everywhere") == 0


def test_changing_the_password_needs_the_current_one(browser, mira):
    page = browser(mira).submit(
        "/account/password", {"password": "a wrong guess", "new_password": NEW}
    )
    assert "not your current password" in page.text
    assert not letters()


def test_new_address_is_confirmed_there_and_the_old_one_is_told(client, browser, mira):
    here, there = browser(mira), browser(mira)
    here.submit(
        "/account/email", {"email": "mira.o@example.org", "password": "seven green lanterns"}
    )
    letter = letters("account_new_address")[0]
    assert letter.recipient == "mira.o@example.org"
    link = link_in(letter)
    for _ in range(10):
        assert here.get(link).status_code == 200
        here.head(link)
    assert db.session.get(User, mira.id).email == "mira@example.org"

    here.submit(link)
    assert db.session.get(User, mira.id).email_key == "mira.o@example.org"
    assert letters("account_address_changed")[0].recipient == "mira@example.org"
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302
    assert sign_in(client, "mira.o@example.org").status_code == 302


def test_new_address_needs_the_password(browser, mira):
    page = browser(mira).submit(
        "/account/email", {"email": "mira.o@example.org", "password": "a wrong guess"}
    )
    assert "not your current password" in page.text
    assert not letters()


def test_new_address_that_is_taken_reads_like_a_free_one(browser, make, mira):
    make.user("Owner", email="owner@example.org")
    page = browser(mira).submit(
        "/account/email", {"email": "OWNER@example.org", "password": "seven green lanterns"}
    )
    assert "We have sent an e-mail" in page.text
    assert not letters()
