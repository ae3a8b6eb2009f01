"""An admin sees the portal as an applicant or a reader does: with a reason, marked, on record, and over in time."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from portal.domain.permissions import StreamRole, Viewer
from portal.domain.seeing_as import LASTS
from portal.extensions import db
from portal.models import Review, SeenAs, SignIn
from portal.services import accounts, seeing_as
from portal.services.work import OnlyReading
from tests.conftest import NOW
from tests.support.files import give_files, keep_file
from tests.support.rows import again, events

BAR = "nothing can be changed"
END = "/see-as/end"


@pytest.fixture
def round_(make):
    return make.round("Summer 2027")


@pytest.fixture
def stream(make, round_):
    return make.stream(round_, "Mara's stream")


@pytest.fixture
def admin(make):
    return make.admin()


@pytest.fixture
def here(browser, admin):
    return browser(admin)


@pytest.fixture
def ana(make):
    return make.user("Ana Applicant")


@pytest.fixture
def mentor(make, stream):
    return make.member(stream, StreamRole.LEAD, "Mara Mentor")


def look(client, user, reason="They asked me to."):
    return client.submit(f"/admin/people/{user.id}/see-as", {"reason": reason})


def press_end(client):
    """The button of the bar, with the ticket that it holds."""
    page = BeautifulSoup(client.get("/apply").text, "html.parser")
    form = page.find("form", action=END)
    return client.post(END, data={"csrf_token": form.find("input")["value"]})


def test_a_look_is_begun_with_a_reason_marked_on_each_page_and_ended(here, admin, ana, round_):
    answer = look(here, ana)
    assert answer.location == "/apply"
    page = here.page("/apply")
    assert BAR in page.text
    assert "Ana Applicant" in page.find("section", {"class": "seen-as"}).text
    assert page.body.get("data-viewer") is None, "the admin's browser keeps nothing of theirs"
    assert not page.find("a", href="/admin")
    assert here.get("/admin").status_code == 403

    assert press_end(here).location == f"/admin/people/{ana.id}"
    assert BAR not in here.page("/admin").text

    begun, ended = events("account.seen_as")[0], events("account.seen_as_ended")[0]
    assert (begun.actor_id, begun.subject_id) == (admin.id, ana.id)
    assert begun.reason == "They asked me to."
    assert begun.after == {"until": "2026-11-21T12:15:00Z"}
    assert (ended.actor_id, ended.subject_id) == (admin.id, ana.id)


def test_a_reason_is_needed(here, ana):
    assert look(here, ana, "  ").status_code == 422
    assert here.get("/admin").status_code == 200


def test_each_look_records_its_pages_under_the_admin(
    here, admin, ana, mentor, make, round_, stream
):
    row = make.submitted(ana, round_, [stream]).stream_applications[0]
    look(here, mentor)
    here.page(f"/review/{row.id}")
    here.page("/review/profile")
    here.page(f"/review/{row.id}")

    (opened,) = events("application.opened")
    assert (opened.actor_id, opened.subject_id) == (admin.id, row.id)
    assert opened.after == {"seen_as": mentor.id, "since": "2026-11-21T12:00:00Z"}
    (seen,) = events("account.page_seen")
    assert (seen.actor_id, seen.subject_id) == (admin.id, mentor.id)
    assert seen.after["page"] == "/review/profile"


def test_a_second_look_within_the_hour_is_recorded_anew(here, ana, at):
    look(here, ana)
    here.page("/apply")
    press_end(here)
    with at(timedelta(minutes=5)):
        look(here, ana)
        here.page("/apply")
    assert [each.after["since"] for each in events("account.page_seen")] == [
        "2026-11-21T12:00:00Z",
        "2026-11-21T12:05:00Z",
    ]


def test_a_file_opened_meanwhile_is_the_admins_read(here, admin, ana, make, round_, stream):
    application = make.submitted(ana, round_, [stream])
    cv = keep_file(ana, round_, "cv.pdf", "CV", NOW)
    give_files(application.current_submission, cv=cv)
    db.session.commit()
    look(here, ana)
    here.get(f"/files/{cv.ref}").close()
    (opened,) = events("file.opened")
    assert opened.actor_id == admin.id
    assert opened.after == {"file": cv.id, "seen_as": ana.id}


def test_it_ends_by_itself(here, ana, at):
    look(here, ana)
    with at(LASTS - timedelta(microseconds=1)):
        assert here.get("/admin").status_code == 403
    with at(LASTS):
        assert BAR not in here.page("/admin").text


def test_it_ends_with_the_sign_in_and_with_the_admins_rights(here, browser, admin, ana, mentor):
    look(here, ana)
    admin.is_admin = False
    db.session.commit()
    page = here.page("/apply")
    assert BAR not in page.text
    admin.is_admin = True
    db.session.commit()
    token = here.page("/apply").find("form", action="/logout").find("input")["value"]
    assert here.post("/logout", data={"csrf_token": token}).status_code == 302
    assert "/login" in here.get("/apply").location
    assert db.session.scalar(sa.select(SeenAs)) is None
    assert events("account.signed_out")[0].actor_id == admin.id
    assert events("account.seen_as_ended")[0].actor_id == admin.id
    assert BAR not in browser(admin).page("/admin").text, "another sign-in never saw it"


def test_it_ends_when_the_person_is_disabled_or_becomes_an_admin(here, ana):
    look(here, ana)
    ana.active = False
    db.session.commit()
    assert BAR not in here.page("/admin").text
    ana.active, ana.is_admin = True, True
    db.session.commit()
    assert BAR not in here.page("/admin").text


@pytest.mark.parametrize(
    "made", [{"is_admin": True}, {"active": False}, {"confirmed_at": None}], ids=str
)
def test_an_admin_and_who_cannot_sign_in_are_not_seen_as(here, make, made):
    user = make.user("Not Her", **made)
    assert here.get(f"/admin/people/{user.id}/see-as").status_code == 409
    assert "See what they see" not in here.page(f"/admin/people/{user.id}").text
    assert here.post(f"/admin/people/{user.id}/see-as", data={"reason": "x"}).status_code in (
        400,
        409,
    )
    assert db.session.scalar(sa.select(SeenAs)) is None


def sign_in_of(user):
    return db.session.scalars(sa.select(SignIn.id).where(SignIn.user_id == user.id)).first()


def test_the_service_asks_by_itself(make, browser, admin, ana, mentor):
    browser(admin), browser(mentor)
    own = sign_in_of(admin)
    as_admin = Viewer(admin.id, is_admin=True)
    assert not seeing_as.begin(as_admin, own, make.admin("Bo").id, "x", NOW)
    assert not seeing_as.begin(as_admin, own, admin.id, "x", NOW)
    assert not seeing_as.begin(as_admin, sign_in_of(mentor), ana.id, "x", NOW), "another's sign-in"
    assert not seeing_as.begin(Viewer(mentor.id), sign_in_of(mentor), ana.id, "x", NOW)
    assert db.session.scalar(sa.select(SeenAs)) is None


def test_by_password_alone_nothing_is_begun_and_nothing_seen(app, browser, admin, ana, monkeypatch):
    weak = browser(admin, second_factor=False)
    assert weak.get(f"/admin/people/{ana.id}/see-as").status_code == 302
    db.session.add(SeenAs(sign_in_id=sign_in_of(admin), user_id=ana.id, began_at=NOW))
    db.session.commit()
    assert BAR not in weak.page("/apply").text


def test_a_page_of_a_look_can_never_be_sent_in_anybodys_name(
    here, admin, ana, mentor, make, round_, stream, at
):
    """The admin reads for the same stream: a form of another reader's, kept open, must not become theirs."""
    row = make.submitted(ana, round_, [stream]).stream_applications[0]
    stream.members.append(
        type(stream.members[0])(user_id=admin.id, role=StreamRole.READER, added_at=NOW)
    )
    db.session.commit()
    look(here, mentor)
    page = here.page(f"/review/{row.id}")
    form = {
        each["name"]: each.get("value", "")
        for each in page.main.find_all("input")
        if each.get("name")
    }
    assert form["csrf_token"] == "none"
    with at(LASTS):
        assert here.post(f"/review/{row.id}", data=form).status_code == 400
        assert db.session.scalar(sa.select(Review)) is None


