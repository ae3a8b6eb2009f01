"""The admin's overview, announcements, applicants' questions and the audit log."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.decisions import Release
from portal.domain.permissions import Viewer
from portal.domain.review import Outcome
from portal.extensions import db
from portal.models import (
    Announcement,
    Application,
    AuditEvent,
    Decision,
    Enquiry,
    OutboxMessage,
)
from portal.queries import release as looking
from portal.services import enquiries, round_dates
from portal.services.release import Released, release
from tests.conftest import NOW

DAY = timedelta(days=1)


@pytest.fixture
def admin(make):
    return make.admin()


@pytest.fixture
def desk(browser, admin):
    return browser(admin)


def submitted(make, stream, reader=None):
    """An application that was submitted to a stream, read by `reader` if there is one."""
    received_at = NOW - 2 * DAY
    part = make.arrived(make.submitted(streams=[stream], received_at=received_at), stream)
    if reader is not None:
        make.reviewed(part, reader, fit=4, skill=3)
    return part


# -- the overview ---------------------------------------------------------------------------------


def test_overview_of_an_empty_portal_says_what_to_do(desk):
    text = desk.page("/admin").text
    assert "Nothing waits for you." in text
    assert "Make a round" in text


def test_overview_names_what_waits(desk, make):
    round_ = make.round("Summer 2027")
    make.keep(Application(round_id=round_.id, user_id=make.user().id, created_at=NOW, saved_at=NOW))
    enquiries.ask(Viewer(make.user().id), round_.id, "When?", now=NOW)
    make.keep(
        OutboxMessage(
            message_id="<1@portal>",
            kind="receipt",
            recipient="a@example.org",
            subject="S",
            text="T",
            created_at=NOW - timedelta(hours=2),
            next_try_at=NOW,
        )
    )
    text = desk.page("/admin").text
    assert "Summer 2027: 1 question from applicants to answer." in text
    assert "1 mail to be sent, the oldest since 2 hours" in text
    assert "Open: closes in 14 days" in text


def test_overview_warns_of_a_round_that_opens_by_itself_with_red_checks(desk, make):
    make.round("Summer 2027", opens_at=NOW + DAY)
    assert "opens by itself in 1 day, and 1 of its checks is red" in desk.page("/admin").text


def test_overview_counts_what_is_undecided_after_the_close(desk, make):
    stream = make.stream(make.round("Past", closes_at=NOW - DAY))
    submitted(make, stream)
    assert "1 decision of streams still to be made" in desk.page("/admin").text


# -- the round's page -----------------------------------------------------------------------------


def test_round_page_counts_applications_by_stream(desk, make):
    round_ = make.round()
    stream = make.stream(round_, "Mira")
    reader = make.member(stream, name="Rita Reader")
    submitted(make, stream, reader=reader)
    submitted(make, stream)
    page = desk.page(f"/admin/rounds/{round_.slug}")
    row = page.find("th", string=lambda text: text and "Mira" in text) or page.find(
        "a", string="Mira"
    )
    numbers = [cell.text.strip() for cell in row.find_parent("tr").find_all("td")]
    assert numbers[-4:] == ["2", "1", "1", "0"]


def test_dates_remember_who_moved_them_and_why(desk, make, admin):
    round_ = make.round()
    boss = Viewer(admin.id, is_admin=True)
    for days in (15, 16):
        round_dates.extend(boss, round_.id, NOW + days * DAY, reason=f"Day {days}.", now=NOW)
    page = desk.page(f"/admin/rounds/{round_.slug}")
    row = page.find("th", string="Closes").find_parent("tr")
    assert "Ada Admin: Day 16." in " ".join(row.text.split())
    history = " ".join(row.find("details").text.split())
    assert "2 moves" in history
    assert "Sat 5 Dec 2026, 12:00 UTC → Sun 6 Dec 2026, 12:00 UTC. Day 15." in history


# -- announcements --------------------------------------------------------------------------------


def test_announcement_is_written_changed_and_taken_down(desk, make):
    round_ = make.round("Summer 2027")
    form = {"round": str(round_.id), "title": "Office hours", "body": "On *Friday*."}
    assert desk.submit("/admin/announcements", form).status_code == 302
    row = db.session.scalars(sa.select(Announcement)).one()
    assert row.published_at == NOW
    assert "Shown" in desk.page("/admin/announcements").text
    address = f"/admin/announcements/{row.id}"
    seen = desk.page(address).find("input", attrs={"name": "seen"})["value"]
    changed = {**form, "seen": seen, "body": "On *Monday*."}
    assert desk.submit(address, changed).status_code == 302
    stale = desk.submit(address, {**changed, "body": "On *Tuesday*."})
    assert stale.status_code == 409
    assert "On *Monday*." in stale.text
    assert "On *Tuesday*." in stale.text
    assert desk.submit(f"{address}/remove", page=address).status_code == 302
    assert "Nothing has been announced yet" in desk.page("/admin/announcements").text


def test_announcement_without_a_text_is_refused_at_the_field(desk, make):
    round_ = make.round()
    answer = desk.submit("/admin/announcements", {"round": str(round_.id), "title": "T"})
    assert "Write the text" in answer.text


# -- applicants' questions ------------------------------------------------------------------------


def test_question_is_answered_from_the_list(desk, make):
    round_ = make.round("Summer 2027")
    asked = enquiries.ask(Viewer(make.user("Curious").id), round_.id, "When is it?", now=NOW)
    assert "When is it?" in desk.page("/admin/enquiries").text
    address = f"/admin/enquiries/{asked}"
    seen = desk.page(address).find("input", attrs={"name": "seen"})["value"]
    assert desk.submit(address, {"text": "In June.", "seen": seen}).status_code == 302
    assert "Nobody waits for an answer" in desk.page("/admin/enquiries").text
    assert "When is it?" in desk.page("/admin/enquiries?state=answered").text
    late = desk.submit(address, {"text": "In July.", "seen": seen})
    assert late.status_code == 409
    assert "In June." in late.text
    assert "In July." in late.text


def test_unknown_question_is_not_found(desk):
    assert desk.get("/admin/enquiries/7").status_code == 404


# -- the audit log --------------------------------------------------------------------------------


def test_log_reads_as_sentences_with_before_and_after(desk, make, admin):
    round_ = make.round("Summer 2027")
    boss = Viewer(admin.id, is_admin=True)
    round_dates.extend(boss, round_.id, NOW + 20 * DAY, reason="Outage.", now=NOW)
    text = " ".join(desk.page("/admin/audit").text.split())
    assert "Ada Admin extended the deadline of the round Why: Outage." in text
    assert "closes: Sat 5 Dec 2026, 12:00 UTC → Fri 11 Dec 2026, 12:00 UTC" in text


def entry(make, action, at=NOW, **values):
    return make.keep(
        AuditEvent(
            at=at, action=action, subject_type=action.split(".")[0], before={}, after={}, **values
        )
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"round.opened", "stream.created", "account.thing_done"}),
        ("action=round.opened", {"round.opened"}),
        ("actor=ada", {"round.opened"}),
        ("actor=ADA.ADMIN@example.org", {"round.opened"}),
        ("actor=portal", {"stream.created", "account.thing_done"}),
        ("subject=stream+7", {"stream.created"}),
        ("subject=stream", {"stream.created"}),
        ("subject=stream+x", set()),
        ("since=2026-11-21", {"round.opened", "account.thing_done"}),
        ("until=2026-11-20", {"stream.created"}),
        (
            "since=nonsense&until=&page=abc",
            {"round.opened", "stream.created", "account.thing_done"},
        ),
    ],
)
def test_log_is_filtered(desk, make, admin, query, expected):
    entry(make, "round.opened", actor_id=admin.id, subject_id=3)
    entry(make, "stream.created", at=NOW - DAY, subject_id=7)
    entry(make, "account.thing_done")
    sentences = {
        "round.opened": "opened the round",
        "stream.created": "created a stream",
        "account.thing_done": "thing done (account)",
    }
    page = desk.page(f"/admin/audit?{query}")
    body = page.find("tbody")
    shown = body.text if body else ""
    assert {name for name, words in sentences.items() if words in shown} == expected


def test_log_is_cut_into_pages_newest_first(desk, make):
    for number in range(60):
        entry(make, f"thing.n{number}", at=NOW + timedelta(seconds=number))
    first = desk.page("/admin/audit")
    assert len(first.select("tbody tr")) == 50
    assert "n59" in first.select("tbody tr")[0].text
    older = desk.page(first.find("a", rel="next")["href"])
    assert len(older.select("tbody tr")) == 10
    assert older.find("a", rel="next") is None
    newer = desk.page(older.find("a", rel="prev")["href"])
    assert [row.text for row in newer.select("tbody tr")] == [
        row.text for row in first.select("tbody tr")
    ]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("", 2),
        ("each=1", 5),
        ("action=decision.made", 4),
        ("subject=stream_application", 4),
        ("action=round.released", 1),
    ],
)
def test_what_a_release_recorded_for_each_application_buries_nothing(
    desk, make, admin, query, rows
):
    round_ = make.round("Old", opens_at=NOW - 9 * DAY, closes_at=NOW - DAY)
    stream = make.stream(round_)
    lead = make.member(stream)
    kept, *_ = [make.arrived(make.submitted(streams=[stream]), stream).id for _ in range(4)]
    log = {"at": NOW, "before": {}, "after": {}, "subject_type": "stream_application"}
    make.keep(AuditEvent(action="decision.made", actor_id=lead.id, subject_id=kept, **log))
    make.keep(Decision(stream_application_id=kept, outcome=Outcome.ACCEPT, decided_at=NOW))
    facts = looking.facts(round_.id)
    asked = Release(typed=facts.told, seen=facts.mark, decline_undecided=True)
    assert isinstance(release(Viewer(admin.id, is_admin=True), round_.id, asked, now=NOW), Released)
    page = desk.page(f"/admin/audit?{query}")
    assert len(page.select("tbody tr")) == rows


def test_text_in_the_log_is_shown_as_text(desk, make):
    entry(make, "round.opened", reason="<script>alert(1)</script>")
    page = desk.page("/admin/audit")
    assert "<script>alert(1)</script>" in page.find("tbody").text


# -- query budgets --------------------------------------------------------------------------------

# Statements for the page itself, after the session and the viewer; on the pages of one round, its row is one of them.
BUDGETS = {
    "/admin": 5,
    "/admin/rounds": 2,
    "/admin/rounds/{slug}": 8,
    "/admin/rounds/{slug}/extensions": 4,
    "/admin/rounds/{slug}/key-dates": 2,
    "/admin/rounds/{slug}/criteria": 2,
    "/admin/announcements": 3,
    "/admin/enquiries": 4,
    "/admin/audit": 2,
}
FOR_EVERY_PAGE = ("SELECT sign_ins.", "SELECT stream_members.stream_id, stream_members.role")


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_lists_send_the_same_number_of_queries_at_any_size(desk, make, queries, rows, admin):
    round_ = make.round("Counted")
    stream = make.stream(round_, "Mira")
    reader = make.member(stream)
    user = make.user()
    for number in range(rows):
        db.session.add_all(
            [
                Enquiry(round_id=round_.id, user_id=user.id, text=f"Q{number}", asked_at=NOW),
                Announcement(round_id=round_.id, title=f"T{number}", body="B", published_at=NOW),
                AuditEvent(
                    at=NOW,
                    action="round.extended",
                    actor_id=admin.id,
                    subject_type="round",
                    subject_id=round_.id,
                    round_id=round_.id,
                    before={},
                    after={"closes_at": "2026-12-05T12:00:00Z"},
                ),
            ]
        )
    db.session.commit()
    for _ in range(min(rows, 20)):
        other = make.stream(round_)
        make.member(other)
        submitted(make, other, reader=reader)
    slug, spent = round_.slug, {}
    for address in BUDGETS:
        with queries() as sent:
            desk.page(address.format(slug=slug))
        own = [text for text in sent.statements if not text.startswith(FOR_EVERY_PAGE)]
        spent[address] = len(own)
    assert spent == BUDGETS
    assert max(spent.values()) <= 8


def test_page_of_a_round_that_is_not_open_yet_stays_within_the_budget(desk, make, queries):
    round_ = make.round(published_at=None, opens_at=None)
    for _ in range(3):
        make.stream(round_, questions=["One?"])
    slug = round_.slug
    with queries() as sent:
        desk.page(f"/admin/rounds/{slug}")
    own = [text for text in sent.statements if not text.startswith(FOR_EVERY_PAGE)]
    assert len(own) - 1 == 8  # besides the round itself


def test_overview_with_a_scheduled_round_stays_within_the_budget(desk, make, queries):
    for number in range(3):
        make.round(opens_at=NOW + (number + 1) * DAY)
    with queries() as sent:
        desk.page("/admin")
    own = [text for text in sent.statements if not text.startswith(FOR_EVERY_PAGE)]
    assert len(own) == 8
