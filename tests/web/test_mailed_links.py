"""What a link in a mail does is done by a press: programs that open every link of a mail change nothing."""

import re

import pytest
import sqlalchemy as sa

from portal.adapters.tokens import unsubscribe_token
from portal.domain.mail import Optional
from portal.extensions import db
from portal.models import Base
from tests.web.account.steps import PASSWORD, letters, register, with_password

LINK = re.compile(r"http://localhost(/(?:confirm|reset|account|invitations?|reference)/\S+)")


def everything():
    """All that is stored: every table, row by row."""
    db.session.commit()
    return {
        table.name: sorted(map(repr, db.session.execute(sa.select(table))))
        for table in Base.metadata.sorted_tables
    }


def confirming(client, **_):
    register(client)
    return letters("account_confirm")[-1]


def registering_again(client, make, **_):
    make.user(email="mira@example.org", confirmed_at=None)
    register(client)
    return letters("account_exists")[-1]


def resetting(client, make, **_):
    client.submit("/reset", {"email": with_password(make.user("Mira Okonjo")).email})
    return letters("account_reset")[-1]


def a_new_address(browser, make, **_):
    mira = with_password(make.user("Mira Okonjo"))
    browser(mira).submit("/account/email", {"email": "new@example.org", "password": PASSWORD})
    return letters("account_new_address")[-1]


def inviting(browser, make, **_):
    browser(make.admin()).submit(
        "/admin/people/invitations/new", {"email": "mira@example.org", "role": "admin"}
    )
    return letters("invitation")[-1]


STORIES = [confirming, registering_again, resetting, a_new_address, inviting]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_link_that_a_program_opens_does_nothing(client, browser, make, story):
    letter = story(client=client, browser=browser, make=make)
    (link,) = set(LINK.findall(letter.text))
    scanner = client.application.test_client(use_cookies=False)
    before = everything()
    for _ in range(10):
        assert scanner.get(link).status_code == 200
        assert scanner.head(link).status_code == 200
    assert everything() == before


def test_link_that_ends_a_kind_of_mail_does_nothing_when_it_is_opened(client, make):
    link = f"/unsubscribe/{unsubscribe_token(make.user().id, Optional.REMINDERS)}"
    before = everything()
    for _ in range(10):
        assert client.get(link).status_code == 200
        assert client.head(link).status_code == 200
    assert everything() == before


def test_four_forms_together_send_one_address_five_letters_an_hour(app, client, browser, make):
    mira = with_password(make.user("Mira Okonjo"))
    address = {"email": "other@example.org"}
    here = browser(mira)
    forms = {
        "/register": lambda: register(client, **address),
        "/confirm": lambda: client.submit("/confirm", address),
        "/reset": lambda: client.submit("/reset", address),
        "/account/email": lambda: here.submit("/account/email", {**address, "password": PASSWORD}),
    }
    app.extensions["throttle"].enabled = True
    try:
        first = [send().status_code for send in forms.values()]
        assert forms["/confirm"]().status_code in (200, 302)
        assert 429 not in first
        assert [send().status_code for send in forms.values()] == [429] * 4
    finally:
        app.extensions["throttle"].enabled = False
    assert len([row for row in letters() if row.recipient == "other@example.org"]) <= 5


def test_no_letter_holds_a_link_that_this_page_does_not_know():
    """A new letter with a link of its own joins the stories above, or is told here why it needs none."""
    from portal import paths

    folder = paths.TEMPLATES / "email"
    holding = {
        page.stem
        for page in folder.glob("*.txt")
        if re.search(r"{{ *\w*link|token|/<", page.read_text())
    }
    assert holding == {
        "account_confirm", "account_exists", "account_new_address", "account_reset", "invitation",
        "digest", "draft_reminder",  # the link that ends them
        "reference_request", "reference_reminder",  # tests/web/public/test_references.py
    }  # fmt: skip
