"""What each public page may ask of the database: the count is written here and does not grow with rows."""

import pytest

from portal.models import FaqEntry

# Statements of the whole request. At most 8; a page above it says why.
LISTS = {
    "/": 7,
    "/directions": 7,
    "/mentors": 6,
    "/papers": 7,
    "/faq": 4,
    "/dates": 3,
    "/streams": 7,
    "/papers.csv": 3,
    "/streams.csv": 7,
    "/papers.atom": 4,
    "/dates.ics": 3,
    "/sitemap.xml": 1,
    "/api/v1/rounds": 3,
    "/api/v1/directions": 6,
    "/api/v1/mentors": 4,
    "/api/v1/papers": 4,
    "/api/v1/topics": 2,
}
# A direction tells what its stream asks before anybody applies: the questions, and the tasks on top.
DETAILS = {"directions": 9, "mentors": 8, "papers": 4}


def fill(make, rows):
    """`rows` of everything that public lists show, all of it linked."""
    round_ = make.round()
    topic = make.topic()
    for number in range(rows):
        person = make.person()
        mentor = make.mentor(person_id=person.id)
        paper = make.paper(authors=[person], topics=[topic], fellows=[person])
        direction = make.direction(mentors=[mentor], papers=[paper])
        direction.topics = [topic]
        make.stream(round_, directions=[direction], mentors=[mentor], questions=["Why?"])
        make.keep(FaqEntry(slug=f"q-{number}", question=f"Why {number}?", answer="So."))
    return direction, mentor, paper


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_lists_cost_the_same_for_any_number_of_rows(client, make, queries, rows):
    fill(make, rows)
    spent = {}
    for path in LISTS:
        with queries() as sent:
            assert client.get(path).status_code == 200
        spent[path] = len(sent.statements)
    assert spent == LISTS
    assert max(spent.values()) <= 8


@pytest.mark.parametrize("rows", [1, 300])
def test_detail_pages_stay_within_their_budget(client, make, queries, rows):
    slugs = [row.slug for row in fill(make, rows)]
    for kind, slug in zip(DETAILS, slugs, strict=True):
        with queries() as sent:
            client.page(f"/{kind}/{slug}")
        assert len(sent.statements) == DETAILS[kind], (kind, sent.statements)


def test_a_direction_with_many_papers_and_questions_costs_no_more(client, make, queries):
    papers = [make.paper(authors=[make.person() for _ in range(5)]) for _ in range(20)]
    direction = make.direction(mentors=[make.mentor() for _ in range(5)], papers=papers)
    make.stream(make.round(), directions=[direction], questions=["Why?"] * 20)
    with queries() as sent:
        client.page(f"/directions/{direction.slug}")
    assert len(sent.statements) == 9


@pytest.mark.parametrize("rows", [1, 300])
def test_find_costs_one_statement_and_the_directions_it_names(client, make, queries, rows):
    fill(make, rows)
    text = "A longer text about what we want done: what we found, and what we want done next."
    client.post("/find", data={"text": text})  # builds the index of this content once
    with queries() as sent:
        client.post("/find", data={"text": text})
    assert len(sent.statements) <= 5
