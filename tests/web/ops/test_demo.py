"""The mail of a demonstration: readable there, and nowhere else."""

from dataclasses import replace

import flask_migrate
import pytest

from portal import clock
from portal.app import create_app
from portal.config import Mode
from portal.demo.accounts import DEMO_PASSWORD, demo_accounts
from portal.extensions import db
from portal.models import User
from tests.conftest import NOW
from tests.support.house import HouseClient


@pytest.fixture(scope="module")
def demo(settings, tmp_path_factory):
    """A portal in demo mode with a database of its own, in which one demo account exists."""
    folder = tmp_path_factory.mktemp("demo")
    app = create_app(
        replace(
            settings, mode=Mode.DEMO, data_dir=folder, database_url=f"sqlite:///{folder}/demo.db"
        )
    )
    app.test_client_class = HouseClient
    account = demo_accounts()[0]
    with app.app_context(), clock.set_to(NOW):
        flask_migrate.upgrade()
        db.session.add(
            User(
                email=account.email, email_key=account.email, name=account.name,
                fs_uniquifier="demo", created_at=NOW,
            )
        )  # fmt: skip
        db.session.commit()
        yield app
        db.engine.dispose()


def test_letter_can_be_read_and_its_link_followed(demo):
    client = demo.test_client()
    assert "No e-mail yet" in client.page("/demo/mail").text
    client.submit(
        "/register",
        {
            "name": "Mira <b>Okonjo</b>", "email": "mira@example.org", "of_age": "y", "consent": "y",
            "password": "seven green lanterns", "time_zone": "UTC",
        },
    )  # fmt: skip
    first = client.page("/demo/mail").select_one(".entry-title a")
    letter = client.page(first["href"])
    assert "Dear Mira <b>Okonjo</b>" in letter.text  # as words, not as markup
    link = letter.find("a", string=lambda words: words and "/confirm/" in words)
    assert client.page(link["href"]).h1.text == "Confirm your address"
    client.page("/demo/mail/999", status=404)


def test_sign_in_page_names_the_accounts_that_exist(demo):
    page = demo.test_client().page("/login").text
    here, missing = demo_accounts()[0], demo_accounts()[1]
    assert here.email in page
    assert missing.email not in page
    assert DEMO_PASSWORD in page


def test_other_modes_have_no_such_pages_and_name_nobody(client):
    client.page("/demo/mail", status=404)
    client.page("/demo/mail/1", status=404)
    assert DEMO_PASSWORD not in client.page("/login").text
