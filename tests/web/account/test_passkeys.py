"""Passkeys: added, named, listed, removed; signing in with one, and showing one as the second factor."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from portal.adapters import passkeys
from portal.adapters.passkeys import Purpose
from portal.extensions import db
from portal.models import Passkey, RecoveryCode, SignIn
from portal.web.account.security import SESSION_TOKEN
from tests.conftest import NOW
from tests.support.factors import SecurityKey, code_of, give_app
from tests.web.account.steps import PASSWORD, letters, sign_in, with_password

GATE = "/account/second-factor"
NEW = "/account/passkeys/new"


@pytest.fixture
def ada(make):
    return with_password(make.admin())


def add(browser, key, name="Phone", **changed):
    """Add a passkey as js/passkey.js does: ask for the options, let the key answer, send the form."""
    filled = {"name": name, "password": PASSWORD, "next": "", **changed}
    options = browser.submit("/account/passkeys/options", filled, page=NEW)
    assert options.status_code == 200, options.text
    told = options.get_json()
    answer = {"passkey_answer": key.makes(told), "passkey_ticket": told["ticket"]}
    return browser.submit(NEW, {**filled, **answer}, page=NEW)


def use(browser, key, at_="/login/passkey", page="/login", **changed):
    """Sign in with it, or show it: the answer to the form."""
    told = browser.get(f"{at_}/options").get_json()
    filled = {
        "passkey_answer": key.signs(told),
        "passkey_ticket": told["ticket"],
        "next": "",
        **changed,
    }
    return browser.submit(at_, filled, page=page)


@pytest.fixture(params=[True, False], ids=["counting", "shared"])
def held(browser, mira, at, request):
    """A key that is a passkey of Mira's since a minute ago."""
    key = SecurityKey(counts=request.param)
    with at(-timedelta(minutes=1)):
        assert add(browser(mira), key).status_code == 200
    return key


def test_adding_one_shows_codes_warns_and_ends_other_sign_ins(browser, mira):
    here, elsewhere = browser(mira), browser(mira)

    answer = add(here, SecurityKey(), "Phone")

    assert len(BeautifulSoup(answer.text, "html5lib").select("ol code")) == 10
    assert "Passkey: Phone" in here.page("/account").text
    assert elsewhere.get("/account").headers["Location"].startswith("/login")
    assert "A passkey was added: Phone." in letters("second_factor_changed")[0].text


def test_a_second_one_shows_no_codes_and_needs_no_password(browser, mira):
    here = browser(mira, second_factor=False)
    add(here, SecurityKey(), "Phone")

    answer = add(here, SecurityKey(), "Key ring", password="")

    assert answer.headers["Location"] == "/account"
    assert db.session.scalars(sa.select(Passkey.name).order_by(Passkey.id)).all() == [
        "Phone",
        "Key ring",
    ]
    assert len(db.session.scalars(sa.select(RecoveryCode)).all()) == 10
    handles = db.session.scalars(sa.select(Passkey.user_handle)).all()
    assert len(set(handles)) == 1


def test_the_first_one_needs_the_password(browser, mira):
    here = browser(mira, second_factor=False)
    filled = {"name": "Phone", "password": "not the password"}

    options = here.submit("/account/passkeys/options", filled, page=NEW)

    assert options.get_json() == {}
    assert here.submit(NEW, filled, page=NEW).status_code == 422
    assert db.session.scalars(sa.select(Passkey)).all() == []


@pytest.mark.parametrize(
    "key",
    [
        SecurityKey(origin="https://elsewhere.example"),
        SecurityKey(site="elsewhere.example"),
        SecurityKey(verifies=False),
    ],
    ids=["another origin", "another site", "nobody checked"],
)
def test_only_keys_of_this_site_that_check_their_owner_are_taken(browser, mira, key):
    assert add(browser(mira), key).status_code == 409
    assert db.session.scalars(sa.select(Passkey)).all() == []


def test_somebody_elses_ticket_adds_nothing(make, browser, mira):
    key, other = SecurityKey(), make.user()
    told = passkeys.ask_for_new(other.id, passkeys.new_handle(), other.email, "", [], NOW)
    filled = {
        "name": "X",
        "password": PASSWORD,
        "passkey_answer": key.makes(told),
        "passkey_ticket": told["ticket"],
    }

    assert browser(mira).submit(NEW, filled, page=NEW).status_code == 409


