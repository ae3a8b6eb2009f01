"""Answers and calendars take every date from the round's record."""

import json
from datetime import timedelta

import pytest
from icalendar import Calendar

from portal.models import FaqEntry, KeyDate

DAY = timedelta(days=1)
ANSWER = (
    "For **{{ round.name }}**: opens {{ round.opens_at }}, closes {{round.closes_at}},"
    " outcome {{ round.release_at }}."
)


def answer(make, text=ANSWER, **values):
    return make.keep(
        FaqEntry(slug=values.pop("slug", "dates"), question="When?", answer=text, **values)
    )


def shown(client):
    return " ".join(client.page("/faq").select_one("main .prose").text.split())


def test_answers_are_filled_from_the_current_round(client, make):
    answer(make)
    make.round("Summer 2027")
    text = shown(client)
    assert text.startswith(
        "For Summer 2027: opens Sat 14 Nov 2026, 00:00 AoE · Sat 14 Nov 2026, 12:00 UTC,"
    )
    assert "closes Sat 5 Dec 2026, 00:00 AoE · Sat 5 Dec 2026, 12:00 UTC" in text
    assert "{{" not in text
    times = client.page("/faq").select("main [data-local-time] time")
    assert times[0]["datetime"] == "2026-11-14T12:00:00Z"


def test_answers_without_a_round_say_that_nothing_is_announced(client, make):
    answer(make)
    assert shown(client) == (
        "For the next round: opens not announced yet, closes not announced yet, outcome not announced yet."
    )


def test_an_extension_moves_the_answer_at_once(client, make):
    answer(make, "{{ round.closes_at }}")
    round_ = make.round()
    round_.closes_at += DAY
    make.keep(round_)
    assert "Sun 6 Dec 2026, 12:00 UTC" in shown(client)


@pytest.mark.parametrize(
    "text",
    ["{{ 7*7 }}", "{{ config }}", "{% if 1 %}x{% endif %}", "{{ round.secret }}", "{{ round }}"],
)
def test_stored_text_is_never_a_template(client, make, text):
    make.round()
    answer(make, text)
    assert shown(client) == text


def test_placeholders_act_as_text_only(client, make):
    make.round("<b>Sum</b> *mer* {{ round.closes_at }}")
    answer(
        make,
        "{{ round.name }} [x](https://example.org/{{ round.opens_at }}) \ue000round.name\ue001",
    )
    page = client.page("/faq")
    prose = page.select_one("main .prose")
    assert "<b>Sum</b> *mer* {{ round.closes_at }}" in prose.text
    assert prose.find("b") is None
    assert "span" not in str(prose.find("a", href=True)["href"])


def test_answers_stand_under_whom_they_are_for_in_their_order(client, make):
    answer(make, "Two.", slug="two", audience="applicants", position=2)
    answer(make, "One.", slug="one", position=1)
    answer(make, "Three.", slug="three", audience="mentors", position=1)
    headings = [h.text for h in client.page("/faq").select("main section.sided > h2")]
    assert headings == ["About the programme", "For applicants", "For mentors"]


def test_faq_is_told_to_search_engines(client, make):
    answer(make, "Soon.")
    data = json.loads(client.page("/faq").find("script", type="application/ld+json").string)
    assert data["@type"] == "FAQPage"
    assert data["mainEntity"][0]["acceptedAnswer"]["text"].strip() == "<p>Soon.</p>"


@pytest.fixture
def summer(make):
    round_ = make.round("Summer 2027")
    make.stream(round_, "Circuits", closes_at=make.now + 3 * DAY)
    make.keep(KeyDate(round_id=round_.id, at=make.now + DAY, label="Question hour", note="Online."))
    return round_


def test_dates_page_lists_every_date_in_order_and_marks_the_next(client, summer):
    page = client.page("/dates")
    labels = [item.strong.text for item in page.select("ol.dates > li")]
    assert labels == [
        "Applications open",
        "Question hour",
        "Applications close: Circuits",
        "Applications close",
        "All applicants learn their outcome",
    ]
    [coming] = page.select("li.is-next")
    assert coming.strong.text == "Question hour"
    for item in page.select("ol.dates > li"):
        assert "UTC" in item.text
        assert "AoE" in item.text
        assert item.find(attrs={"data-local-time": True}) is not None


def test_calendar_file_holds_the_same_dates_under_lasting_names(client, make, summer):
    response = client.get("/dates.ics")
    assert response.mimetype == "text/calendar"
    before = {str(e["uid"]): e for e in Calendar.from_ical(response.data).walk("VEVENT")}
    assert len(before) == 5
    closes = before[f"{summer.slug}-closes-1@localhost"]
    assert closes["dtstart"].dt == summer.closes_at
    assert str(closes["summary"]) == "Summer 2027: Applications close"
    summer.closes_at += DAY
    make.keep(summer)
    after = {
        str(e["uid"]): e for e in Calendar.from_ical(client.get("/dates.ics").data).walk("VEVENT")
    }
    assert after.keys() == before.keys()
    assert after[str(closes["uid"])]["dtstart"].dt == summer.closes_at


def test_round_is_told_to_search_engines_with_its_dates(client, summer):
    data = json.loads(client.page("/dates").find("script", type="application/ld+json").string)
    assert data["applicationDeadline"] == "2026-12-05T12:00:00Z"
    assert data["applicationStartDate"] == "2026-11-14T12:00:00Z"


def test_other_rounds_are_named_and_archived_ones_are_not(client, make, summer):
    make.round("Winter 2027", opens_at=make.now + 90 * DAY, closes_at=make.now + 99 * DAY)
    make.round("Old", closes_at=make.now - DAY, archived_at=make.now - timedelta(hours=2))
    text = client.page("/dates").text
    assert "Winter 2027" in text
    assert "Old" not in text


def test_stream_table_says_which_streams_have_closed(client, make, summer):
    early = make.stream(summer, "Early", closes_at=make.now - DAY)
    rows = {row.find("th").text: row.text for row in client.page("/streams").select("tbody tr")}
    assert [name for name, text in rows.items() if "Closed" in text] == [early.name]


def test_stream_table_and_its_export_hold_the_same_rows(client, make, summer):
    mentor = make.mentor("=Mira")
    make.stream(summer, "Debate", [make.direction("Judges")], [mentor], places=4)
    page = client.page("/streams")
    cells = [c.text.strip() for c in page.select("tbody tr")[1].select("td")]
    assert cells[:3] == ["=Mira", "Judges", "4"]
    assert "own deadline" in page.select("tbody tr")[0].text
    lines = client.get("/streams.csv").text.splitlines()
    assert lines[2].startswith("Debate,'=Mira,Judges,4,2026-12-05T12:00:00Z,")
