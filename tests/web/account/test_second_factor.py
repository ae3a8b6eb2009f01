"""A second factor before privileged pages: asked for, set up, shown once, lost, and changed."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from portal.adapters import authenticators
from portal.config import Mode
from portal.domain.permissions import StreamRole
from portal.extensions import db
from portal.models import AuditEvent, Authenticator, RecoveryCode, SignIn
from portal.web.account.security import SESSION_TOKEN
from tests.conftest import NOW
from tests.support.factors import code_of, give_app, wrong
from tests.support.files import give_files, keep_file
from tests.web.account.steps import PASSWORD, letters, sign_in, with_password

GATE = "/account/second-factor"


@pytest.fixture
def ada(make):
    return with_password(make.admin())


def gated(response) -> bool:
    return response.status_code == 302 and response.headers["Location"].split("?")[0] == GATE


def set_up(browser, back="", **changed):
    """Set an authenticator app up as the page asks; its answer and the app's secret."""
    page = browser.page(f"{GATE}/app?next={back}")
    ticket = page.find("input", attrs={"name": "setup_ticket"})["value"]
    user_id = db.session.scalars(sa.select(SignIn.user_id).order_by(SignIn.id.desc())).first()
    secret = authenticators.secret_in(ticket, user_id, NOW)
    filled = {
        "code": code_of(secret, NOW), "password": PASSWORD, "setup_ticket": ticket, "next": back
    }  # fmt: skip
    return browser.submit(f"{GATE}/app", {**filled, **changed}), secret


def shown_codes(answer):
    """The recovery codes on the page that shows them once."""
    assert answer.status_code == 200
    return [found.text for found in BeautifulSoup(answer.text, "html5lib").select("ol code")]


# -- asked for -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", StreamRole)
def test_members_of_streams_are_asked_before_the_reading_desk(make, browser, role):
    reader = make.member(make.stream(make.round()), role)
    before, after = browser(reader, second_factor=False), browser(reader)

    for path in ("/review", "/review/ranking", "/review/profile"):
        assert gated(before.get(path)), path
        assert after.get(path).status_code == 200, path


def test_one_is_led_back_to_where_one_was_going(browser, ada):
    answer = browser(ada, second_factor=False).get("/admin/applications?page=2")

    assert answer.headers["Location"] == f"{GATE}?next=/admin/applications?page%3D2"


@pytest.mark.parametrize(
    "next_", ["https://elsewhere.example", "//elsewhere.example", "/\\x", "javascript:x"]
)
def test_one_is_led_nowhere_else(browser, ada, next_):
    secret = give_app(ada, NOW)
    someone = browser(ada, second_factor=False)

    answer = someone.submit(
        GATE, {"code": code_of(secret, NOW), "next": next_}, query_string={"next": next_}
    )

    assert answer.headers["Location"] == "/account/start"


def test_tables_and_files_are_asked_for_too(make, browser, ada):
    application = make.submitted()
    cv = keep_file(application.user, application.round, "cv.pdf", "CV", NOW)
    give_files(application.current_submission, cv=cv)
    reader = make.member(application.stream_applications[0].stream, StreamRole.READER)
    db.session.commit()

    for user in (ada, reader):
        assert gated(browser(user, second_factor=False).get(f"/files/{cv.ref}"))
        with browser(user).get(f"/files/{cv.ref}") as opened:
            assert opened.status_code == 200
    assert gated(browser(ada, second_factor=False).get("/admin/applications/table.csv"))
    assert browser(make.user(), second_factor=False).get(f"/files/{cv.ref}").status_code == 404


def test_what_a_form_brought_stays_on_the_page(make, browser, ada):
    before = browser(ada, second_factor=False)

    answer = before.submit(
        "/admin/announcements",
        {"title": "Talks", "body": "A long text.\nOf two lines."},
        page="/account",
    )

    assert answer.status_code == 401
    assert "Show your second factor" in answer.text
    assert "A long text.\nOf two lines." in answer.text.replace("\r", "")


def test_own_pages_stay_open(make, browser):
    round_ = make.round()
    reader = make.member(make.stream(round_))
    before = browser(reader, second_factor=False)

    assert "Review" in before.page("/account").select_one("header").text
    for path in ("/apply", "/account/details", "/account/password"):
        assert before.get(path).status_code == 200, path


def test_applicants_are_never_asked(make, browser):
    someone = browser(make.user(), second_factor=False)

    assert someone.get("/admin").status_code == 403
    assert someone.get("/review").status_code == 403
    assert someone.get("/apply").status_code == 200


def test_after_the_round_is_archived_nothing_is_asked(make, browser):
    stream = make.stream(make.round(archived_at=NOW - timedelta(days=1)))

    assert browser(make.member(stream), second_factor=False).get("/review").status_code == 403


def test_a_demonstration_asks_nobody(app, browser, ada, monkeypatch):
    before = app.extensions["settings"]
    for mode, asks in ((Mode.DEMO, False), (Mode.TEST, True), (Mode.PRODUCTION, True)):
        monkeypatch.setitem(app.extensions, "settings", replace(before, mode=mode))
        assert gated(browser(ada, second_factor=False).get("/admin/people")) == asks, mode


