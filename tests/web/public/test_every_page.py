"""Every public page answers: with an empty database, before, during and after a round, and sets no cookie."""

from datetime import timedelta

import pytest

PAGES = [
    "/",
    "/directions",
    "/mentors",
    "/papers",
    "/faq",
    "/dates",
    "/streams",
    "/find",
    "/privacy",
    "/api/v1/",
]
FILES = [
    "/papers.csv",
    "/streams.csv",
    "/dates.ics",
    "/papers.atom",
    "/robots.txt",
    "/sitemap.xml",
    "/api/v1/openapi.json",
    "/api/v1/rounds",
    "/api/v1/directions",
    "/api/v1/mentors",
    "/api/v1/papers",
    "/api/v1/topics",
]


@pytest.fixture
def published(make):
    """An open round with one stream, a mentor, a direction and a paper."""
    mentor = make.mentor("Mira Mentor", bio="Mira studies circuits.")
    paper = make.paper("Circuits in small models", [make.person("Ana Author")], [make.topic()])
    direction = make.direction("Model diffing", [mentor], [paper])
    round_ = make.round("Summer 2027")
    make.stream(round_, "Circuits", [direction], [mentor], ["What would you try first?"])
    return round_


@pytest.mark.parametrize("path", PAGES)
def test_page_answers_with_an_empty_database(client, path):
    response = client.get(path)
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("path", FILES)
def test_file_answers_with_an_empty_database(client, path):
    response = client.get(path)
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert "Cookie" not in response.headers.get("Vary", "")


@pytest.mark.parametrize("path", PAGES + FILES)
@pytest.mark.parametrize(
    "days", [-60, -20, 0, 15, 60], ids=["draft", "scheduled", "open", "closed", "after"]
)
def test_page_answers_in_every_phase_of_a_round(client, published, at, path, days):
    with at(timedelta(days=days)):
        response = client.get(path)
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("path", ["/directions/x", "/mentors/x", "/papers/x", "/receipts/X-1"])
def test_what_is_not_there_is_not_found(client, database, path):
    client.page(path, status=404)


@pytest.mark.parametrize("path", ["/directions", "/mentors", "/papers", "/streams", "/dates"])
def test_empty_list_says_what_to_do(client, path):
    empty = client.page(path).find(class_="empty")
    assert empty is not None
    assert empty.find("a")["href"]


@pytest.mark.parametrize("path", PAGES)
def test_canonical_address_is_absolute_and_without_arguments(client, published, path):
    link = client.page(f"{path}?page=1&utm=x").find("link", rel="canonical")
    assert link["href"] == f"http://localhost{path}"


@pytest.mark.parametrize("path", ["/papers", "/directions", "/mentors"])
@pytest.mark.parametrize(
    "arguments",
    [
        "page=abc",
        "page=-1",
        "page=99999999999999999999",
        "page=²",
        "topic=%00&mentor=%00&fellow=%00&q=%00",
        "year=99999",
        "year=0000",
        "sort=nonsense",
        "q=" + "x" * 5000,
    ],
)
def test_nonsense_in_an_address_breaks_nothing(client, published, path, arguments):
    assert client.get(f"{path}?{arguments}").status_code == 200


@pytest.mark.parametrize("path", [*PAGES, "/api/v1/papers"])
def test_public_page_is_the_same_for_everybody(browser, client, published, make, path, queries):
    signed_in = browser(make.user("Sam Signed"))
    with queries() as sent:
        theirs = signed_in.get(path)
    assert "Set-Cookie" not in theirs.headers
    assert "Cookie" not in theirs.headers.get("Vary", "")
    assert theirs.data == client.get(path).data
    assert not [statement for statement in sent.statements if "sign_ins" in statement]
