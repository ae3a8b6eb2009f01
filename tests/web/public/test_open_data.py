"""The JSON API keeps its document, its ETags and its pages; feeds parse back."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from portal.domain.applications import ApplicationState
from portal.domain.rounds import Arrival
from portal.models import Application, KeyDate, Submission

LISTS = ["rounds", "directions", "mentors", "papers", "topics"]
KEYS = {
    "papers": {
        "title",
        "slug",
        "summary",
        "authors",
        "fellows",
        "date",
        "topics",
        "mentors",
        "url",
        "featured",
    },
    "directions": {
        "title",
        "slug",
        "summary",
        "mentors",
        "topics",
        "papers",
        "open",
        "closes_at",
        "places",
    },
    "mentors": {"name", "slug", "organisation", "directions", "papers"},
    "rounds": {"slug", "name", "phase", "opens_at", "closes_at", "key_dates"},
    "topics": {"name", "slug", "description", "directions", "papers"},
}


@pytest.fixture
def content(make):
    ana, fay = make.person("Ana Author"), make.person("Fay Fellow")
    mentor = make.mentor("Ana Author", person_id=ana.id, organisation="Lab")
    topic = make.topic("Interpretability")
    paper = make.paper("Sparse circuits", [fay, ana], [topic], [fay], featured=True)
    direction = make.direction("Model diffing", [mentor], [paper])
    make.direction("Idle")
    round_ = make.round("Summer 2027")
    make.stream(round_, directions=[direction], mentors=[mentor], places=3)
    make.keep(KeyDate(round_id=round_.id, at=make.now, label="Question hour"))
    make.round("Secret", published_at=None)
    return paper, direction, mentor


def test_document_is_valid_openapi(client, database):
    OpenAPIV31SpecValidator(client.get("/api/v1/openapi.json").json).validate()


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("filled", [False, True])
def test_list_keeps_to_its_schema(client, name, filled, request):
    request.getfixturevalue("content" if filled else "database")
    document = client.get("/api/v1/openapi.json").json
    schema = document["paths"][f"/{name}"]["get"]["responses"]["200"]["content"][
        "application/json"
    ]["schema"]
    answer = client.get(f"/api/v1/{name}").json
    jsonschema.validate(
        answer,
        {**schema, "components": document["components"]},
        format_checker=jsonschema.FormatChecker(),
    )
    assert len(answer["items"]) == answer["total"]
    assert bool(answer["items"]) == filled
    for item in answer["items"]:
        assert set(item) == KEYS[name]


def test_paper_holds_names_in_order_and_mentors(client, content):
    [paper] = client.get("/api/v1/papers").json["items"]
    assert paper["authors"] == ["Fay Fellow", "Ana Author"]
    assert paper["fellows"] == ["Fay Fellow"]
    assert paper["mentors"] == ["Ana Author"]
    assert paper["topics"] == ["Interpretability"]
    assert paper["featured"] is True


def test_direction_holds_its_state_deadline_and_places(client, content):
    diffing, idle = client.get("/api/v1/directions").json["items"]
    assert (diffing["open"], diffing["closes_at"], diffing["places"]) == (
        True,
        "2026-12-05T12:00:00Z",
        3,
    )
    assert diffing["papers"] == [content[0].slug]
    assert (idle["open"], idle["closes_at"], idle["places"]) == (False, None, None)


def test_rounds_are_published_ones_with_all_key_dates(client, content):
    [round_] = client.get("/api/v1/rounds").json["items"]
    assert (round_["name"], round_["phase"]) == ("Summer 2027", "open")
    assert [entry["kind"] for entry in round_["key_dates"]] == [
        "opens",
        "extra",
        "closes",
        "release",
    ]
    assert all(entry["at"].endswith("Z") for entry in round_["key_dates"])


@pytest.mark.parametrize("name", [*LISTS, "openapi.json"])
def test_unchanged_list_answers_304(client, content, name):
    first = client.get(f"/api/v1/{name}")
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"].startswith("public")
    again = client.get(f"/api/v1/{name}", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.data == b""
    assert client.get(f"/api/v1/{name}", headers={"If-None-Match": '"other"'}).status_code == 200


def test_etag_changes_when_a_direction_closes(client, content, at):
    tag = client.get("/api/v1/directions").headers["ETag"]
    with at(timedelta(days=30)):
        later = client.get("/api/v1/directions", headers={"If-None-Match": tag})
    assert later.status_code == 200
    assert later.json["items"][0]["open"] is False


@pytest.mark.parametrize("name", ["rounds", "directions", "mentors", "papers", "topics"])
def test_next_leads_through_every_item_once(client, make, name):
    for _ in range(5):
        person = make.person()
        make.stream(
            make.round(), directions=[make.direction(mentors=[make.mentor(person_id=person.id)])]
        )
        make.paper(authors=[person])
        make.topic()
    address, seen = f"/api/v1/{name}?limit=2", []
    while address:
        answer = client.get(address.removeprefix("http://localhost")).json
        seen += [item["slug"] for item in answer["items"]]
        address = answer["next"]
    assert len(seen) == len(set(seen)) == answer["total"] == 5


def test_next_keeps_the_filters(client, make):
    for number in range(3):
        make.paper(f"Sparse {number}")
    assert client.get("/api/v1/papers?q=sparse&limit=2").json["next"] == (
        "http://localhost/api/v1/papers?q=sparse&page=2&limit=2"
    )


@pytest.mark.parametrize(
    "arguments", ["page=0", "page=x", "limit=201", "limit=-1", "page=99999999999", "limit=1e3"]
)
def test_bad_argument_is_a_json_error(client, database, arguments):
    answer = client.get(f"/api/v1/papers?{arguments}")
    assert answer.status_code == 400
    assert answer.json["status"] == 400


def test_page_past_the_end_is_empty(client, content):
    answer = client.get("/api/v1/papers?page=9").json
    assert (answer["items"], answer["next"], answer["total"]) == ([], None, 1)


ATOM = "{http://www.w3.org/2005/Atom}"


def test_feed_parses_back_with_every_required_part(client, content, make):
    make.paper("A <b> & “quoted” \u2028 title", url="https://example.org/?a=1&b=2")
    response = client.get("/papers.atom")
    assert response.mimetype == "application/atom+xml"
    feed = ElementTree.fromstring(response.data)
    assert feed.tag == f"{ATOM}feed"
    for part in ("title", "id", "updated"):
        assert feed.find(f"{ATOM}{part}").text
    entries = feed.findall(f"{ATOM}entry")
    titles = [entry.find(f"{ATOM}title").text for entry in entries]
    assert set(titles) == {"Sparse circuits", "A <b> & “quoted” \u2028 title"}
    names = [name.text for name in entries[titles.index("Sparse circuits")].iter(f"{ATOM}name")]
    assert names == ["Fay Fellow", "Ana Author"]
    for entry in entries:
        datetime.fromisoformat(entry.find(f"{ATOM}updated").text)
        assert entry.find(f"{ATOM}id").text.startswith("http://localhost/papers/")


def test_sitemap_lists_public_pages_and_no_private_one(client, content):
    tree = ElementTree.fromstring(client.get("/sitemap.xml").data)
    addresses = [element.text for element in tree.iter() if element.tag.endswith("loc")]
    for row, kind in zip(content, ("papers", "directions", "mentors"), strict=True):
        assert f"http://localhost/{kind}/{row.slug}" in addresses
    assert not [a for a in addresses if "/apply" in a or "/receipts" in a or "/admin" in a]
    for address in addresses:
        assert client.get(address.removeprefix("http://localhost") or "/").status_code == 200


def test_robots_names_the_sitemap(client, database):
    assert "Sitemap: http://localhost/sitemap.xml" in client.get("/robots.txt").text


def test_receipt_shows_number_instants_digest_and_nobody(client, make):
    user = make.user("Sam Secret")
    round_ = make.round("Summer 2027")
    application = make.keep(
        Application(
            round_id=round_.id,
            user_id=user.id,
            state=ApplicationState.SUBMITTED,
            created_at=make.now,
            saved_at=make.now,
        )
    )
    make.keep(
        Submission(
            application_id=application.id,
            number="R-AB12-CD34-EF56",
            idempotency_key="k",
            received_at=datetime(2026, 11, 21, 11, 59, 59, 123456, tzinfo=UTC),
            recorded_at=make.now,
            arrival=Arrival.ON_TIME,
            content="{}",
            salt="pepper",
            digest="d" * 64,
        )
    )
    client.page("/receipts/R-AB12-CD34-EF57", status=404)
    response = client.get("/receipts/ab12-cd34-ef56")
    page = client.page("/receipts/R-AB12-CD34-EF56")
    text = page.find("main").text
    assert "2026-11-21T11:59:59.123456Z" in text
    assert "d" * 64 in text
    assert "Sat 21 Nov 2026, 11:59 UTC" in text
    for hidden in ("Sam", "Secret", "pepper", "example.org", "Summer"):
        assert hidden not in text
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in response.headers
