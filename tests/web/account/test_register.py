"""Registering and confirming: one person, one account, and nothing given away."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from portal.domain.accounts import email_key
from portal.extensions import db
from portal.models import AuditEvent, User
from tests.web.account.steps import letters, link_in, register, sign_in, user_of, with_password


def test_register_confirm_and_sign_in(client):
    answer = register(client)
    assert answer.headers["Location"] == "/register/check-your-mail"
    assert "mira@example.org" in client.page("/register/check-your-mail").text

    link = link_in(letters("account_confirm")[0])
    assert "mira@example.org" in client.page(link).h1.parent.text
    assert client.submit(link).headers["Location"] == "/login"

    assert sign_in(client, "mira@example.org").headers["Location"] == "/account/start"
    assert client.get("/account/start").headers["Location"] == "/apply"
    assert "Asia/Kolkata" in client.page("/account").text


def test_where_somebody_was_going_survives_registering(client):
    wanted = "/apply?direction=refusals"
    page = client.page(client.get(wanted).headers["Location"])
    client.page(page.find("a", string="Register")["href"])
    register(client)
    client.submit(link_in(letters("account_confirm")[0]))

    answer = sign_in(client, "mira@example.org")

    assert client.get(answer.headers["Location"]).headers["Location"] == wanted
    assert client.get("/account/start").headers["Location"] == "/apply", "once only"


def test_page_elsewhere_is_not_kept_for_after_registering(client):
    client.get("/login", query_string={"next": "https://evil.example/"})
    register(client)
    client.submit(link_in(letters("account_confirm")[0]))
    sign_in(client, "mira@example.org")

    assert client.get("/account/start").headers["Location"] == "/apply"


def test_new_account_holds_what_was_agreed_and_no_rights(client):
    register(client, is_admin="y", active="", roles="admin", confirmed_at="2020-01-01")
    user = user_of("mira@example.org")
    assert (user.is_admin, user.confirmed_at, user.active) == (False, None, True)
    assert user.consented_at is not None
    assert user.time_zone == "Asia/Kolkata"
    assert user.password.startswith("$argon2id$")
    event = db.session.scalars(sa.select(AuditEvent)).one()
    assert (event.action, event.subject_id) == ("account.registered", user.id)


def test_unconfirmed_account_cannot_sign_in(client):
    register(client)
    page = sign_in(client, "mira@example.org")
    assert page.status_code == 200
    assert "not confirmed yet" in page.text
    assert client.get("/account").status_code == 302


def test_opening_the_link_ten_times_confirms_nothing(client):
    register(client)
    link = link_in(letters("account_confirm")[0])
    for _ in range(10):
        client.get(link)
        client.head(link)
    assert user_of("mira@example.org").confirmed_at is None
    client.submit(link)
    assert user_of("mira@example.org").confirmed_at is not None


def test_confirmation_link_that_is_too_old_says_what_next(client, at):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False):
        register(client)
    link = link_in(letters("account_confirm")[0])
    with time_machine.travel("2026-11-24T12:00:00Z", tick=False), at(timedelta(days=3)):
        assert client.get(link).headers["Location"] == "/confirm"
        assert "older than" in client.page("/confirm").text


def test_second_letter_can_be_asked_for(client):
    register(client)
    client.submit("/confirm", {"email": "Mira@Example.org"})
    assert len(letters("account_confirm")) == 2
    client.submit(link_in(letters("account_confirm")[1]))
    assert user_of("mira@example.org").confirmed_at is not None


@pytest.mark.parametrize(
    "variant",
    ["MIRA@example.org", "mira@EXAMPLE.ORG", " mira@example.org ", "ｍｉｒａ@example.org"],
)
def test_one_person_has_one_account(client, variant):
    register(client)
    assert register(client, email=variant).status_code in (200, 302)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 1


def test_taken_address_is_answered_like_a_free_one(client, make):
    with_password(make.user("Owner", email="owner@example.org"))
    free, taken = register(client), register(client, email="owner@example.org")
    assert (free.status_code, free.headers["Location"]) == (302, taken.headers["Location"])
    assert taken.status_code == 302
    letter = letters("account_exists")[0]
    assert letter.recipient == "owner@example.org"
    assert "nothing was changed" in letter.text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Enter your name"),
        ("email", "not-an-address", "usual form"),
        ("password", "short", "at least 8 characters"),
        ("password", "password123", "first that anybody would try"),
        ("password", "qwertyuiop", "first that anybody would try"),
        ("password", "Okonjo1234", "close to your name"),
        ("consent", None, "without your agreement"),
        ("of_age", None, "18 and over"),
        ("time_zone", "Mars/Olympus", "valid choice"),
    ],
)
def test_registration_says_what_is_missing(client, field, value, words):
    page = register(client, **{field: value})
    assert page.status_code == 200
    assert words in page.text
    assert page.text.count("There is a problem") == 1
    assert not letters()


def test_password_takes_any_letters(client):
    register(client, password="чотири зелені ліхтарі 🏮")
    client.submit(link_in(letters("account_confirm")[0]))
    assert sign_in(client, "mira@example.org", "чотири зелені ліхтарі 🏮").status_code == 302


def test_letters_name_the_configured_address_whatever_the_host(app, client):
    app.config["TRUSTED_HOSTS"].append("evil.example")
    try:
        register(client)
        client.submit(
            "/reset", {"email": "mira@example.org"}, headers={"X-Forwarded-Host": "evil.example"}
        )
        client.post("/reset", base_url="http://evil.example", data={"email": "mira@example.org"})
    finally:
        app.config["TRUSTED_HOSTS"].remove("evil.example")
    assert letters()
    for letter in letters():
        assert "evil" not in letter.text
        assert "http://localhost/" in letter.text


def test_key_of_an_address_folds_case_width_and_spaces():
    assert email_key(" ＭＩＲＡ@Example.ORG ") == "mira@example.org"
    assert email_key("mıra@example.org") != "mira@example.org"


def test_where_a_sign_in_led_at_once_is_not_gone_to_again(client, make):
    with_password(make.user("Mira Okonjo", email="mira@example.org"))
    client.get("/login", query_string={"next": "/apply/round-1"})

    answer = sign_in(
        client,
        "mira@example.org",
        page="/login?next=/apply/round-1",
        query_string={"next": "/apply/round-1"},
    )

    assert answer.headers["Location"] == "/apply/round-1"
    assert client.get("/account/start").headers["Location"] == "/apply"
