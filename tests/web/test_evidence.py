"""Reads that matter and refusals at the door are in the audit log: every one of them, bounded, one event a line."""

import csv
import io
import logging
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from werkzeug.exceptions import TooManyRequests

from portal.adapters.requests import request_id, set_request_id
from portal.commands.evidence import audit_verify
from portal.domain.lines import one_line
from portal.domain.permissions import Policy
from portal.domain.throttle import Limit
from portal.extensions import db
from portal.models import AuditEvent, StreamApplication, Tally, User
from portal.services import audit, refusals
from portal.services.refusals import WINDOW
from portal.services.work import writing
from portal.web.policies import policy
from tests.conftest import NOW
from tests.support.rows import events
from tests.support.tampering import tamper, tip

HOUR = timedelta(hours=1)
FORGED = "Iris\r\n2026-11-21T12:00:00Z root account.made_admin\x1b[2K\x1b[1A\u202e\u2028x"


@pytest.fixture
def admin(make):
    return make.admin()


@pytest.fixture
def stream(make):
    return make.stream(make.round("Summer 2027"))


@pytest.fixture
def application(make, stream):
    return make.submitted(make.user("Iris Okafor"), stream.round, [stream])


# -- reads ----------------------------------------------------------------------------------------


def test_an_admin_who_opens_an_application_is_recorded_once_an_hour(
    browser, admin, application, at
):
    desk = browser(admin)
    address = f"/admin/applications/{application.id}"
    desk.page(address)
    desk.page(address)
    (event,) = events("application.opened")
    assert (event.actor_id, event.subject_type, event.subject_id) == (
        admin.id, "application", application.id,
    )  # fmt: skip
    with at(HOUR + timedelta(seconds=1)):
        desk.page(address)
    assert len(events("application.opened")) == 2


def test_a_reader_who_opens_one_is_recorded(browser, make, stream, application):
    reader = make.member(stream)
    row = db.session.scalars(sa.select(StreamApplication)).one()
    browser(reader).page(f"/review/{row.id}")
    (event,) = events("application.opened")
    assert (event.actor_id, event.subject_type, event.subject_id) == (
        reader.id, "stream_application", row.id,
    )  # fmt: skip


def test_who_may_not_open_it_leaves_no_read(browser, make, application):
    browser(make.user()).page(f"/admin/applications/{application.id}", status=403)
    browser(make.admin("Bo Admin")).page("/admin/applications/999", status=404)
    assert events("application.opened") == []


def test_lists_are_recorded_with_what_was_searched_for(browser, admin, application):
    desk = browser(admin)
    for query in ("", "?q=iris", "?q=iris", "?q=okafor&state=submitted"):
        desk.page(f"/admin/applications{query}")
    found = [event.after for event in events("applications.listed")]
    assert found == [{}, {"q": "iris"}, {"q": "okafor", "state": "submitted"}]


def test_a_list_of_a_round_names_the_round(browser, admin, stream):
    browser(admin).page(f"/admin/rounds/{stream.round.slug}/extensions")
    (event,) = events("applications.listed")
    assert (event.round_id, event.subject_type) == (stream.round_id, "late requests")


