"""The page behind the link in a referee's letter."""

from datetime import timedelta
from hashlib import sha256

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from portal.domain.rounds import Arrival
from portal.extensions import db
from portal.models import AuditEvent, OutboxMessage, Referee, Round
from tests.support.rows import again

TOKEN = "t0ken-that-nobody-guesses"
LINK = f"/reference/{TOKEN}"
WORDS = {
    "acquaintance": "I taught her for two years.",
    "strength": "She rebuilt our pipeline <b>alone</b> & in a week.",
    "comparison": "tenth",
    "more": "",
    "contact": "yes",
}
DAY = timedelta(days=1)


@pytest.fixture
def round_(make):
    return make.round("Summer 2027", max_referees=2, references_due_at=make.now + 5 * DAY)


@pytest.fixture
def application(make, round_):
    return make.submitted(
        make.user("Iris Okafor"), round_, [make.stream(round_)], full_name="Iris Okafor",
        interests="A secret interest of mine",
    )  # fmt: skip


@pytest.fixture
def referee(make, application):
    return make.referee(application, TOKEN, name="Rita Sol", note="Please say <i>how</i> I work.")


def letters(kind):
    return db.session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == kind)).all()


def send(client, **values):
    client.post(LINK, data={**WORDS, "saves": "0", "then": "check", **values})
    return client.post(f"{LINK}/send", data={"saves": "1"})


def snapshot():
    tables = (Referee, OutboxMessage, AuditEvent)
    return [db.session.execute(sa.select(table.__table__)).all() for table in tables]


def test_looking_changes_nothing_and_sets_no_cookie(client, referee):
    before = snapshot()
    for path in (LINK, f"{LINK}/check", f"{LINK}/decline", f"{LINK}?saved=1"):
        for _ in range(10):
            assert "Set-Cookie" not in client.get(path).headers
            client.head(path)
    assert snapshot() == before
    assert client.page(LINK).find("textarea", attrs={"name": "strength"}) is not None


def test_it_says_who_asks_for_what_and_until_when_and_nothing_of_the_application(client, referee):
    page = client.page(LINK)
    for text in (
        "Iris Okafor",
        "Summer 2027",
        "supervised my thesis",
        "26 Nov 2026, 12:00 UTC",
        "AoE",
    ):
        assert text in page.text
    assert "Please say <i>how</i> I work." in page.text
    assert "does not see it" in page.text
    assert "secret interest" not in page.text
    assert "iris.okafor@example.org" not in page.text
    assert TOKEN not in str(page.head)


def test_what_is_saved_is_there_again(client, referee):
    answer = client.post(LINK, data={"strength": "Half a sent", "saves": "0", "then": "save"})
    assert answer.status_code == 303
    page = client.page(answer.location)
    assert "It is not sent yet" in page.text
    assert page.find("textarea", attrs={"name": "strength"}).text.strip() == "Half a sent"
    assert again(referee).received_at is None
    assert letters("reference_received") == []


def test_sending_needs_every_answer_and_keeps_the_others(client, referee):
    answer = client.post(LINK, data={"strength": "Care.", "saves": "0", "then": "check"})
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html5lib")
    assert page.select_one(".error-summary a")["href"] == "#acquaintance"
    assert page.find("textarea", attrs={"name": "strength"}).text.strip() == "Care."
    assert client.post(f"{LINK}/send", data={"saves": "1"}).status_code == 422
    assert again(referee).received_at is None


def test_a_reference_is_read_over_sent_once_and_thanked_for(client, referee, make):
    answer = client.post(LINK, data={**WORDS, "saves": "0", "then": "check"})
    assert answer.location.endswith("/check")
    assert "<b>alone</b> & in a week" in client.page(answer.location).text
    for _ in range(3):
        assert client.post(f"{LINK}/send", data={"saves": "1"}).status_code == 303
    assert "Thank you" in client.page(LINK).h1.text
    row = again(referee)
    assert (row.received_at, row.arrival) == (make.now, Arrival.ON_TIME)
    (thanks,), (told,) = letters("reference_thanks"), letters("reference_received")
    assert thanks.recipient == referee.email
    assert told.recipient == "iris.okafor@example.org"
    for letter in (thanks, told):
        assert "pipeline" not in letter.text
    log = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.subject_type == "referee"))
    assert "pipeline" not in " ".join(str(each.after) for each in log)


def test_what_was_sent_is_shown_and_not_changed(client, referee):
    send(client)
    assert "pipeline" in client.page(LINK).text
    assert client.post(LINK, data={**WORDS, "strength": "Else", "saves": "1"}).status_code == 410
    assert client.post(f"{LINK}/decline").status_code == 410
    assert again(referee).answers["strength"] == WORDS["strength"]
    assert again(referee).declined_at is None


