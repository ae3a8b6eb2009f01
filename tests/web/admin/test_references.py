"""Admins and references: who was asked, a new letter, letting a late one in, and reading them on record."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.applications import ApplicationState
from portal.domain.rounds import Arrival
from portal.extensions import db
from portal.models import AuditEvent, Extension, OutboxMessage, StreamMember
from tests.support.rows import again

DAY = timedelta(days=1)
WORDS = {"acquaintance": "Long.", "strength": "Canary words", "comparison": "best", "contact": "no"}


@pytest.fixture
def round_(make):
    return make.round("Summer 2027", max_referees=2, references_due_at=make.now - DAY)


@pytest.fixture
def stream(make, round_):
    return make.stream(round_)


@pytest.fixture
def application(make, round_, stream):
    return make.submitted(make.user("Iris Okafor"), round_, [stream], full_name="Iris Okafor")


@pytest.fixture
def late(make, application):
    return make.referee(
        application, "late", name="Lena Late", answers=WORDS, received_at=make.now,
        arrival=Arrival.LATE,
    )  # fmt: skip


@pytest.fixture
def boss(make, browser):
    return browser(make.admin())


def test_the_list_says_who_was_asked_and_where_it_stands(boss, make, application, late, round_):
    make.referee(application, "open", name="Oona Open")
    page = boss.page(f"/admin/rounds/{round_.slug}/references")
    for text in ("Lena Late", "Received late", "Oona Open", "Overdue", "Iris Okafor"):
        assert text in page.text
    assert "Canary" not in page.text
    only = boss.page(f"/admin/rounds/{round_.slug}/references?state=late")
    assert "Oona Open" not in only.text
    assert "Lena Late" in only.text


def test_a_late_reference_is_let_in_and_then_read(
    boss, make, browser, stream, application, late, round_
):
    reader = browser(make.member(stream))
    row = make.arrived(application, stream)
    assert "Canary" not in reader.page(f"/review/{row.id}").text
    page = f"/admin/rounds/{round_.slug}/references"
    for _ in range(2):
        answer = boss.submit(f"{page}/{late.id}/let-in", page=page)
        assert answer.status_code == 302
    text = reader.page(f"/review/{row.id}").text
    assert "Canary words" in text
    assert "came after references were due" in text
    events = db.session.scalars(sa.select(AuditEvent.action)).all()
    assert events.count("reference.let_in") == 1


def test_a_new_letter_voids_the_old_link(boss, make, client, application, round_):
    referee = make.referee(application, "first", name="Oona Open")
    page = f"/admin/rounds/{round_.slug}/references"
    assert client.get("/reference/first").status_code == 200
    boss.submit(f"{page}/{referee.id}/resend", page=page)
    assert client.get("/reference/first").status_code == 404
    letter = db.session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == "reference_request")
    ).one()
    assert letter.recipient == referee.email


def test_no_letter_goes_where_nobody_waits(boss, make, application, late, round_):
    page = f"/admin/rounds/{round_.slug}/references"
    named = make.referee(application, name="Nobody Asked")
    for referee in (late, named):
        assert boss.submit(f"{page}/{referee.id}/resend", page=page).status_code == 409
    other = make.round("Other")
    path = f"/admin/rounds/{other.slug}/references/{late.id}/let-in"
    assert boss.submit(path, page=page).status_code == 409
    assert again(late).let_in_at is None


def test_reading_is_recorded_and_the_page_of_the_application_shows_no_text(boss, application, late):
    show = boss.page(f"/admin/applications/{application.id}")
    assert "Canary" not in show.text
    assert "Canary words" in boss.page(f"/admin/applications/{application.id}/references").text
    event = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "reference.read")
    ).one()
    assert (event.subject_type, event.subject_id) == ("application", application.id)


def test_nobody_else_finds_a_word_of_it(make, browser, round_, stream, application):
    """Other streams' readers, the applicant, another applicant, anybody, and a member who was removed."""
    make.referee(
        application, "t", name="Canary Name", answers=WORDS, received_at=make.now,
        arrival=Arrival.ON_TIME,
    )  # fmt: skip
    row = make.arrived(application, stream)
    member = make.member(stream)
    people = {
        "other reader": make.member(make.stream(round_)),
        "applicant": application.user,
        "other applicant": make.user("Olu Other"),
        "nobody": None,
    }
    reader = browser(member)
    assert "Canary words" in reader.page(f"/review/{row.id}").text  # the control
    pages = [
        f"/review/{row.id}", "/review", "/review/ranking", f"/apply/{round_.slug}",
        f"/apply/{round_.slug}/references", f"/apply/{round_.slug}/receipt",
        f"/apply/{round_.slug}/check", f"/admin/applications/{application.id}/references",
        f"/admin/rounds/{round_.slug}/references", f"/receipts/{application.current_submission.number}",
        "/review?q=canary", "/admin/applications?q=canary",
    ]  # fmt: skip
    browsers = {who: browser(user) for who, user in people.items()}
    db.session.execute(sa.delete(StreamMember).where(StreamMember.user_id == member.id))
    db.session.commit()
    browsers["removed"] = reader
    leaks = [
        (who, page)
        for who, client in browsers.items()
        for page in pages
        if "Canary words" in client.get(page).text
    ]
    assert leaks == []