def test_a_page_that_cannot_be_recorded_is_not_shown(browser, admin, application, monkeypatch):
    desk = browser(admin)
    monkeypatch.setattr(audit, "record", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        desk.get(f"/admin/applications/{application.id}")


def test_who_saw_a_person_is_one_search(browser, admin, make, application):
    other = make.submitted(make.user("Olu Other"), application.round, [])
    desk = browser(admin)
    for key in (application.id, other.id):
        desk.page(f"/admin/applications/{key}")
    page = desk.page(f"/admin/audit?action=application.opened&subject={application.user.email}")
    assert len(page.select("tbody tr")) == 1
    assert f"application {application.id}" in page.find("tbody").text


# -- the door -------------------------------------------------------------------------------------


def sign_in(client, email, password="wrong, and long enough"):
    return client.submit("/login", {"email": email, "password": password})


def test_failed_sign_ins_name_the_account_and_never_what_was_typed(client, make):
    iris = make.user("Iris Okafor")
    sign_in(client, iris.email)
    sign_in(client, "somebody else@example.org my password")
    known, unknown = events("account.sign_in_failed")
    assert (known.subject_id, unknown.subject_id, known.actor_id) == (iris.id, None, None)
    assert known.after == unknown.after == {"door": "/login", "network": "127.0.0.1"}


def test_a_flood_of_tries_is_one_line_a_quarter_of_an_hour(client, make, at):
    iris = make.user("Iris Okafor")
    for _ in range(30):
        sign_in(client, iris.email)
    assert len(events("account.sign_in_failed")) == 1
    with at(WINDOW):
        sign_in(client, iris.email)
    assert len(events("account.sign_in_failed")) == 2


def test_a_flood_over_many_accounts_is_bounded_too(client, make, monkeypatch):
    monkeypatch.setattr(refusals, "IN_ALL", Limit(5, WINDOW))
    for number in range(20):
        sign_in(client, f"person{number}@example.org")
    assert len(events("account.sign_in_failed")) == 5


def test_a_denied_page_is_recorded_for_who_is_signed_in(browser, make):
    iris = make.user("Iris Okafor")
    mine = browser(iris)
    for _ in range(3):
        mine.page("/admin/people", status=403)
    mine.page("/admin/rounds", status=403)
    browser(None).get("/admin/people")
    found = [(event.actor_id, event.after["door"]) for event in events("access.denied")]
    assert found == [(iris.id, "/admin/people"), (iris.id, "/admin/rounds")]


def test_asking_for_what_is_somebody_elses_is_recorded(browser, make, application, stream):
    """Which of the two it was, the answer does not tell and the log need not."""
    row = db.session.scalars(sa.select(StreamApplication)).one()
    olu = make.member(make.stream(stream.round, "Another stream"))
    curious = browser(olu)
    for key in (row.id, row.id, 999):
        curious.page(f"/review/{key}", status=404)
    curious.page("/papers/no-such-paper", status=404)
    curious.page("/review/no-number", status=404)
    browser(None).get(f"/review/{row.id}")
    (event,) = events("access.not_found")
    assert (event.actor_id, event.after["door"]) == (olu.id, "/review/<int:application>")


def test_a_search_through_all_numbers_is_bounded(browser, make, stream, monkeypatch):
    monkeypatch.setattr(refusals, "IN_ALL", Limit(2, WINDOW))
    for number in range(4):
        browser(make.member(stream, name=f"Reader {number}")).page("/review/999", status=404)
    assert len(events("access.not_found")) == 2


def test_a_form_without_its_ticket_is_recorded(browser, make):
    iris = make.user("Iris Okafor")
    assert browser(iris).post("/account/mail", data={"group": "x"}).status_code == 400
    (event,) = events("access.form_refused")
    assert (event.actor_id, event.after["door"]) == (iris.id, "/account/mail")


def test_a_throttled_try_is_recorded(app: Flask, client, monkeypatch):
    def throttled(**_: object) -> None:
        raise TooManyRequests(retry_after=60)

    monkeypatch.setitem(app.view_functions, "security.login", throttled)
    assert client.get("/login").status_code == 429
    (event,) = events("access.throttled")
    assert event.after["door"] == "/login"


def test_signing_in_and_out_is_recorded(app, browser, make):
    from flask_security import hash_password

    iris = make.user("Iris Okafor", password=hash_password("a long pass phrase"))
    mine = browser(None)
    assert sign_in(mine, iris.email, "a long pass phrase").status_code == 302
    mine.submit("/logout", page="/account")
    assert [event.actor_id for event in events("account.signed_in")] == [iris.id]
    assert [event.actor_id for event in events("account.signed_out")] == [iris.id]


def test_what_is_counted_names_nobody(client, make):
    sign_in(client, make.user("Iris Okafor").email)
    assert all(len(key) == 64 for key in db.session.scalars(sa.select(Tally.key)))


# -- one event is one line ------------------------------------------------------------------------


@pytest.fixture
def forged(make):
    with writing() as session:
        audit.record(
            session, "round.extended", at=NOW, actor_id=make.user(FORGED[:40], email="a@example.org").id,
            subject=("round", 1), reason=FORGED, after={"name": FORGED, "note": FORGED},
        )  # fmt: skip


def test_no_text_forges_a_line_of_the_table(browser, admin, forged):
    answer = browser(admin).get("/admin/audit/table.csv")
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert len(rows) == 2
    names = [name for name, cell in zip(rows[0], rows[1], strict=True) if one_line(cell) != cell]
    assert names == []
    assert answer.text.count("\r\n") == 2
    (event,) = events("audit.exported")
    assert event.after["rows"] == 1


def test_no_text_forges_a_line_of_the_command(app, make, forged):
    tamper("UPDATE audit_events SET seals = :seals", seals='{"x\\n0 events, chained":"a:b"}')
    lines = CliRunner().invoke(audit_verify, obj=app).stdout.splitlines()
    assert all(line.startswith(("event ", "anchor ")) for line in lines)


def test_no_text_forges_a_line_of_a_log(app, caplog):
    logging.getLogger("portal").warning("opened by %s", FORGED)
    assert len(caplog.messages[-1].splitlines()) == 1
    assert "\x1b" not in caplog.messages[-1]


@pytest.mark.parametrize("sent", ["a\r\nb", "\x1b[31mred", "x" * 300, "", "\u2028"])
def test_no_request_number_forges_anything(sent):
    set_request_id(sent)
    kept = request_id()
    assert kept == one_line(kept)
    assert 0 < len(kept) <= 40


def test_errors_of_the_database_do_not_tell_what_people_wrote(app):
    with app.app_context():
        assert db.engine.hide_parameters


# -- the pages of the log -------------------------------------------------------------------------


def test_an_event_says_what_changed_and_that_the_chain_holds(browser, admin, forged):
    page = browser(admin).page(f"/admin/audit/{tip()}")
    text = " ".join(page.find("main").text.split())
    assert "The chain holds here" in text
    assert "is the last so far" in text
    assert "note" in text


@pytest.mark.parametrize("column", ["action = 'x'", "previous = 'x'", "digest = 'x'"])
def test_an_event_that_was_changed_says_so_on_its_page(browser, admin, column):
    for number in range(4):
        with writing() as session:
            audit.record(session, f"n{number}.x", at=NOW, actor_id=None, subject=("thing", 1))
    tamper(f"UPDATE audit_events SET {column} WHERE position = 2")
    desk = browser(admin)
    assert "The chain does not hold here" in desk.page("/admin/audit/2").text
    assert "The chain does not hold here" not in desk.page("/admin/audit/4").text


def test_a_missing_neighbour_shows(browser, admin):
    for number in range(4):
        with writing() as session:
            audit.record(session, f"n{number}.x", at=NOW, actor_id=None, subject=("thing", 1))
    tamper("DELETE FROM audit_events WHERE position = 3")
    desk = browser(admin)
    assert "event 3: it is missing" in desk.page("/admin/audit/2").text
    assert "event 3: it is missing" in desk.page("/admin/audit/4").text
    desk.page("/admin/audit/3", status=404)


def test_the_log_is_for_admins_alone(browser, make, forged, stream):
    for user in (make.user(), make.member(stream)):
        for path in ("/admin/audit", "/admin/audit/1", "/admin/audit/table.csv"):
            assert browser(user).get(path).status_code == 403


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("since=2026-11-21T12:00", 1),
        ("since=2026-11-21T12:01", 0),
        ("until=2026-11-21T12:00", 1),
        ("until=2026-11-21T11:59", 0),
        ("since=2026-11-21T12:00:00Z", 1),
        ("round=winter", 0),
        ("before=1", 0),
        ("after=0", 1),
        ("after=1", 0),
        ("before=x&after=99999999999999", 1),
    ],
)
def test_filters_by_instants_rounds_and_places(browser, admin, forged, query, expected):
    desk = browser(admin)
    found = desk.page(f"/admin/audit?action=round.extended&{query}")
    assert len(found.select("tbody tr")) == expected


