"""One person has one account: however the address is written, it is the same one; and links reach only its owner."""

import unicodedata

import pytest
import sqlalchemy as sa

from portal.domain.accounts import email_key
from portal.extensions import db
from portal.models import User
from tests.web.account.steps import PASSWORD, letters, register, sign_in

NAME, DOMAIN = "zoe.strasse", "example.org"


def wide(text):
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def variants():
    """Fifty ways to write zoe.strasse@example.org that mail programs, keyboards and copying make of it."""
    names = [
        NAME, NAME.upper(), NAME.title(), "zoe.STRASSE", "zoe.straße", "ZOE.STRAẞE", wide(NAME),
        wide(NAME.upper()), "zoe.ﬆraſſe", "ⓩⓞⓔ.strasse",
    ]  # fmt: skip
    domains = [DOMAIN, DOMAIN.upper(), "Example.Org", wide(DOMAIN).replace("．", ".")]
    found = [f"{name}@{domain}" for name in names for domain in domains]
    plain = f"{NAME}@{DOMAIN}"
    found += [
        f" {plain}", f"{plain} ", f"\t{plain}", f"{plain}\n", f"\u00a0{plain}", f"{plain}\u3000",
        plain.replace("@", "＠"), plain.replace(".", "．", 1), unicodedata.normalize("NFD", plain), f"{plain.upper()} ",
    ]  # fmt: skip
    return found


def test_there_are_fifty_of_them():
    assert len(set(variants())) >= 49


@pytest.mark.parametrize("variant", variants())
def test_every_way_to_write_an_address_is_the_same_account(client, make, variant):
    owner = make.user("Zoe Strasse", email=f"{NAME}@{DOMAIN}")
    answer = register(client, email=variant)
    users = db.session.scalar(sa.select(sa.func.count()).select_from(User))
    assert users == 1, f"{variant!r} made a second account"
    assert answer.status_code in (200, 302)
    client.submit("/reset", {"email": variant})
    assert {letter.recipient for letter in letters()} <= {owner.email}


def test_letters_that_only_look_alike_are_another_person_and_get_no_link_of_hers(client, make):
    """A dotless i or a Cyrillic a is another mailbox: it reaches nobody's account."""
    make.user("Mira", email="mira@example.org")
    for other in ("mıra@example.org", "mirа@example.org", "mira@example.org.", "mira@exаmple.org"):
        client.submit("/reset", {"email": other})
    assert {letter.recipient for letter in letters()} <= {"mira@example.org"}
    assert email_key("mıra@example.org") != email_key("mira@example.org")


def test_a_new_address_may_not_be_somebody_s_in_another_spelling(browser, make, mira):
    make.user("Zoe", email=f"{NAME}@{DOMAIN}")
    mine = browser(mira)
    for variant in (
        "ZOE.Strasse@EXAMPLE.org",
        "zoe.straße@example.org",
        wide(NAME) + "@example.org",
    ):
        page = mine.submit("/account/email", {"email": variant, "password": PASSWORD})
        assert page.status_code == 200
    assert letters("account_new_address") == []


def test_signing_in_takes_any_spelling_of_the_address(client, mira):
    for spelling in ("MIRA@example.org", " mira@Example.org", "mira@example.org\u00a0"):
        assert sign_in(client, spelling).status_code == 302, spelling
        client.submit("/logout", page="/account")


def test_nobody_becomes_more_than_an_applicant_by_any_field(client, browser, make, mira):
    """I10: every column of the account is sent along, to every form of accounts."""
    more = {
        "is_admin": "y", "roles": "admin", "role": "admin", "active": "y", "confirmed_at": "2020-01-01",
        "fs_uniquifier": "x", "id": "1", "stream_id": "1", "email_key": "x", "password_hash": "x",
        "second_factor_at": "2020-01-01",
    }  # fmt: skip
    register(client, **{**more, "email": "new@example.org"})
    mine = browser(mira)
    before = {c.name: getattr(mira, c.name) for c in User.__table__.columns}
    for path, form in (
        ("/account/details", {"name": mira.name, "time_zone": mira.time_zone}),
        ("/account/password", {"password": "wrong", "new_password": "four brown umbrellas"}),
        ("/account/email", {"email": "x@example.org", "password": "wrong"}),
    ):
        mine.submit(path, {**more, **form})
    user = db.session.get(User, mira.id)
    assert {c.name: getattr(user, c.name) for c in User.__table__.columns} == before
    new = db.session.scalars(sa.select(User).where(User.email == "new@example.org")).one()
    assert (new.is_admin, new.confirmed_at) == (False, None)


def test_the_first_to_register_on_an_empty_database_is_an_applicant(client):
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 0, (
        "no account is built in"
    )
    register(client)
    user = db.session.scalars(sa.select(User)).one()
    assert not user.is_admin
    assert user.confirmed_at is None