def test_two_tabs_get_both_texts(client, referee):
    client.post(LINK, data={"strength": "First tab", "saves": "0", "then": "save"})
    answer = client.post(LINK, data={"strength": "Second tab", "saves": "0", "then": "save"})
    assert answer.status_code == 409
    assert "First tab" in answer.text
    assert "Second tab" in answer.text
    assert again(referee).answers["strength"] == "First tab"
    page = BeautifulSoup(answer.text, "html5lib")
    version = page.find("input", attrs={"name": "saves"})["value"]
    client.post(LINK, data={"strength": "Second tab", "saves": version, "then": "save"})
    assert again(referee).answers["strength"] == "Second tab"


def test_sending_another_text_than_was_read_over_sends_nothing(client, referee):
    client.post(LINK, data={**WORDS, "saves": "0", "then": "check"})
    client.post(LINK, data={**WORDS, "strength": "Newer", "saves": "1", "then": "save"})
    answer = client.post(f"{LINK}/send", data={"saves": "1"})
    assert answer.status_code == 409
    assert "Newer" in answer.text
    assert again(referee).received_at is None


def test_declining_and_taking_it_back(client, referee):
    client.post(LINK, data={"strength": "A draft", "saves": "0", "then": "save"})
    for _ in range(2):
        assert client.post(f"{LINK}/decline").status_code == 303
    assert again(referee).declined_at is not None
    (told,) = letters("reference_declined")
    assert "A draft" not in told.text
    page = client.page(LINK)
    assert page.find("textarea") is None
    client.post(f"{LINK}/resume")
    assert "A draft" in client.page(LINK).text
    assert len(letters("reference_declined")) == 1


def test_a_decline_stays_when_somebody_else_has_the_place(client, make, application, referee):
    client.post(f"{LINK}/decline")
    make.referee(application)
    make.referee(application)
    assert client.post(f"{LINK}/resume").status_code == 410
    assert again(referee).declined_at is not None


def test_sending_after_declining_is_sending(client, referee):
    client.post(LINK, data={**WORDS, "saves": "0", "then": "check"})
    client.post(f"{LINK}/decline")
    client.post(f"{LINK}/send", data={"saves": "1"})
    row = again(referee)
    assert row.received_at is not None
    assert row.declined_at is None


@pytest.mark.parametrize(("offset", "arrival"), [
    (-timedelta(microseconds=1), Arrival.ON_TIME), (timedelta(0), Arrival.IN_GRACE),
    (timedelta(seconds=120) - timedelta(microseconds=1), Arrival.IN_GRACE),
    (timedelta(seconds=120), Arrival.LATE), (DAY, Arrival.LATE),
])  # fmt: skip
def test_a_reference_is_judged_by_the_due_instant_and_never_lost(
    client, referee, at, make, offset, arrival
):
    with at(5 * DAY + offset):
        send(client)
        row = again(referee)
        assert row.arrival is arrival
        assert row.answers["strength"] == WORDS["strength"]
        late = "marked as late" in client.page(LINK).text
        assert late is (arrival is Arrival.LATE)


REFUSED = [f"{LINK}", f"{LINK}/check", f"{LINK}/decline"]
WRITES = ["", "/send", "/decline", "/resume"]


def nothing_of_a_person(answer):
    for text in ("Iris", "Rita", "Summer", "thesis", "example.org/"):
        assert text not in answer.text
    return answer.status_code


def test_links_that_do_not_work_say_so_and_name_nobody(
    client, make, application, referee, round_, at
):
    other = "/reference/another"
    assert {
        nothing_of_a_person(client.get(other + rest)) for rest in ("", "/check", "/decline")
    } == {404}
    assert {nothing_of_a_person(client.post(other + rest)) for rest in WRITES} == {404}
    db.session.execute(sa.update(Referee).values(withdrawn_at=make.now))
    db.session.commit()
    assert {nothing_of_a_person(client.get(path)) for path in REFUSED} == {410}
    assert {nothing_of_a_person(client.post(LINK + rest)) for rest in WRITES} == {410}
    db.session.execute(sa.update(Referee).values(withdrawn_at=None))
    db.session.execute(sa.update(Round).values(released_at=make.now + DAY))
    db.session.commit()
    assert client.get(LINK).status_code == 200
    with at(DAY):
        assert {nothing_of_a_person(client.get(path)) for path in REFUSED} == {410}
        assert {nothing_of_a_person(client.post(LINK + rest)) for rest in WRITES} == {410}


def test_no_referrer_no_cache_no_robots_also_on_errors(client, referee):
    for path in (LINK, "/reference/none", f"{LINK}/nothing/here"):
        headers = client.get(path).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"].startswith("noindex")
    assert "Disallow: /reference/" in client.get("/robots.txt").text


def test_the_reminders_link_works_beside_the_first(client, make, referee):
    digest = sha256(b"second").hexdigest()
    db.session.execute(sa.update(Referee).values(reminder_digest=digest))
    db.session.commit()
    client.post("/reference/second", data={"strength": "By the second link", "saves": "0"})
    assert "By the second link" in client.page(LINK).text


def test_the_page_sends_few_statements(client, referee, queries):
    with queries() as sent:
        client.get(LINK)
    assert sent.page <= 4, sent.statements
