"""The first admin comes from the command line, by a link that works once."""

import sqlalchemy as sa
from click.testing import CliRunner

from portal.commands.accounts import create_admin
from portal.commands.server import worker
from portal.extensions import db
from portal.models import AuditEvent, User
from tests.web.account.steps import sign_in


def run(app, command, *arguments):
    return CliRunner().invoke(command, arguments, obj=app)


def test_first_admin_sets_a_password_by_the_printed_link(app, client):
    printed = run(app, create_admin, "Ada@example.org").output
    link = printed.strip().splitlines()[-1].removeprefix("http://localhost")
    client.submit(link, {"password": "seven green lanterns"})
    sign_in(client, "ada@example.org")
    assert client.get("/account/start").headers["Location"] == "/admin"
    assert client.get(link).status_code == 302
    assert "account.made_admin" in db.session.scalars(sa.select(AuditEvent.action)).all()


def test_running_it_again_replaces_the_link(app, client):
    first = run(app, create_admin, "ada@example.org").output.strip().splitlines()[-1]
    user = db.session.scalars(sa.select(User)).one()
    digest = user.reset_digest
    assert digest is not None
    assert first
    run(app, create_admin, "ADA@example.org")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 1


def test_account_that_exists_becomes_an_admin_and_gets_no_link(app, make):
    user = make.user("Ada Admin", email="ada@example.org", password="hash")
    printed = run(app, create_admin, "ada@example.org").output
    assert "/login" in printed
    assert "/reset/" not in printed
    db.session.expire_all()
    assert db.session.get(User, user.id).is_admin


def test_what_is_no_address_is_refused(app, database):
    result = run(app, create_admin, "ada")
    assert result.exit_code == 2
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 0


def test_worker_once_says_what_it_sent(app, database):
    assert run(app, worker, "--once").output == "0 sent, 0 postponed, 0 given up\n"
