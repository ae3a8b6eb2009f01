"""Admins see every application of a round but their own, take the list away, and release the decisions."""

import csv
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.permissions import StreamRole, Viewer
from portal.domain.review import Outcome
from portal.extensions import db
from portal.models import AuditEvent
from portal.services.decisions import Choice, decide
from tests.conftest import NOW

AFTER = timedelta(days=20)


def decided(make, stream, *names):
    """Applications to the stream, all accepted; the stream's rows."""
    rows = [make.arrived(make.submitted(make.user(n), streams=[stream]), stream) for n in names]
    lead = Viewer(make.member(stream).id, roles={stream.id: StreamRole.LEAD})
    decide(lead, stream.id, [Choice(row.id, 0, Outcome.ACCEPT) for row in rows], now=NOW)
    return rows


def names(page):
    return [link.text for link in page.select("tbody th a")]


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_list_sends_as_many_queries_however_long_it_is(make, browser, queries, rows):
    stream = make.stream(make.round())
    admin = make.admin()
    for number in range(rows):
        make.submitted(make.user(f"Applicant {number:03}"), streams=[stream])
    looking = browser(admin)
    with queries() as sent:
        page = looking.get("/admin/applications")
    assert sent.page == 6, sent.statements
    assert len(page.data) < 100_000


def test_filters_narrow_the_list(make, browser):
    round_ = make.round()
    first, second = make.stream(round_), make.stream(round_)
    make.submitted(make.user("Ana"), streams=[first], interests="Circuits")
    decided(make, second, "Bo")
    looking = browser(make.admin())
    assert sorted(names(looking.page("/admin/applications"))) == ["Ana", "Bo"]
    assert names(looking.page(f"/admin/applications?stream={first.id}")) == ["Ana"]
    assert names(looking.page("/admin/applications?decided=accept")) == ["Bo"]
    assert names(looking.page("/admin/applications?decided=undecided")) == ["Ana"]
    assert names(looking.page("/admin/applications?q=circ")) == ["Ana"]
    assert names(looking.page("/admin/applications?sort=name")) == ["Ana", "Bo"]
    assert names(looking.page("/admin/applications?state=withdrawn")) == []
    direction = first.offerings[0].direction_id
    assert names(looking.page(f"/admin/applications?direction={direction}")) == ["Ana"]


def test_admins_do_not_see_their_own_application(make, browser):
    stream = make.stream(make.round())
    admin = make.admin()
    application = make.submitted(admin, streams=[stream])
    looking = browser(admin)
    assert names(looking.page("/admin/applications")) == []
    looking.page(f"/admin/applications/{application.id}", status=404)
    assert "Ada Admin" not in looking.get("/admin/applications/table.csv").text


def test_whole_application_holds_text_reviews_and_decision(make, browser):
    stream = make.stream(make.round(), questions=["Where would you start?"])
    (row,) = decided(make, stream, "Ana")
    make.reviewed(row, make.member(stream, name="Rita Reader"), fit=4, skill=2)
    page = browser(make.admin()).page(f"/admin/applications/{row.application_id}")
    for words in ("Where would you start?", "Rita Reader", "Accept", "decided on an application"):
        assert words in page.text


def test_the_table_is_defused_complete_and_recorded(make, browser):
    stream = make.stream(make.round())
    make.submitted(make.user("Ana"), streams=[stream], full_name="=HYPERLINK(1)")
    make.submitted(make.user("Bo"), streams=[stream])
    answer = browser(make.admin()).get("/admin/applications/table.csv?sort=name")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["Name"] for row in rows] == ["'=HYPERLINK(1)", "Bo"]
    event = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "applications.exported")
    ).one()
    assert event.after == {"rows": 2, "sort": "name"}


def test_release_wants_the_number_of_people_and_happens_once(make, browser, at):
    round_ = make.round()
    decided(make, make.stream(round_), "Ana", "Bo")
    path = f"/admin/rounds/{round_.slug}/decisions"
    admin = make.admin()
    with at(AFTER):
        looking = browser(admin)
        mark = looking.page(path).find("input", attrs={"name": "seen"})["value"]
        wrong = looking.submit(f"{path}/release", {"seen": mark, "number": "3"}, page=path)
        assert wrong.status_code == 409
        assert "2 people will be told" in wrong.text
        done = looking.submit(f"{path}/release", {"seen": mark, "number": "2"}, page=path)
        assert done.status_code == 302
        assert "2 people are told by mail" in looking.page(path).text
        db.session.refresh(round_)
        assert round_.released_at == NOW + AFTER


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_decisions_page_sends_as_many_queries_however_many_there_are(make, browser, queries, rows):
    round_ = make.round()
    admin = make.admin()
    decided(make, make.stream(round_), *(f"Applicant {n:03}" for n in range(rows)))
    looking = browser(admin)
    with queries() as sent:
        looking.get(f"/admin/rounds/{round_.slug}/decisions")
    assert sent.page <= 8, sent.statements


def test_before_the_release_an_applicants_pages_do_not_depend_on_the_decision(make, browser, at):
    round_ = make.round()
    stream = make.stream(round_)
    lead = Viewer(make.member(stream).id, roles={stream.id: StreamRole.LEAD})
    applicant = make.user("Twin")
    row = make.arrived(make.submitted(applicant, streams=[stream]), stream)
    paths = ["/apply", f"/apply/{round_.slug}", f"/apply/{round_.slug}/receipt"]

    def seen():
        return [browser(applicant).page(path).main.text for path in paths]

    with at(AFTER):
        undecided = seen()
        for version, outcome in enumerate((Outcome.ACCEPT, Outcome.DECLINE)):
            choice = Choice(row.id, version, outcome, reason="Because.")
            decide(lead, stream.id, [choice], now=NOW + AFTER)
            assert seen() == undecided
        round_.released_at = NOW + AFTER
        db.session.commit()
        assert "Because." in "".join(seen())


def test_a_chosen_option_reads_in_the_words_it_was_offered_in(make, browser):
    application = make.submitted(make.user("Ana"), streams=[make.stream(make.round())])

    page = browser(make.admin()).page(f"/admin/applications/{application.id}")

    section = page.find("section", attrs={"aria-labelledby": "section-availability"})
    given = [each.text.strip() for each in section.select(".keep-lines")]
    assert given == ["Full time: about 40 hours a week", "Yes"]