def test_erased_texts_are_told_apart_from_none(browser, admin, forged):
    from portal.services.audit_chain import forget

    event = db.session.scalars(sa.select(AuditEvent)).one()
    with writing() as session:
        forget(session, event.id, ["reason", "after.note"])
    page = browser(admin).page(f"/admin/audit/{event.position}")
    text = " ".join(page.find("main").get_text(" ").split())
    assert "Erased since note, reason" in text
    assert "The chain holds here" in text


def test_refusals_do_not_stop_when_they_cannot_be_recorded(app, browser, make, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def broken(*_: object, **__: object) -> None:
        raise OperationalError("x", {}, Exception("disk full"))

    monkeypatch.setattr("portal.web.noted.note", broken)
    browser(make.user()).page("/admin/people", status=403)


# -- every request of every test ------------------------------------------------------------------


def rename(user_id: int) -> str:
    with writing() as session:
        session.execute(sa.update(User).where(User.id == user_id).values(name="Another"))
    return ""


def test_a_change_without_an_event_fails_the_test_that_makes_it(app, browser, make, monkeypatch):
    """The control: `tests/support/evidence.py` watches each request that any test makes."""
    iris = make.user("Iris Okafor")
    key = iris.id  # the request has a session of its own
    renames = policy(Policy.SIGNED_IN)(lambda: rename(key))
    monkeypatch.setitem(app.view_functions, "account.details", renames)
    mine = browser(iris)
    token = mine.page("/account/email").find("input", attrs={"name": "csrf_token"})["value"]
    with pytest.raises(AssertionError, match=r"users.* changed and no event says so"):
        mine.post("/account/details", data={"csrf_token": token})


def test_a_page_that_changes_something_fails_the_test_that_asks_for_it(
    app, browser, make, monkeypatch
):
    iris = make.user("Iris Okafor")
    key = iris.id  # the request has a session of its own
    renames = policy(Policy.SIGNED_IN)(lambda: rename(key))
    monkeypatch.setitem(app.view_functions, "account.details", renames)
    mine = browser(iris)
    with pytest.raises(AssertionError, match=r"asking for it changed .*users"):
        mine.get("/account/details")