def test_the_same_answer_adds_one_passkey(browser, mira):
    here, key = browser(mira), SecurityKey()
    filled = {"name": "Phone", "password": PASSWORD}
    told = here.submit("/account/passkeys/options", filled, page=NEW).get_json()
    filled |= {"passkey_answer": key.makes(told), "passkey_ticket": told["ticket"]}

    assert here.submit(NEW, filled, page=NEW).status_code == 200
    assert here.submit(NEW, filled, page=NEW).status_code == 409
    assert len(db.session.scalars(sa.select(Passkey)).all()) == 1


# -- signing in ----------------------------------------------------------------------------------


def test_signing_in_without_a_password(client, held, mira):
    answer = use(client, held)

    assert answer.headers["Location"] == "/account/start"
    assert client.get("/account/start").headers["Location"] == "/apply"
    page = client.page("/account")
    assert mira.email in page.text
    assert "Last used" in page.select_one("#second-factor").text


def test_a_passkey_is_the_second_factor_as_well(client, browser, ada, at):
    key = SecurityKey()
    with at(-timedelta(minutes=1)):
        add(browser(ada, second_factor=False), key)

    use(client, key, next="/admin/people")

    assert client.get("/admin/people").status_code == 200


def test_where_one_was_going_is_followed_on_this_site_only(client, held):
    assert use(client, held, next="//elsewhere.example").headers["Location"] == "/account/start"


def test_an_answer_works_once(app, client, held):
    told = client.get("/login/passkey/options").get_json()
    filled = {"passkey_answer": held.signs(told), "passkey_ticket": told["ticket"]}

    assert (
        client.submit("/login/passkey", filled, page="/login").headers["Location"]
        == "/account/start"
    )
    thief = app.test_client()
    again = thief.submit("/login/passkey", filled, page="/login")

    assert again.headers["Location"] == "/login"
    assert thief.get("/account").headers["Location"].startswith("/login")


def test_an_old_challenge_is_not_answered(client, held, at):
    told = client.get("/login/passkey/options").get_json()
    answer = held.signs(told)

    with at(timedelta(minutes=10)):
        filled = {"passkey_answer": answer, "passkey_ticket": told["ticket"]}
        assert (
            client.submit("/login/passkey", filled, page="/login").headers["Location"] == "/login"
        )


def test_a_ticket_for_another_purpose_signs_nobody_in(client, held, mira):
    for told in (
        passkeys.ask(Purpose.SHOW, mira.id, NOW),
        passkeys.ask(Purpose.SHOW, None, NOW),
        passkeys.ask(Purpose.SIGN_IN, mira.id, NOW),
    ):
        filled = {"passkey_answer": held.signs(told), "passkey_ticket": told["ticket"]}
        assert (
            client.submit("/login/passkey", filled, page="/login").headers["Location"] == "/login"
        )


def test_everybody_who_cannot_is_answered_alike(client, make, browser, mira, held):
    """An unknown key, a forged signature, a disabled account, nonsense: one sentence."""
    stranger = SecurityKey()
    forger = SecurityKey(credential_id=held.credential_id, handle=held.handle)
    answers = [use(client, stranger), use(client, forger)]
    mira.active = False
    db.session.commit()
    answers.append(use(client, held))
    for nonsense in (
        "",
        "{}",
        "[]",
        "null",
        "x" * 30_000,
        '{"rawId": 3}',
        '{"rawId": "AAAA"}',
        "[" * 5_000,
    ):
        filled = {
            "passkey_answer": nonsense,
            "passkey_ticket": passkeys.ask(Purpose.SIGN_IN, None, NOW)["ticket"],
        }
        answers.append(client.submit("/login/passkey", filled, page="/login"))

    assert {(found.status_code, found.headers["Location"]) for found in answers} == {
        (302, "/login")
    }
    assert "This passkey does not sign in here." in client.page("/login").text
    assert db.session.scalars(sa.select(SignIn).where(SignIn.agent != "")).all() == []


