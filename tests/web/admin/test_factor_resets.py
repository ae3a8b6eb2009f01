"""A lost second factor: one admin asks, another agrees; with one admin, the command line."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.exc import IntegrityError

from portal.commands.accounts import reset_second_factor
from portal.domain.permissions import Viewer
from portal.extensions import db
from portal.models import (
    AuditEvent,
    Authenticator,
    FactorReset,
    OutboxMessage,
    Passkey,
    RecoveryCode,
)
from portal.services import factor_resets
from tests.conftest import NOW
from tests.support.factors import give_app

REQUESTS = "/admin/people/second-factor"


@pytest.fixture
def lost(make):
    """A lead who has lost phone and key."""
    found = make.member(make.stream(make.round()), name="Lea Lost")
    give_app(found, NOW)
    make.passkey(found)
    make.keep(RecoveryCode(user_id=found.id, digest="0" * 64))
    return found


@pytest.fixture
def admins(make, browser):
    return browser(make.admin("Ada Asks")), browser(make.admin("Bo Agrees"))


def asked(someone, user):
    answer = someone.submit(
        f"/admin/people/{user.id}/second-factor", {"reason": "Called me; I know the voice."}
    )
    assert answer.status_code == 302
    return db.session.scalars(sa.select(FactorReset)).one()


def letters_to(user):
    return [
        row.kind
        for row in db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))
        if row.recipient == user.email
    ]


def factors_left():
    return sum(
        len(db.session.scalars(sa.select(kind)).all())
        for kind in (Authenticator, Passkey, RecoveryCode)
    )


def test_two_admins_take_it_off(browser, admins, lost):
    ada, bo = admins
    signed_in = browser(lost)
    request = asked(ada, lost)
    assert factors_left() == 3
    assert signed_in.get("/review").status_code == 200

    answer = bo.submit(f"{REQUESTS}/{request.id}/approve", page=REQUESTS)

    assert answer.status_code == 302
    assert factors_left() == 0
    assert signed_in.get("/account").headers["Location"].startswith("/login")
    assert letters_to(lost) == ["second_factor_reset_asked", "second_factor_reset"]
    events = db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id)).all()
    told = {event.action: event.actor_id for event in events if "reset" in event.action}
    assert set(told) == {"account.second_factor_reset_asked", "account.second_factor_reset"}
    assert len(set(told.values())) == 2


def test_the_other_admins_are_asked_by_letter(make, admins, lost):
    asked(admins[0], lost)

    found = db.session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == "second_factor_consent")
    ).all()
    assert [row.recipient for row in found] == ["bo.agrees@example.org"]
    assert "Called me; I know the voice." in found[0].text


def test_nobody_approves_their_own_request(admins, lost):
    ada, _ = admins
    request = asked(ada, lost)

    assert not ada.page(REQUESTS).select(f"form[action$='/{request.id}/approve']")
    refused = ada.submit(f"{REQUESTS}/{request.id}/approve", page=REQUESTS)

    assert refused.status_code == 409
    assert "You made this request yourself" in refused.text
    assert factors_left() == 3


def test_nobody_agrees_to_their_own_reset(make, browser, admins):
    ada, _ = admins
    cy = make.admin("Cy Concerned")
    give_app(cy, NOW)
    request = asked(ada, cy)

    assert browser(cy).submit(f"{REQUESTS}/{request.id}/approve", page=REQUESTS).status_code == 409
    assert db.session.get(Authenticator, cy.id) is not None


def test_nobody_asks_about_themselves(make, browser):
    ada = make.admin()
    give_app(ada, NOW)

    refused = browser(ada).submit(
        f"/admin/people/{ada.id}/second-factor", {"reason": "Lost."}, page="/account"
    )

    assert refused.status_code == 409


def test_the_table_refuses_what_a_rule_forgot(make, admins, lost):
    request = asked(admins[0], lost)
    for approver in (request.asked_by_id, lost.id):
        change = sa.update(FactorReset).values(
            approved=True, decided_by_id=approver, decided_at=NOW
        )
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.execute(change)
        db.session.rollback()


def test_it_is_decided_once(admins, lost):
    ada, bo = admins
    request = asked(ada, lost)

    assert ada.submit(f"{REQUESTS}/{request.id}/decline", page=REQUESTS).status_code == 302
    late = bo.submit(
        f"{REQUESTS}/{request.id}/approve", page=f"/admin/people/{lost.id}/second-factor"
    )

    assert late.status_code == 409
    assert factors_left() == 3
    assert letters_to(lost) == ["second_factor_reset_asked"]


def test_an_old_request_is_not_approved(make, browser, admins, lost, at):
    request = asked(admins[0], lost)

    with at(timedelta(days=7)):
        late = browser(make.admin("Cy Comes Late"))
        refused = late.submit(f"{REQUESTS}/{request.id}/approve", page=REQUESTS)
    assert refused.status_code == 409
    assert "too old" in refused.text
    assert factors_left() == 3


def test_a_second_request_while_one_waits_is_refused(admins, lost):
    ada, bo = admins
    asked(ada, lost)

    again = bo.submit(f"/admin/people/{lost.id}/second-factor", {"reason": "Lost."}, page=REQUESTS)

    assert again.status_code == 409
    assert len(db.session.scalars(sa.select(FactorReset)).all()) == 1


def test_where_there_is_nothing_to_take_off_nothing_is_asked(make, admins):
    nobody = make.user()

    refused = admins[0].submit(
        f"/admin/people/{nobody.id}/second-factor", {"reason": "?"}, page=REQUESTS
    )

    assert refused.status_code == 409


def test_a_reason_is_needed(admins, lost):
    answer = admins[0].submit(f"/admin/people/{lost.id}/second-factor", {"reason": " "})

    assert answer.status_code == 422
    assert "Say what happened" in answer.text


def test_services_ask_who_it_is(make, lost):
    someone = Viewer(make.user().id)

    assert not factor_resets.ask(someone, lost.id, "Lost.", NOW)
    assert not factor_resets.decide(someone, 1, approves=True, now=NOW)


def test_with_one_admin_the_command_line_takes_it_off(app, browser, lost):
    signed_in = browser(lost)

    ran = CliRunner().invoke(reset_second_factor, [lost.email.upper()], obj=app)

    assert ran.exit_code == 0, ran.output
    assert factors_left() == 0
    assert signed_in.get("/account").headers["Location"].startswith("/login")
    assert letters_to(lost) == ["second_factor_reset"]
    assert CliRunner().invoke(reset_second_factor, ["no@example.org"], obj=app).exit_code == 1
