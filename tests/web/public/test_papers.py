"""Papers: the list, its export, the page of one, and how it is told to search engines."""

import csv
import io
import json
from datetime import date

import pytest

from portal.web.csv_export import defused


@pytest.fixture
def paper(make):
    first, fellow = make.person("Ana Author"), make.person("Fay Fellow")
    mentor = make.mentor("Ana Author", person_id=first.id)
    paper = make.paper(
        "Sparse circuits",
        [fellow, first],
        [make.topic("Interpretability")],
        [fellow],
        url="https://example.org/paper",
        url_source="Seen on a page",
        date=date(2025, 3, 4),
    )
    make.direction("Model diffing", [mentor], [paper])
    return paper


def test_paper_page_shows_authors_in_order_and_all_else(client, paper):
    page = client.page(f"/papers/{paper.slug}")
    authors = page.select_one("p.authors").text.replace(" (fellow)", "")
    assert authors == "Fay Fellow, Ana Author"
    assert page.select_one("p.authors .fellow").text == "Fay Fellow"
    assert page.find("a", string="Read the paper")["href"] == "https://example.org/paper"
    assert (
        page.find("dt", string="Co-authored by mentors").find_next("dd").find("a").text
        == "Ana Author"
    )
    text = page.find("main").text
    for said in (
        "4 March 2025",
        "Interpretability",
        "Model diffing",
        "Seen on a page",
        "author = {Fay Fellow and Ana Author}",
    ):
        assert said in text, said


def test_paper_without_a_confirmed_link_says_so(client, make):
    page = client.page(f"/papers/{make.paper().slug}")
    assert "No address of this paper has been confirmed" in page.text


@pytest.mark.parametrize(
    "title", ["</script><script>alert(1)</script>", "line\u2028break & <b>", "{{7*7}} ]]>"]
)
def test_structured_data_cannot_leave_its_script(client, make, title):
    paper = make.paper(title)
    response = client.get(f"/papers/{paper.slug}")
    page = client.page(f"/papers/{paper.slug}")
    scripts = page.find_all("script", type="application/ld+json")
    assert len(scripts) == 1
    assert json.loads(scripts[0].string)["headline"] == title
    assert "\u2028" not in scripts[0].string
    assert "<script>alert" not in response.text


def test_structured_data_names_the_authors_in_order(client, paper):
    data = json.loads(
        client.page(f"/papers/{paper.slug}").find("script", type="application/ld+json").string
    )
    assert data["@type"] == "ScholarlyArticle"
    assert [author["name"] for author in data["author"]] == ["Fay Fellow", "Ana Author"]
    assert data["datePublished"] == "2025-03-04"


def rows_of(response):
    assert response.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(response.data.decode("utf-8"))))


def test_export_holds_what_the_filters_find(client, make, paper):
    make.paper("Another")
    assert {row["title"] for row in rows_of(client.get("/papers.csv"))} == {
        "Another",
        "Sparse circuits",
    }
    [row] = rows_of(client.get("/papers.csv?q=sparse"))
    assert row["authors"] == "Fay Fellow; Ana Author"
    assert row["fellows"] == "Fay Fellow"
    assert row["date"] == "2025-03-04"
    link = client.page("/papers?q=sparse").find("a", download=True)
    assert link["href"] == "/papers.csv?q=sparse"


LIVE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n =1", '"=1', "'=1", "＝1", "＋1", "－1", "＠x",
        "\u200b=1", "\ufeff@x", " \t x", "“=1"]  # fmt: skip
PLAIN = [
    "",
    "Model diffing",
    "a=b",
    "1-2",
    "Żółć, “quoted” and\nlines",
    "张伟",
    "x\t=1",
    "3 = 3",
    " leading",
]


@pytest.mark.parametrize("text", LIVE)
def test_live_cell_is_defused(text):
    assert defused(text) == "'" + text


@pytest.mark.parametrize("text", PLAIN)
def test_plain_cell_comes_back_as_it_was(client, make, text):
    assert defused(text) == text


def test_numbers_stay_numbers():
    assert defused(-3) == "-3"
    assert defused(None) == ""


def test_export_defuses_titles_and_keeps_the_rest_of_unicode(client, make):
    make.paper("=HYPERLINK(1)", [make.person("Łukasz 张")])
    [row] = rows_of(client.get("/papers.csv"))
    assert row["title"] == "'=HYPERLINK(1)"
    assert row["authors"] == "Łukasz 张"


def test_search_shows_its_words_and_says_when_nothing_fits(client, paper):
    page = client.page("/papers?q=%3Cb%3Enothing%3C/b%3E")
    assert page.find("input", attrs={"name": "q"})["value"] == "<b>nothing</b>"
    assert "No paper fits this search" in page.text


def test_year_filter_offers_the_years_there_are(client, paper):
    options = [o["value"] for o in client.page("/papers").select("#filter-year option")]
    assert options == ["", "2025"]