def test_broken_answers_of_a_known_key_are_refused(client, held):
    told = passkeys.ask(Purpose.SIGN_IN, None, NOW)
    right = json.loads(held.signs(told))
    for name in ("clientDataJSON", "authenticatorData", "signature"):
        for broken in ("", "AA", 7, None, ["x"]):
            answer = json.dumps({**right, "response": {**right["response"], name: broken}})
            filled = {"passkey_answer": answer, "passkey_ticket": told["ticket"]}
            found = client.submit("/login/passkey", filled, page="/login")
            assert found.headers["Location"] == "/login", (name, broken)


def test_a_key_that_was_copied_shows_by_its_count(client, app, browser, mira, at):
    key = SecurityKey()
    with at(-timedelta(minutes=1)):
        add(browser(mira), key)
    use(client, key)
    key.count = 0  # the copy has signed less often than the device said

    with at(timedelta(minutes=1)):
        assert use(app.test_client(), key).headers["Location"] == "/login"


def test_a_token_planted_before_is_worthless(app, client, held):
    with client.session_transaction() as session:
        session[SESSION_TOKEN] = "planted"
    use(client, held)

    with client.session_transaction() as session:
        assert session[SESSION_TOKEN] != "planted"


# -- as the second factor, and the list -----------------------------------------------------------


def test_it_is_shown_after_the_password(client, browser, ada, at):
    key = SecurityKey()
    with at(-timedelta(minutes=1)):
        add(browser(ada, second_factor=False), key)
    sign_in(client, ada.email)
    assert client.get("/admin").headers["Location"] == f"{GATE}?next=/admin"

    answer = use(client, key, f"{GATE}/passkey", page="/account/details", next="/admin")

    assert answer.headers["Location"] == "/admin"
    assert client.get("/admin").status_code == 200


def test_somebody_elses_passkey_is_no_second_factor(browser, ada, held):
    give_app(ada, NOW)
    before = browser(ada, second_factor=False)
    told = passkeys.ask(Purpose.SHOW, ada.id, NOW)
    filled = {"passkey_answer": held.signs(told), "passkey_ticket": told["ticket"]}

    before.submit(f"{GATE}/passkey", filled, page="/account")

    assert before.get("/admin").headers["Location"].startswith(GATE)


def test_renaming_and_removing(browser, mira, held):
    here = browser(mira)
    found = db.session.scalars(sa.select(Passkey)).one()

    here.submit(f"/account/passkeys/{found.id}", {"name": "Old phone"})
    assert "Passkey: Old phone" in here.page("/account").text
    here.submit(f"/account/passkeys/{found.id}/remove", page="/account")

    assert db.session.scalars(sa.select(Passkey)).all() == []
    assert "A passkey was removed: Old phone." in letters("second_factor_changed")[-1].text
    assert "Passkey:" not in here.page("/account").text


def test_others_passkeys_are_not_there(make, browser, held, at):
    found = db.session.scalars(sa.select(Passkey)).one()
    other = browser(make.user())

    assert other.get(f"/account/passkeys/{found.id}").status_code == 404
    assert (
        other.submit(f"/account/passkeys/{found.id}", {"name": "X"}, page="/account").status_code
        == 404
    )
    gone = other.submit(f"/account/passkeys/{found.id}/remove", page="/account")
    assert gone.status_code == 404


def test_an_app_and_a_passkey_stand_side_by_side(browser, ada, at):
    key = SecurityKey()
    with at(-timedelta(minutes=1)):
        add(browser(ada, second_factor=False), key)
    secret = give_app(ada, NOW)

    page = browser(ada, second_factor=False).page(GATE)

    assert page.find("input", attrs={"name": "code"})
    assert page.select_one("form[data-passkey]")
    answer = browser(ada, second_factor=False).submit(GATE, {"code": code_of(secret, NOW)})
    assert answer.status_code == 302


def test_where_browsers_take_none_none_are_offered(client, browser, mira):
    before = passkeys.site()
    passkeys.introduce("k" * 40, "http://127.0.0.1:8000", "Programme")
    try:
        assert "passkey" not in client.page("/login").text.lower()
        assert "Add a passkey" not in browser(mira).page("/account").text
        assert client.get("/login/passkey/options").status_code == 404
    finally:
        passkeys._site = before