def test_a_withdrawn_application_shows_its_references_to_no_reader(
    make, browser, stream, application
):
    make.referee(application, "t", answers=WORDS, received_at=make.now, arrival=Arrival.ON_TIME)
    row = make.arrived(application, stream)
    application.state = ApplicationState.WITHDRAWN
    application.withdrawn_at = make.now
    db.session.commit()
    assert browser(make.member(stream)).get(f"/review/{row.id}").status_code == 404


def test_the_rounds_pages_set_number_due_instant_and_promise(boss, make):
    round_ = make.round("Set me")
    details = f"/admin/rounds/{round_.slug}/details"
    values = {"version": "1", "name": "Set me", "max_choices": "8", "grace_seconds": "120"}
    saved = boss.submit(details, {**values, "max_referees": "3", "references_shown": "y"})
    assert saved.status_code == 302
    assert (again(round_).max_referees, again(round_).references_shown) == (3, True)
    dates = f"/admin/rounds/{round_.slug}/dates"
    page = boss.page(dates)
    fields = {
        field["name"]: field.get("value", "")
        for field in page.select("form input[name]")
        if field.get("type") not in ("radio", "checkbox")
    }
    for select in page.select("form select"):
        chosen = select.select_one("option[selected]") or select.option
        fields[select["name"]] = chosen["value"]
    due = {"references_due_at-day": "2026-12-12", "references_due_at-clock": "12:00",
           "references_due_at-zone": "Etc/GMT+12", "reason": "A week more"}  # fmt: skip
    fields.pop("step", None)
    assert boss.post(dates, data={**fields, **due}).status_code == 302
    assert again(round_).references_due_at.isoformat() == "2026-12-13T00:00:00+00:00"
    late = {**due, "references_due_at-day": "2027-03-01"}
    fields["version"] = str(again(round_).version)
    answer = boss.post(dates, data={**fields, **late})
    assert answer.status_code == 409
    assert "not before the release" in answer.text


def test_fewer_than_were_named_is_refused(boss, make, application, round_):
    make.referee(application)
    make.referee(application)
    values = {"version": "1", "name": "Summer 2027", "max_choices": "8", "grace_seconds": "120"}
    answer = boss.submit(f"/admin/rounds/{round_.slug}/details", {**values, "max_referees": "1"})
    assert answer.status_code == 409
    assert again(round_).max_referees == 2


def test_overdue_is_judged_by_the_applicants_own_extension(boss, make, stream, application, round_):
    make.referee(application, "one", name="Paul Pending")
    other = make.submitted(make.user("Noor Haddad"), round_, [stream])
    make.referee(other, "two", name="Vera Waited")
    make.keep(
        Extension(
            round_id=round_.id, user_id=application.user_id, closes_at=make.now + DAY,
            reason="Illness.", granted_at=make.now,
        )
    )  # fmt: skip
    round_.closes_at = make.now - 2 * DAY
    make.keep(round_)
    text = " ".join(boss.page(f"/admin/rounds/{round_.slug}/references").text.split())
    extended, waited = text.partition("Paul Pending")[2], text.partition("Vera Waited")[2]
    assert extended.index("Asked") < (extended + "Overdue").index("Overdue")
    assert "Overdue" in waited[:80]
    assert text.count("Overdue") == 1