# -- the authenticator app -----------------------------------------------------------------------


def test_from_signing_in_to_the_desk(client, ada):
    """The whole way, by the forms: password, setting up, recovery codes, and on."""
    assert sign_in(client, ada.email).headers["Location"] == "/account/start"
    assert client.get("/account/start").headers["Location"] == "/admin"
    assert gated(client.get("/admin"))
    assert "Use an authenticator app" in client.page(f"{GATE}?next=/admin").text

    answer, secret = set_up(client, "/admin")

    assert answer.status_code == 200
    codes = shown_codes(answer)
    assert len(codes) == 10 == len(set(codes))
    assert client.get("/admin").status_code == 200
    assert db.session.get(Authenticator, ada.id).secret == secret
    assert "An authenticator app was set up." in letters("second_factor_changed")[0].text


def test_setting_up_needs_the_password_and_a_right_code(browser, ada):
    before = browser(ada, second_factor=False)

    refused, secret = set_up(before, password="not the password")
    assert refused.status_code == 422
    refused, _ = set_up(before, code=wrong(code_of(secret, NOW)))
    assert refused.status_code == 422
    assert db.session.get(Authenticator, ada.id) is None
    assert gated(before.get("/admin"))


def test_the_secret_is_of_no_use_to_whoever_reads_the_database(browser, ada):
    answer, secret = set_up(browser(ada, second_factor=False))
    key = authenticators.picture(secret, ada.email).key.replace("-", "")

    assert answer.status_code == 200
    assert key not in db.session.get(Authenticator, ada.id).secret
    digests = db.session.scalars(sa.select(RecoveryCode.digest)).all()
    assert len(digests) == 10
    assert not any(code.replace("-", "") in answer.text for code in digests)


def test_somebody_elses_picture_sets_nothing_up(make, browser, ada):
    other = with_password(make.admin("Bea Boss"))
    secret = authenticators.new_secret()
    ticket = authenticators.ticket_for(secret, other.id, NOW)

    answer, _ = set_up(
        browser(ada, second_factor=False), setup_ticket=ticket, code=code_of(secret, NOW)
    )

    assert answer.status_code == 302
    assert db.session.get(Authenticator, ada.id) is None


def test_a_code_works_once(browser, ada):
    code = code_of(give_app(ada, NOW), NOW)
    one, two = browser(ada, second_factor=False), browser(ada, second_factor=False)

    assert one.submit(GATE, {"code": code}).status_code == 302
    refused = two.submit(GATE, {"code": code})

    assert refused.status_code == 422
    assert gated(two.get("/admin"))
    assert one.get("/admin").status_code == 200


def test_wrong_used_and_old_codes_are_answered_alike(browser, ada, at):
    secret = give_app(ada, NOW)
    used = code_of(secret, NOW)
    browser(ada, second_factor=False).submit(GATE, {"code": used})
    old = code_of(secret, NOW - timedelta(minutes=5))

    answers = []
    for code in (used, old, wrong(used)):
        answer = browser(ada, second_factor=False).submit(GATE, {"code": code})
        answers.append((answer.status_code, "This code does not work." in answer.text))
    assert answers == [(422, True)] * 3


def test_the_next_code_works(browser, ada, at):
    secret = give_app(ada, NOW)
    browser(ada, second_factor=False).submit(GATE, {"code": code_of(secret, NOW)})

    with at(timedelta(seconds=60)):
        later = browser(ada, second_factor=False)
        code = code_of(secret, NOW + timedelta(seconds=60))
        assert later.submit(GATE, {"code": f"{code[:3]} {code[3:]}"}).status_code == 302


def test_a_cookie_copied_before_is_worth_nothing_afterwards(app, browser, ada):
    """The fact stands on the row, and the row's token changes."""
    code = code_of(give_app(ada, NOW), NOW)
    someone = browser(ada, second_factor=False)
    with someone.session_transaction() as session:
        before = dict(session)
    someone.submit(GATE, {"code": code})
    with someone.session_transaction() as session:
        after = dict(session)
    thief = app.test_client()
    with thief.session_transaction() as session:
        session.update(before)

    assert before[SESSION_TOKEN] != after[SESSION_TOKEN]
    assert someone.get("/admin").status_code == 200
    for path in ("/admin", "/account"):
        assert thief.get(path).headers["Location"].startswith("/login"), path


def test_the_next_sign_in_asks_again(client, ada):
    give_app(ada, NOW)
    sign_in(client, ada.email)

    assert gated(client.get("/admin"))


# -- recovery codes ------------------------------------------------------------------------------


def recovery_codes(someone):
    """Made anew by the button, as the page shows them."""
    return shown_codes(someone.submit(f"{GATE}/codes", page="/account"))


