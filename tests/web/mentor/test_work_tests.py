"""A lead sets tasks on the stream's own pages; admins on theirs."""

from datetime import timedelta

from portal.extensions import db
from portal.models import WorkTest

DAY = timedelta(days=1)
FORM = {
    "title": "A replication",
    "brief": "Repeat the first figure.",
    "hand_in": "text",
    "required": "y",
    "hours": "4",
    "minutes": "",
    "due_at-day": "2026-12-10",
    "due_at-clock": "12:00",
    "due_at-zone": "UTC",
}


def test_a_lead_adds_changes_and_removes_a_task(make, browser):
    stream = make.stream(make.round())
    lead = browser(make.member(stream))
    home = f"/review/streams/{stream.id}"
    assert "No task is asked of applicants" in lead.page(home).text

    assert lead.submit(f"{home}/work-tests/new", FORM).status_code == 302
    page = lead.page(home)
    assert "A replication" in page.text
    assert "Thu 10 Dec 2026, 12:00 UTC" in page.text
    edit = page.find("a", href=lambda href: href and "/work-tests/" in href and "new" not in href)

    seen = lead.page(edit["href"]).find("input", attrs={"name": "seen"})["value"]
    both = {**FORM, "minutes": "60", "seen": seen}
    refused = lead.submit(edit["href"], both)
    assert refused.status_code == 409
    assert "timed or has a cap in hours, not both" in refused.text
    timed = lead.submit(edit["href"], {**both, "hours": ""})
    assert timed.status_code == 302
    assert "60 minutes on a clock" in lead.page(home).text

    assert lead.submit(f"{edit['href']}/retire", page=home).status_code == 302
    assert "No task is asked of applicants" in lead.page(home).text


def test_an_admin_sees_how_many_have_begun_and_what_a_change_means(make, browser):
    stream = make.stream(make.round())
    test = make.work_test(stream)
    user = make.user()
    make.submitted(user, stream.round, [stream])
    applicant = browser(user)
    applicant.submit(
        f"/apply/{stream.round.slug}/work-tests/{test.id}",
        {"text": "Begun.", "version": "0", "then": "save"},
    )
    admin = browser(make.admin())
    address = f"/admin/rounds/{stream.round.slug}/streams/{stream.slug}"

    assert "Retire" in admin.page(address).text
    page = admin.page(f"{address}/work-tests/{test.id}")
    assert "1 person has begun this task" in page.text
    assert "version 2" in page.text
    form = {**FORM, "title": "Another", "brief": test.brief, "seen": ""}
    stale = admin.submit(f"{address}/work-tests/{test.id}", form)
    assert stale.status_code == 409
    form["seen"] = page.find("input", attrs={"name": "seen"})["value"]
    assert admin.submit(f"{address}/work-tests/{test.id}", form).status_code == 302
    db.session.expire_all()
    assert db.session.get(WorkTest, test.id).title == "Another"
