"""One's own account: details, and closing it."""

import sqlalchemy as sa

from portal.domain.applications import ApplicationState
from portal.extensions import db
from portal.models import Application, AuditEvent, User
from tests.conftest import NOW
from tests.web.account.steps import letters, register, sign_in, with_password


def actions():
    return list(db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))


def test_details_change_name_and_zone(browser, mira):
    here = browser(mira)
    here.submit(
        "/account/details", {"name": "  Mira \0\u202e  O. ", "time_zone": "Pacific/Auckland"}
    )
    assert "Pacific/Auckland" in here.page("/account").text
    user = db.session.get(User, mira.id)
    assert (user.name, user.time_zone) == ("Mira O.", "Pacific/Auckland")
    event = db.session.scalars(sa.select(AuditEvent)).one()
    assert "Mira" not in str(event.before) + str(event.after)


def test_details_take_no_field_that_is_not_shown(browser, mira):
    browser(mira).submit(
        "/account/details",
        {
            "name": "Mira",
            "time_zone": "UTC",
            "is_admin": "y",
            "email": "x@example.org",
            "active": "",
        },
    )
    user = db.session.get(User, mira.id)
    assert (user.is_admin, user.email, user.active) == (False, "mira@example.org", True)


def test_saving_the_same_details_writes_nothing(browser, mira):
    browser(mira).submit("/account/details", {"name": "Mira Okonjo", "time_zone": "UTC"})
    assert actions() == []


def application(make, user, **round_values):
    return make.keep(
        Application(
            round_id=make.round(**round_values).id,
            user_id=user.id,
            state=ApplicationState.SUBMITTED,
            created_at=NOW,
            saved_at=NOW,
            submitted_at=NOW,
        )
    )


def test_closing_signs_out_withdraws_and_says_so(client, browser, make, mira):
    undecided, decided = application(make, mira), application(make, mira, released_at=NOW)
    here, there = browser(mira), browser(mira)
    name = undecided.round.name
    assert name in here.page("/account/close").text
    here.submit("/account/close", {"password": "seven green lanterns"})

    assert "Your account is closed" in here.page("/login").text
    assert there.get("/account").status_code == 302
    assert sign_in(client, mira.email).status_code == 200
    assert db.session.get(Application, undecided.id).state is ApplicationState.WITHDRAWN
    assert db.session.get(Application, decided.id).state is ApplicationState.SUBMITTED
    assert actions() == ["application.withdrawn", "account.closed", "account.sign_in_failed"]
    assert [letter.kind for letter in letters()] == ["account_closed"]


def test_closing_needs_the_password(browser, mira):
    page = browser(mira).submit("/account/close", {"password": "a wrong guess"})
    assert page.status_code == 422
    assert db.session.get(User, mira.id).active


def test_closed_address_cannot_be_registered_again_but_is_told(client, browser, mira):
    browser(mira).submit("/account/close", {"password": "seven green lanterns"})
    register(client)
    assert "account is closed" in letters("account_exists")[0].text


def test_last_admin_cannot_close_the_account(browser, make):
    admin = with_password(make.admin())
    page = browser(admin).submit("/account/close", {"password": "seven green lanterns"})
    assert page.status_code == 409
    assert "last admin" in page.text
    assert db.session.get(User, admin.id).active