def test_a_recovery_code_lets_in_once_and_says_so(browser, ada):
    give_app(ada, NOW)
    first, *_ = recovery_codes(browser(ada))
    one, two = browser(ada, second_factor=False), browser(ada, second_factor=False)

    assert (
        one.submit(f"{GATE}/recovery", {"code": first.lower().replace("-", " ")}).status_code == 302
    )
    assert one.get("/admin").status_code == 200
    assert "9 of them are left" in letters("second_factor_changed")[-1].text
    assert gated(browser(ada, second_factor=False).get("/admin"))
    assert two.get("/account").headers["Location"].startswith("/login")  # its sign-in was ended
    again = browser(ada, second_factor=False).submit(f"{GATE}/recovery", {"code": first})
    assert again.status_code == 422


@pytest.mark.parametrize(
    "typed", ["12345", "12345x", "\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "%", "x" * 5000]
)
def test_what_is_no_code_is_refused_at_its_field(browser, ada, typed):
    give_app(ada, NOW)
    someone = browser(ada, second_factor=False)

    asked = someone.submit(GATE, {"code": typed})
    assert asked.status_code == 422
    assert "Enter six digits." in asked.text
    recovering = someone.submit(f"{GATE}/recovery", {"code": typed})
    assert recovering.status_code == 422
    assert "seven groups of four letters and digits" in recovering.text


def test_codes_of_one_account_open_no_other(make, browser, ada):
    give_app(ada, NOW)
    bea = make.admin("Bea Boss")
    give_app(bea, NOW)
    code = recovery_codes(browser(ada))[0]

    answer = browser(bea, second_factor=False).submit(f"{GATE}/recovery", {"code": code})

    assert answer.status_code == 422


# -- changing ------------------------------------------------------------------------------------


def test_changes_need_the_factor_shown_a_moment_ago(browser, ada, at):
    give_app(ada, NOW)
    never, long_ago = browser(ada, second_factor=False), browser(ada)

    for path in (f"{GATE}/app", "/account/passkeys/new"):
        assert gated(never.get(path)), path
    with at(timedelta(minutes=16)):
        for someone in (never, long_ago):
            for path in (f"{GATE}/app/remove", f"{GATE}/codes"):
                assert gated(someone.submit(path, page="/account")), path
    assert db.session.get(Authenticator, ada.id) is not None


def test_taking_it_off_ends_other_sign_ins_warns_and_is_written_down(browser, ada):
    give_app(ada, NOW)
    here, elsewhere = browser(ada), browser(ada)
    recovery_codes(here)
    elsewhere = browser(ada)

    assert here.submit(f"{GATE}/app/remove", page="/account").status_code == 302

    assert db.session.get(Authenticator, ada.id) is None
    assert db.session.scalars(sa.select(RecoveryCode)).all() == []
    assert elsewhere.get("/account").headers["Location"].startswith("/login")
    assert here.get("/account").status_code == 200
    assert gated(here.get("/admin"))
    assert "taken off" in letters("second_factor_changed")[-1].text
    actions = db.session.scalars(sa.select(AuditEvent.action)).all()
    assert "account.authenticator_removed" in actions


def test_a_second_press_of_setting_up_shows_codes_again(browser, ada):
    someone = browser(ada, second_factor=False)
    answer, secret = set_up(someone)
    again = {
        "code": code_of(secret, NOW),
        "setup_ticket": authenticators.ticket_for(secret, ada.id, NOW),
    }

    second = someone.submit(f"{GATE}/app", again)

    assert answer.status_code == second.status_code == 200
    assert len(db.session.scalars(sa.select(RecoveryCode)).all()) == 10


@pytest.mark.parametrize("path", ["/account/password", "/account/email", "/account/close"])
def test_by_password_alone_nobody_shuts_the_owner_out(make, browser, ada, path):
    assert browser(ada, second_factor=False).get(path).status_code == 200  # there is no factor yet
    give_app(ada, NOW)

    before = browser(ada, second_factor=False)
    assert gated(before.get(path))
    assert gated(before.submit(path, {"password": PASSWORD}, page="/account"))
    assert browser(ada).get(path).status_code == 200


# -- limits --------------------------------------------------------------------------------------


@pytest.fixture
def limited(app):
    found = app.extensions["throttle"]
    found.enabled = True
    yield
    found.enabled = False


def test_wrong_codes_are_limited_and_the_other_ways_stay_open(browser, ada, limited):
    secret = give_app(ada, NOW)
    recovery = recovery_codes(browser(ada))[0]
    code = code_of(secret, NOW)
    someone = browser(ada, second_factor=False)

    answers = [someone.submit(GATE, {"code": wrong(code)}).status_code for _ in range(11)]

    assert answers == [422] * 10 + [429]
    assert someone.submit(GATE, {"code": code}, page="/account").status_code == 429
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert someone.submit(f"{GATE}/recovery", {"code": recovery}).status_code == 302
    later = browser(ada, second_factor=False)
    assert later.submit(GATE, {"code": code}, environ_overrides=elsewhere).status_code == 302
