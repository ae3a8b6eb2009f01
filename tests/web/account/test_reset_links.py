"""What a link to a new password is worth, how long, and to whom."""

from datetime import timedelta

import sqlalchemy as sa
import time_machine

from portal.extensions import db
from portal.models import OutboxMessage, User
from tests.web.account.steps import PASSWORD, letters, link_in

NEW = "four brown umbrellas"


def ask(client, email="mira@example.org"):
    client.submit("/reset", {"email": email})
    return link_in(letters("account_reset")[-1])


def test_an_hour_is_all_a_link_has(client, mira, at):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False):
        link = ask(client)
    with time_machine.travel("2026-11-21T12:59:00Z", tick=False), at(timedelta(minutes=59)):
        assert client.get(link).status_code == 200
    with time_machine.travel("2026-11-21T13:00:01Z", tick=False), at(timedelta(minutes=61)):
        assert client.get(link).headers["Location"] == "/reset"
        assert client.submit(link, {"password": NEW}, page="/login").status_code == 302
    stored = db.session.get(User, mira.id).password
    assert stored == mira.password


def test_a_new_address_voids_the_links_of_the_old_one(client, browser, mira):
    link = ask(client)
    mine = browser(mira)
    mine.submit("/account/email", {"email": "mira.o@example.org", "password": PASSWORD})
    mine.submit(link_in(letters("account_new_address")[-1]))
    assert db.session.get(User, mira.id).email == "mira.o@example.org"
    assert client.get(link).headers["Location"] == "/reset"


def test_only_a_digest_of_the_link_is_stored(client, mira):
    token = ask(client).rsplit("/", 1)[1]
    assert len(token) >= 43, "256 bits of it are a signature"
    user = db.session.get(User, mira.id)
    assert token not in str({c.name: getattr(user, c.name) for c in User.__table__.columns})


def test_a_link_of_one_account_sets_no_password_of_another(client, make, mira):
    other = make.user("Other", email="other@example.org")
    mine, theirs = ask(client), ask(client, other.email)
    mixed = mine[: len(mine) // 2] + theirs[len(theirs) // 2 :]
    for link in (mixed, mine[:-1] + ("A" if mine[-1] != "A" else "B"), mine + "x", "/reset/x"):
        assert client.get(link).headers["Location"] == "/reset", link


def test_forged_hosts_reach_no_letter(client, mira):
    """The link stands at the configured address, and a request for another host makes no letter at all."""
    page = client.get("/reset")
    assert page.status_code == 200
    forged = {
        "X-Forwarded-Host": "evil.example",
        "X-Host": "evil.example",
        "Forwarded": "host=evil.example",
    }
    client.submit("/reset", {"email": mira.email}, headers=forged)
    refused = client.post("/reset", base_url="http://evil.example", data={"email": mira.email})
    assert refused.status_code == 400
    texts = db.session.scalars(sa.select(OutboxMessage.text)).all()
    assert len(texts) == 1
    assert "evil" not in texts[0]
    assert f"http://localhost{link_in(letters('account_reset')[0])}" in texts[0]
