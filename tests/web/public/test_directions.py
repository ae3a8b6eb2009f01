"""Directions: what a visitor needs to choose one, and to know until when."""

from datetime import timedelta

import pytest

from portal.domain.applications import SECTIONS
from portal.extensions import db
from portal.models import Origin, Question

DAY = timedelta(days=1)


def listed(page):
    return [entry.text for entry in page.select("main .entry-title")]


@pytest.fixture
def offered(make):
    mentor = make.mentor("Mira Mentor")
    paper = make.paper("Circuits in small models", [make.person("Ana Author")])
    direction = make.direction("Model diffing", [mentor], [paper])
    direction.topics = [make.topic("Interpretability")]
    db.session.commit()
    stream = make.stream(
        make.round("Summer 2027"),
        "Circuits",
        [direction],
        [mentor],
        ["What first?", "Why you?"],
        places=3,
        steps="1. A short task.",
    )
    return direction, stream


def test_direction_page_shows_what_one_chooses_by(client, offered):
    direction, _ = offered
    page = client.page(f"/directions/{direction.slug}")
    text = page.find("main").text
    for said in (
        "Mira Mentor",
        "Interpretability",
        "3 in the stream",
        "What first?",
        "Why you?",
        "A short task.",
        "Circuits in small models",
        "Up to 200 words",
    ):
        assert said in text, said
    apply = page.find("a", string="Apply to this direction")
    assert apply["href"] == f"/apply?direction={direction.slug}"


def test_effort_is_the_general_sections_and_the_questions_together(client, offered, make):
    direction, stream = offered
    general = sum(field.minutes for section in SECTIONS for field in section.fields)
    wanted = 240 - general - 30  # two questions of 15 minutes are there already
    make.keep(Question(stream_id=stream.id, prompt="A task", minutes=wanted, position=9))
    make.keep(Question(stream_id=stream.id, prompt="Gone", minutes=500, retired_at=make.now))
    page = client.page(f"/directions/{direction.slug}")
    assert page.find("dt", string="Effort").find_next("dd").text == "About 4 hours"
    assert "Gone" not in page.text


@pytest.mark.parametrize(("days", "state"), [(-10, "Opens later"), (0, "Open"), (20, "Closed")])
def test_direction_says_its_state_and_offers_apply_only_while_open(
    client, offered, at, days, state
):
    with at(days * DAY):
        page = client.page(f"/directions/{offered[0].slug}")
    assert page.find("dt", string="Now").find_next("dd").text.strip() == state
    assert (page.find("a", string="Apply to this direction") is not None) == (state == "Open")


def test_direction_that_nobody_offers_says_so(client, make):
    direction = make.direction("Idle")
    assert "Not offered at present" in client.page(f"/directions/{direction.slug}").text


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (Origin.POST, "Retold from what the mentor published. Source: A post, 2025."),
        (Origin.COMPILED, "Compiled from what the mentor's papers study"),
        (Origin.PORTAL, "Written by the mentors in this portal."),
    ],
)
def test_direction_says_where_its_text_comes_from(client, make, origin, said):
    direction = make.direction()
    direction.origin, direction.source = origin, "A post, 2025"
    db.session.commit()
    assert said in " ".join(client.page(f"/directions/{direction.slug}").text.split())


def test_text_of_a_direction_is_markdown_and_never_markup(client, make):
    direction = make.direction()
    direction.body = "Some *emphasis* <script>alert(1)</script> [go](javascript:alert(1)) {{ 7*7 }}"
    db.session.commit()
    prose = client.page(f"/directions/{direction.slug}").find(class_="prose")
    assert prose.find("em").text == "emphasis"
    assert prose.find("script") is None
    assert all("javascript" not in (link.get("href") or "") for link in prose.find_all("a"))
    assert "{{ 7*7 }}" in prose.text


def test_filters_by_topic_mentor_and_open_now(client, offered, make):
    other = make.direction("Debate", [make.mentor("Otto Other")])
    assert listed(client.page("/directions")) == ["Model diffing", "Debate"]
    topic, mentor = offered[0].topics[0].slug, offered[0].mentors[0].slug
    for arguments in (f"topic={topic}", f"mentor={mentor}", "open=1"):
        assert listed(client.page(f"/directions?{arguments}")) == ["Model diffing"], arguments
    assert listed(client.page(f"/directions?mentor={other.mentor_links[0].mentor.slug}")) == [
        "Debate"
    ]
    nothing = client.page(f"/directions?topic={topic}&mentor={other.mentor_links[0].mentor.slug}")
    assert "No direction fits these filters" in nothing.text


def test_open_directions_stand_before_the_others(client, make):
    make.direction("A, idle")
    direction = make.direction("Z, open")
    make.stream(make.round(), directions=[direction])
    assert listed(client.page("/directions")) == ["Z, open", "A, idle"]


def test_pages_of_a_list_keep_its_filters(client, make):
    for number in range(51):
        make.direction(f"Direction {number:02}")
    first = client.page("/directions?page=1&topic=")
    assert len(listed(first)) == 50
    onward = first.find("a", rel="next")["href"]
    assert onward == "/directions?page=2"
    assert len(listed(client.page(onward))) == 1
