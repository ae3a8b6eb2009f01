"""Second factors in front of a browser: a passkey with a device that the browser pretends to have, and an
authenticator app without JavaScript."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask_security import hash_password

from portal import clock
from portal.adapters import authenticators
from portal.config import Mode
from portal.extensions import db
from tests.browser.conftest import Cast
from tests.browser.person import Person
from tests.browser.site import Site, Time
from tests.browser.stage import NOW, PASSWORD
from tests.support.builders import Builder
from tests.support.factors import code_of

SERVED_AS = {"host": "localhost", "mode": Mode.TEST}  # a demonstration asks for no second factor
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def admin_id(site: Site) -> int:
    with site.database():
        user = Builder(NOW).admin("Ada Admin")
        user.password = hash_password(PASSWORD)
        db.session.commit()
        return user.id


def with_device(person: Person) -> None:
    """Give this browser a device that keeps passkeys and finds its owner's finger right."""
    session = person.context.new_cdp_session(person.page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def signs_out(person: Person) -> None:
    person.presses("Sign out")


def test_a_passkey_is_added_and_signs_in(
    site: Site, somebody: Cast, time: Time, admin_id: int
) -> None:
    ada = somebody("Ada Admin", Person)
    with_device(ada)

    ada.signs_in(PASSWORD)
    assert ada.heading() == "Set up a second factor"
    ada.follows("Use a passkey", within="main").presses("Add the passkey", status=422)
    ada.reads("Give the passkey a name.", "Enter your current password.")
    ada.fills("Name", "Laptop").fills("Current password", PASSWORD).presses("Add the passkey")
    assert ada.heading() == "Keep your recovery codes"
    ada.follows("I have kept them", within="main")
    assert ada.path == "/admin"

    signs_out(ada)
    time.passes(A_MINUTE)
    ada.goes_to("/login").presses("Sign in with a passkey")
    assert ada.path == "/admin"

    signs_out(ada)
    time.passes(A_MINUTE)
    ada.signs_in(PASSWORD)
    assert ada.heading() == "Show your second factor"
    ada.presses("Use a passkey", within="main")
    assert ada.path == "/admin"

    ada.goes_to("/account").follows("Rename the passkey Laptop")
    ada.fills("Name", "Old laptop").presses("Save", within="main")
    ada.reads("Passkey: Old laptop").presses("Remove the passkey Old laptop")
    ada.reads("The passkey is removed.", "Not set up.")


def test_a_device_without_a_passkey_says_so(
    site: Site, somebody: Cast, time: Time, admin_id: int
) -> None:
    ada = somebody("Ada Admin", Person)
    with_device(ada)
    ada.goes_to("/login")

    ada.page.get_by_role("button", name="Sign in with a passkey").click()

    ada.reads("Nothing was confirmed")
    assert ada.path == "/login"


def test_an_authenticator_app_works_without_javascript(
    site: Site, somebody: Cast, time: Time, admin_id: int
) -> None:
    ada = somebody("Ada Admin", Person, javascript=False)

    ada.signs_in(PASSWORD)
    ada.follows("Use an authenticator app", within="main")
    ticket = ada.page.locator("input[name=setup_ticket]").input_value()
    secret = authenticators.secret_in(ticket, admin_id, clock.now())
    assert secret is not None
    assert ada.page.locator("main img").evaluate("(image) => image.naturalWidth") > 0
    ada.fills("Current password", PASSWORD).fills("Code", "000000")
    ada.presses("Set it up", status=422).reads("This code does not work.")
    ada.fills("Current password", PASSWORD).fills("Code", code_of(secret, clock.now()))
    ada.presses("Set it up")
    code = ada.page.locator("main ol code").first.inner_text()
    ada.follows("I have kept them", within="main")
    assert ada.path == "/admin"

    signs_out(ada)
    time.passes(A_MINUTE)
    ada.signs_in(PASSWORD)
    assert urlsplit(ada.page.url).query == "next=/admin"
    ada.fills("Code", code_of(secret, clock.now())).presses("Go on")
    assert ada.path == "/admin"

    signs_out(ada)
    time.passes(A_MINUTE)
    ada.signs_in(PASSWORD)
    ada.follows("Use a recovery code").fills("Recovery code", code).presses("Go on")
    ada.reads("The recovery code worked", "9 left.")
    ada.presses("Make new ones")
    assert ada.heading() == "Keep your recovery codes"
    ada.goes_to("/account").presses("Take off").reads("The authenticator app is taken off.")
    ada.goes_to("/admin")
    assert ada.heading() == "Set up a second factor"


def test_two_admins_take_a_lost_one_off(
    site: Site, somebody: Cast, time: Time, admin_id: int
) -> None:
    """Its pages, looked at; what they do is tested in tests/web/admin/test_factor_resets.py."""
    with site.database():
        lost = Builder(NOW).user("Lea Lost")
        Builder(NOW).passkey(lost)
        path = f"/admin/people/{lost.id}/second-factor"
    ada = somebody("Ada Admin", Person)
    with_device(ada)
    ada.signs_in(PASSWORD)
    ada.follows("Use a passkey", within="main")
    ada.fills("Name", "Laptop").fills("Current password", PASSWORD).presses("Add the passkey")

    ada.goes_to("/admin/people/second-factor").reads("No request waits")
    ada.goes_to(path).presses("Ask another admin", status=422)
    ada.fills("Why", "She called me.").presses("Ask another admin")
    ada.reads("She called me.", "You made this request yourself")
    ada.goes_to("/admin/people/second-factor").reads("Lea Lost", "She called me.")
    ada.presses("Decline").reads("The request is declined.")