def test_what_is_kept_from_the_admin_stays_kept(here, admin, mentor, make, round_, stream):
    """Who applied before they were an admin reads no application of their own, not with a mentor's eyes either."""
    row = make.submitted(admin, round_, [stream]).stream_applications[0]
    look(here, mentor)
    assert here.get(f"/review/{row.id}").status_code == 404
    assert admin.name not in here.page("/review").main.text
    assert admin.name not in here.page("/review/ranking").main.text


def test_no_service_writes_meanwhile(app, here, ana, monkeypatch):
    """Were a page to write after all, the service refuses: not even the door's slip changes anything."""
    tried, key = [], ana.id

    def careless(*_args, **_kwargs):
        try:
            accounts.save_details(key, name="Changed", time_zone="UTC", now=NOW)
        except OnlyReading as error:
            tried.append(error)
        return "", 200

    look(here, ana)
    monkeypatch.setattr("portal.web.applicant.applications.render_template", careless)
    here.get("/apply", headers={"HX-Request": "true"})
    assert len(tried) == 1
    assert again(ana).name == "Ana Applicant"
    accounts.save_details(ana.id, name="Later", time_zone="UTC", now=NOW)  # the request is over


def test_a_refused_change_says_why_and_is_on_record_under_the_admin(here, admin, ana):
    look(here, ana)
    answer = here.post("/account/details", data={"name": "Changed"})
    assert answer.status_code == 403
    assert "Nothing can be changed while you see the portal as somebody else" in answer.text
    assert events("access.denied")[0].actor_id == admin.id
    assert "This page is not shown" in here.page("/account", 403).h1.text
    saved = here.post("/apply/x/about/draft", headers={"HX-Request": "true"})
    assert (saved.status_code, "Not saved" in saved.text) == (403, True)


def test_no_more_statements_than_the_page_itself_costs(here, browser, ana, queries):
    theirs = browser(ana)
    with queries() as own:
        theirs.page("/apply")
    look(here, ana)
    here.page("/apply")  # recorded by now
    with queries() as seen:
        here.page("/apply")
    # That person's memberships, and looking whether the page is on record.
    assert len(seen.statements) <= len(own.statements) + 2
