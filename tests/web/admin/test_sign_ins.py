"""An admin sees where somebody is signed in and ends it: at once, on record, and told by letter."""

import pytest
import sqlalchemy as sa

from portal.domain.permissions import StreamRole, Viewer
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import OutboxMessage, SignIn
from portal.services import sign_ins
from tests.conftest import NOW
from tests.support.rows import events


@pytest.fixture
def admin(make):
    return make.admin()


@pytest.fixture
def ana(make):
    return make.user("Ana Applicant")


def press(client, user, action):
    """The button of that person's page."""
    return client.submit(action, page=f"/admin/people/{user.id}")


def letters():
    return db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()


def test_one_browser_is_signed_out_and_the_person_told(browser, admin, ana):
    first, second, here = browser(ana), browser(ana), browser(admin)
    page = here.page(f"/admin/people/{ana.id}")
    forms = [form.get("action", "") for form in page.find_all("form")]
    assert sum("/sign-ins/" in action for action in forms) == 3, "two browsers, and everywhere"
    oldest = db.session.scalars(
        sa.select(SignIn.id).where(SignIn.user_id == ana.id).order_by(SignIn.id)
    ).first()
    assert press(here, ana, f"/admin/people/{ana.id}/sign-ins/{oldest}/end").status_code == 302
    assert "/login" in first.get("/apply").location
    second.page("/apply")

    (event,) = events("account.signed_out_by_admin")
    assert (event.actor_id, event.subject_id, event.after) == (admin.id, ana.id, {"browsers": 1})
    (letter,) = letters()
    assert (letter.recipient, letter.subject) == (ana.email, "You were signed out")
    assert "in one browser" in letter.text


def test_everywhere(browser, admin, ana):
    theirs, here = [browser(ana), browser(ana)], browser(admin)
    assert press(here, ana, f"/admin/people/{ana.id}/sign-ins/end").status_code == 302
    assert all("/login" in each.get("/apply").location for each in theirs)
    assert events("account.signed_out_by_admin")[0].after == {"browsers": 2}
    assert "everywhere" in letters()[0].text
    assert "In no browser" in here.page(f"/admin/people/{ana.id}").text
    here.page("/admin")


def test_again_changes_nothing_and_somebody_elses_is_not_found(browser, admin, ana, make):
    browser(ana)
    other = make.user("Olu Other")
    here, theirs = browser(admin), browser(other)
    of_other = db.session.scalars(sa.select(SignIn.id).where(SignIn.user_id == other.id)).one()
    answer = press(here, ana, f"/admin/people/{ana.id}/sign-ins/{of_other}/end")
    assert answer.status_code == 404
    theirs.page("/apply")
    assert sign_ins.end(Viewer(admin.id, is_admin=True), other.id, None, NOW) == 1
    assert sign_ins.end(Viewer(admin.id, is_admin=True), other.id, None, NOW) == 0
    assert len(letters()) == 1


def test_nobody_else_and_nobody_oneself(admin, ana, browser):
    browser(admin), browser(ana)
    assert isinstance(sign_ins.end(Viewer(ana.id), admin.id, None, NOW), Refused)
    assert isinstance(sign_ins.end(Viewer(admin.id, is_admin=True), admin.id, None, NOW), Refused)
    assert not letters()


def test_people_are_found_by_role(browser, make, admin):
    round_ = make.round("Summer 2027")
    stream = make.stream(round_, "Stream A")
    cast = {
        "leads": make.member(stream, StreamRole.LEAD, "Lea Lead"),
        "co-leads": make.member(stream, StreamRole.CO, "Cor Colead"),
        "readers": make.member(stream, StreamRole.READER, "Rita Reader"),
        "applicants": make.user("Ana Applicant"),
    }
    make.submitted(cast["applicants"], round_, [stream])
    here = browser(admin)
    for kind, wanted in cast.items():
        rows = here.page(f"/admin/people?kind={kind}").table.tbody.find_all("tr")
        assert [row.a.text for row in rows] == [wanted.name], kind
    assert len(here.page("/admin/people?kind=members").table.tbody.find_all("tr")) == 3
    found = here.page(f"/admin/people/{cast['applicants'].id}")
    assert found.find("a", string="Summer 2027"), "their application"
    listed = [event.after for event in events("people.listed")]
    assert {"kind": "leads"} in listed


def test_signs_that_mean_something_to_the_database_are_plain_text(browser, make, admin):
    make.user("Per_cent Sign", email="per_cent@example.org")
    make.user("Percent Sign")
    here = browser(admin)
    rows = here.page("/admin/people?q=per_").table.tbody.find_all("tr")
    assert [row.a.text for row in rows] == ["Per_cent Sign"]
    for words in ("%25", "%5C", "__", "\u00df%27--"):
        assert "Nobody matches" in here.page(f"/admin/people?q={words}").text, words


@pytest.mark.parametrize("browsers", [1, 20])
def test_a_persons_page_sends_as_many_statements_however_much_it_lists(
    browser, make, admin, ana, queries, browsers
):
    for number in range(browsers):
        browser(ana)
        make.submitted(ana, make.round(f"Round {number}"), [])
    here = browser(admin)
    here.page(f"/admin/people/{ana.id}")
    with queries() as sent:
        here.page(f"/admin/people/{ana.id}")
    assert len(sent.statements) == 8
