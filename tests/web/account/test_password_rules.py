"""What a password may be, seen from the forms: long, of any letters, compared whole, and stored as today's hash."""

import unicodedata

import pytest
from argon2 import PasswordHasher
from flask_security import hash_password
from flask_security.utils import get_hmac

from portal.extensions import db
from portal.models import User
from portal.web.account.security import ARGON2
from tests.web.account.steps import register, registration, sign_in, with_password

LONG = "quay otter mantle " * 7 + "ab"  # 128


@pytest.mark.parametrize("password", ["vq7 rTz,", LONG, LONG + "x" * 60, "네 개의 초록 등불 " * 12])
def test_from_eight_to_two_hundred_characters_are_taken(client, mira, password):
    answer = register(client, email="new@example.org", password=password)
    assert answer.status_code == 302, answer.text
    user = db.session.query(User).filter_by(email="new@example.org").one()
    user.confirmed_at = mira.confirmed_at
    db.session.commit()
    assert sign_in(client, user.email, password).status_code == 302


@pytest.mark.parametrize("position", [7, 71, 72, 73, 127])
def test_every_character_counts(client, mira, position):
    with_password(mira, LONG)
    changed = LONG[:position] + "Z" + LONG[position + 1 :]
    assert sign_in(client, mira.email, changed).status_code == 200
    assert sign_in(client, mira.email, LONG).status_code == 302


def test_the_same_letters_typed_on_another_machine_are_the_same_password(client, browser, mira):
    composed, taken_apart = (
        unicodedata.normalize(form, "un été près du phare") for form in ("NFC", "NFD")
    )
    assert composed != taken_apart
    mine = browser(mira)
    mine.submit(
        "/account/password", {"password": "seven green lanterns", "new_password": taken_apart}
    )
    assert sign_in(client, mira.email, composed).status_code == 302
    page = mine.submit("/account/email", {"email": "mira.o@example.org", "password": composed})
    assert "We have sent an e-mail" in page.text


def test_spaces_at_the_ends_are_part_of_it(client, mira):
    with_password(mira, " seven green lanterns ")
    assert sign_in(client, mira.email, "seven green lanterns").status_code == 200
    assert sign_in(client, mira.email, " seven green lanterns ").status_code == 302


def test_the_programme_s_name_is_no_password(app, client):
    name = app.extensions["settings"].programme_name
    page = register(client, password=name.replace(" ", "")[:30] + "7")
    assert "the programme&#39;s name" in page.text


def test_no_form_keeps_a_password_manager_or_pasting_out(client):
    for path in ("/login", "/register"):
        field = client.page(path).find("input", attrs={"type": "password"})
        assert field["autocomplete"] in ("current-password", "new-password")
        assert not {"maxlength", "onpaste", "readonly", "pattern"} & set(field.attrs)


def test_an_older_hash_is_replaced_when_its_owner_signs_in(app, client, mira):
    hasher = PasswordHasher(memory_cost=16, time_cost=3, parallelism=1)
    older = mira.password = hasher.hash(get_hmac("seven green lanterns"))
    db.session.commit()
    sign_in(client, mira.email, "a wrong guess")
    assert db.session.get(User, mira.id).password == older
    assert sign_in(client, mira.email).status_code == 302
    stored = db.session.get(User, mira.id).password
    assert stored.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert sign_in(app.test_client(), mira.email).status_code == 302


def test_production_hashes_at_owasp_s_line(database):
    assert {name.partition("__")[2]: value for name, value in ARGON2.items()} == {
        "memory_cost": 19 * 1024, "time_cost": 2, "parallelism": 1,
    }  # fmt: skip
    assert hash_password("x").startswith("$argon2id$v=19$")


def test_nothing_typed_as_a_password_comes_back(client):
    page = client.submit("/register", registration(password="Okonjo1234"))
    assert "Okonjo1234" not in page.text
