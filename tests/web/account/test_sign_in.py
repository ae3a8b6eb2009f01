"""Signing in and out, where it leads, and how long it lasts."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from portal.domain.permissions import StreamRole
from portal.extensions import db
from portal.models import SignIn
from tests.web.account.steps import sign_in, with_password

PRIVATE = ("/account", "/account/details", "/account/password", "/account/email", "/account/close")


def test_wrong_password_and_unknown_address_read_the_same(client, mira):
    wrong = sign_in(client, "mira@example.org", "not the password").text
    unknown = sign_in(client, "nobody@example.org", "not the password").text

    def masked(text):
        return [
            line
            for line in text.splitlines()
            if "csrf_token" not in line and "@example" not in line
        ]

    assert masked(wrong) == masked(unknown)
    assert "do not belong together" in wrong


def test_disabled_account_cannot_sign_in(client, make):
    with_password(make.user("Gone", email="gone@example.org", active=False))
    assert "do not belong together" in sign_in(client, "gone@example.org").text


def test_signing_in_leads_to_ones_work(client, make, browser):
    admin = make.admin()
    lead = make.member(make.stream(make.round()), StreamRole.LEAD)
    applicant = make.user()
    for user, front in ((admin, "/admin"), (lead, "/review"), (applicant, "/apply")):
        assert browser(user).get("/account/start").headers["Location"] == front
        for path in ("/login", "/register"):
            assert browser(user).get(path).headers["Location"] == "/account/start"


def test_next_leads_on_to_a_page_of_ours(client, mira):
    answer = client.submit(
        "/login",
        {"email": mira.email, "password": "seven green lanterns", "next": "/apply/round-1?x=1"},
    )
    assert answer.headers["Location"] == "/apply/round-1?x=1"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "\t//evil.example", "/\\evil.example", "\\\\evil.example", "///evil.example",
        "https://evil.example/apply", "http:evil.example", "javascript:alert(1)", "%2F%2Fevil.example",
        " //evil.example", "\x19////evil.example", "/\t/evil.example", "https:/evil.example",
        "//localhost@evil.example", "/\r\nLocation: https://evil.example", "", "apply",
    ],
)  # fmt: skip
def test_next_never_leads_elsewhere(client, mira, target):
    answer = client.submit(
        "/login",
        {"email": mira.email, "password": "seven green lanterns", "next": target},
        page="/login",
        query_string={"next": target},
    )
    if answer.status_code == 302:
        assert answer.headers["Location"] in ("/account/start", "/login")
    page = client.get("/login", query_string={"next": target})
    assert "evil" not in page.headers.get("Location", "")


def test_copied_cookie_is_worthless_after_signing_out(app, client, mira):
    sign_in(client, mira.email)
    cookie = client.get_cookie("portal").value
    thief = app.test_client()
    thief.set_cookie("portal", cookie)
    assert thief.get("/account").status_code == 200
    client.submit("/logout", page="/account")
    thief.set_cookie("portal", cookie)
    for path in PRIVATE:
        assert thief.get(path).status_code == 302, path
        assert client.get(path).status_code == 302, path


def test_signing_out_says_so_and_needs_a_token(client, mira):
    sign_in(client, mira.email)
    assert client.post("/logout").status_code == 400
    assert client.get("/account").status_code == 200
    client.submit("/logout", page="/account")
    assert "You are signed out" in client.page("/login").text


def test_cookie_planted_before_signing_in_stays_worthless(app, client, mira):
    client.get("/login")
    planted = client.get_cookie("portal").value
    sign_in(client, mira.email)
    thief = app.test_client()
    thief.set_cookie("portal", planted)
    assert thief.get("/account").status_code == 302


def test_sign_in_slides_for_twelve_hours_and_ends_after_seven_days(make, browser, at):
    used, idle = browser(make.user("Used")), browser(make.user("Idle"))
    for hours in range(0, 7 * 24, 11):
        with at(timedelta(hours=hours)):
            assert used.get("/account").status_code == 200, f"after {hours} hours"
    with at(timedelta(hours=11)):
        assert idle.get("/account").status_code == 200
    with at(timedelta(hours=23, minutes=1)):
        assert idle.get("/account").status_code == 302
    with at(timedelta(days=7)):
        assert used.get("/account").status_code == 302


def test_last_use_is_written_at_most_every_ten_minutes(make, browser, at):
    user = make.user()
    mine = browser(user)

    def seen():
        return db.session.scalar(sa.select(SignIn.seen_at).where(SignIn.user_id == user.id))

    start = seen()
    with at(timedelta(minutes=9)):
        mine.get("/account")
    assert seen() == start
    with at(timedelta(minutes=10)):
        mine.get("/account")
    assert seen() == start + timedelta(minutes=10)


def test_account_lists_browsers_and_ends_one_of_them(make, browser):
    user = make.user("Mira Okonjo")
    here, there = browser(user), browser(user)
    page = here.page("/account")
    assert page.text.count("this browser") == 1
    form = page.find("form", action=lambda a: a and a.endswith("/end"))
    assert here.submit(form["action"], page="/account").status_code == 302
    assert there.get("/account").status_code == 302
    assert here.get("/account").status_code == 200


def test_nobody_ends_the_sign_in_of_somebody_else(make, browser):
    mine, other = make.user(), make.user()
    browser(mine)
    row = db.session.scalars(sa.select(SignIn).where(SignIn.user_id == mine.id)).one()
    assert (
        browser(other)
        .submit(f"/account/sign-ins/{row.id}/end", page="/account/details")
        .status_code
        == 404
    )
    assert db.session.get(SignIn, row.id).ended_at is None


def test_signed_out_everywhere_else(make, browser):
    user = make.user()
    here, there, elsewhere = browser(user), browser(user), browser(user)
    here.submit("/account/sign-ins/end-others", page="/account")
    assert [b.get("/account").status_code for b in (here, there, elsewhere)] == [200, 302, 302]


def test_token_of_the_library_opens_nothing(app, client, mira):
    with app.test_request_context():
        token = mira.get_auth_token()
    for headers in ({"Authentication-Token": token}, {"Authorization": f"Bearer {token}"}):
        assert client.get("/account", headers=headers).status_code == 302
    assert client.get(f"/account?auth_token={token}").status_code == 302


def test_form_sent_after_the_sign_in_ended_loses_no_letter(make, browser, at):
    user = with_password(make.user("Mira Okonjo"))
    mine = browser(user)
    mine.get("/account/details")
    name = "Mira é " + "x" * 190
    token = mine.page("/account/details").find("input", attrs={"name": "csrf_token"})["value"]
    form = {"name": name, "time_zone": "Asia/Kolkata", "csrf_token": token}
    with at(timedelta(hours=13)):
        answer = mine.post("/account/details", data=form)
        assert answer.status_code == 401
        page = BeautifulSoup(answer.text, "html5lib").main
        kept = {field["name"]: field.text for field in page.form.find_all("textarea")}
        assert kept == {"name": name, "time_zone": "Asia/Kolkata"}
        sign_in(mine, user.email)
        again = page.form.find("input", attrs={"name": "csrf_token"})["value"]
        sent = mine.post(page.form["action"], data={**kept, "csrf_token": again})
        assert sent.status_code == 302
    assert db.session.get(type(user), user.id).time_zone == "Asia/Kolkata"


def test_form_of_a_stranger_is_not_carried_out(client, make):
    user = make.user("Mira Okonjo")
    assert client.submit("/account/details", {"name": "Other"}, page="/login").status_code == 401
    assert db.session.get(type(user), user.id).name == "Mira Okonjo"
