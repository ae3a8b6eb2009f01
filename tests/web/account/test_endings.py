"""Sign-ins that really end: a copied cookie opens nothing once its sign-in was ended, whatever ended it."""

import pytest

from portal.domain.permissions import StreamRole
from portal.extensions import db
from portal.models import Invitation
from portal.services import accounts
from tests.conftest import NOW
from tests.web.account.steps import PASSWORD, letters, link_in, sign_in, with_password

NEW = "four brown umbrellas"
ROUND = "/apply/summer-2027"
PAGES = (
    "/account", "/account/details", "/account/password", "/account/email", "/account/close",
    "/account/start", "/apply", ROUND, f"{ROUND}/about", f"{ROUND}/check", f"{ROUND}/receipt",
    f"{ROUND}/withdraw", f"{ROUND}/offline.txt",
)  # fmt: skip
STAFF = ("/review", "/review/ranking", "/admin", "/admin/people", "/admin/applications/table.csv")


class Thief:
    """Somebody with a copy of every cookie that a browser had at one moment."""

    def __init__(self, app, victim):
        self.browser = app.test_client()
        for cookie in list(victim._cookies.values()):
            self.browser.set_cookie(cookie.key, cookie.value)
        self.copied = dict(self.browser._cookies)
        assert self.copied

    def ask(self, path, **kwargs):
        """What the copy gets: each time exactly the copy, whatever answers set meanwhile."""
        self.browser._cookies = dict(self.copied)
        return self.browser.open(path, **kwargs).status_code

    def opens(self):
        """Every private page that answers, as a page, as JSON, to a script and to a form."""
        json = {"Accept": "application/json"}
        found = {path: self.ask(path) for path in (*PAGES, *STAFF)}
        found |= {f"{path} as JSON": self.ask(path, headers=json) for path in (*PAGES, *STAFF)}
        part = {"HX-Request": "true"}
        found["save"] = self.ask(
            f"{ROUND}/about/draft", method="POST", data={"name": "X"}, headers=part
        )
        found["sent as JSON"] = self.ask("/account/details", method="POST", json={"name": "X"})
        return {path: status for path, status in found.items() if status not in (302, 400, 401)}


@pytest.fixture
def world(make, mira):
    make.round("Summer 2027")
    assert make is not None
    return mira


def sign_out(_world, client, **_):
    client.submit("/logout", page="/account")


def change_password(_world, client, **_):
    client.submit("/account/password", {"password": PASSWORD, "new_password": NEW})


def reset(world, browser, **_):
    elsewhere = browser(None)
    elsewhere.submit("/reset", {"email": world.email})
    assert elsewhere.submit(link_in(letters("account_reset")[-1]), {"password": NEW})


def change_address(_world, client, **_):
    client.submit("/account/email", {"email": "mira.o@example.org", "password": PASSWORD})
    client.submit(link_in(letters("account_new_address")[-1]))


def close(_world, client, **_):
    client.submit("/account/close", {"password": PASSWORD})


def disable(world, make, **_):
    accounts.set_active(make.admin().id, world.id, False, reason="Asked to.", now=NOW)


def sign_out_others(_world, client, **_):
    client.submit("/account/sign-ins/end-others", page="/account")


def take_admin_away(world, make, **_):
    accounts.remove_admin(make.admin().id, world.id, now=NOW)


@pytest.mark.parametrize("act", [sign_out, close, disable, reset, take_admin_away])
def test_a_copy_of_the_cookie_opens_nothing_afterwards(app, browser, client, make, world, act):
    if act is take_admin_away:
        world.is_admin = True
        db.session.commit()
    assert sign_in(client, world.email).status_code == 302
    thief = Thief(app, client)
    assert "/account" in thief.opens(), "the copy was good before"
    act(world, client=client, browser=browser, make=make)
    assert thief.opens() == {}
    assert client.get("/account").status_code == 302


@pytest.mark.parametrize(
    "act", [change_password, change_address, sign_out_others, reset, disable, take_admin_away]
)
def test_every_other_browser_is_signed_out(app, browser, make, world, act):
    world.is_admin = act is take_admin_away
    db.session.commit()
    mine, other = browser(world), browser(world)
    thief = Thief(app, other)
    assert "/account" in thief.opens()
    act(world, client=mine, browser=browser, make=make)
    assert thief.opens() == {}
    stays = act in (change_password, change_address, sign_out_others)
    assert mine.get("/account").status_code == (200 if stays else 302)


def test_a_new_right_ends_what_was_signed_in_without_it(app, browser, make, world):
    invitation = make.keep(
        Invitation(
            email=world.email, email_key=world.email_key, is_admin=True, created_at=NOW,
            expires_at=NOW.replace(year=2027), token_digest=accounts.digest_of("t" * 43),
        )
    )  # fmt: skip
    mine, other = browser(world), browser(world)
    thief = Thief(app, other)
    mine.submit(f"/invitations/{'t' * 43}")
    assert invitation.accepted_at is not None
    assert thief.opens() == {}


def test_a_role_that_is_taken_away_ends_the_sign_ins_that_had_it(app, browser, make, world):
    stream = make.stream(make.round("Winter 2027"), "Circuits")
    member = make.member(stream, StreamRole.LEAD, "Lea Lead")
    admin = make.admin()
    thief = Thief(app, browser(member))
    assert "/review" in thief.opens()
    answer = browser(admin).submit(
        f"/admin/people/{member.id}/roles/{stream.members[0].id}/remove",
        {"reason": "Left."}, page=f"/admin/people/{member.id}",
    )  # fmt: skip
    assert answer.status_code == 302, answer.text
    assert thief.opens() == {}


def test_remember_me_is_not_offered_and_sets_nothing(app, client, world):
    assert "remember" not in client.page("/login").text.lower()
    client.submit("/login", {"email": world.email, "password": PASSWORD, "remember": "y"})
    assert [cookie.key for cookie in client._cookies.values()] == [
        app.config["SESSION_COOKIE_NAME"]
    ]


def test_the_id_of_a_sign_in_is_new_each_time_and_useless_as_it_is_stored(app, client, world):
    tokens = set()
    for _ in range(3):
        sign_in(client, world.email)
        with client.session_transaction() as session:
            tokens.add(session["sign_in"])
        client.submit("/logout", page="/account")
    assert len(tokens) == 3
    with_password(world)
    sign_in(client, world.email)
    with client.session_transaction() as session:
        session["sign_in"] = accounts.digest_of(session["sign_in"])
    assert client.get("/account").status_code == 302


def test_a_planted_sign_in_is_replaced_when_its_victim_signs_in(app, browser, client, make, world):
    """Fixation: the attacker's own cookie, put into the victim's browser, gets nothing of the victim's sign-in."""
    attacker = browser(make.user("Atta Attacker"))
    thief = Thief(app, attacker)
    client._cookies = dict(thief.copied)
    assert client.get("/login").headers["Location"] == "/account/start", "as the attacker"
    client.submit("/logout", page="/account")
    sign_in(client, world.email)
    assert world.email in client.get("/account").text
    thief.browser._cookies = dict(thief.copied)
    assert world.email not in thief.browser.get("/account").text
