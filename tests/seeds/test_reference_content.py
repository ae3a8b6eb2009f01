"""The reference content says what its source says, once, in our own words.

Needs no database: it reads the seed files as a person who edits them would. The comparisons with the
source run where the two documents are at hand (``PORTAL_SOURCE_DIR``, or ``shared/source`` beside the
checkout) and are skipped by name elsewhere.
"""

import copy
import datetime as dt
import os
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

Entry = dict[str, Any]

PLACEHOLDERS = {"round.name", "round.opens_at", "round.closes_at", "round.release_at"}
ORIGINS = {"post", "compiled"}
AUDIENCES = {"everyone", "applicants", "mentors"}
LONGEST_SHARED_RUN = 7  # words; an eighth in a row would be copying

# What the page prints wrongly, repaired once. Each must still be on the page, or the repair is stale.
JOINED_AUTHORS = {"Alan Chan Nicholas Carlini": ["Alan Chan", "Nicholas Carlini"]}
MISSPELT_AUTHORS = {"Bilal Chugtai": "Bilal Chughtai"}


def repository_root() -> Path:
    """The nearest folder above this file that holds the project's pyproject.toml."""
    return next(p for p in Path(__file__).resolve().parents if (p / "pyproject.toml").is_file())


REFERENCE = repository_root() / "seeds" / "reference"


def entries(kind: str, file: str) -> list[Entry]:
    return tomllib.loads((REFERENCE / file).read_text(encoding="utf-8"))[kind]


def pages(folder: str) -> dict[str, Entry]:
    """Markdown files by stem: the front matter, with the text below it as ``body``."""
    found = {}
    for path in sorted((REFERENCE / folder).glob("*.md")):
        before, front, body = path.read_text(encoding="utf-8").split("+++\n", 2)
        assert before == "", f"{path.name}: the front matter comes first"
        found[path.stem] = tomllib.loads(front) | {"body": body.strip()}
    return found


TOPICS = entries("topic", "topics.toml")
PEOPLE = entries("person", "people.toml")
PAPERS = entries("paper", "papers.toml")
MENTORS = entries("mentor", "mentors.toml")
DIRECTIONS = pages("directions")
FAQ = pages("faq")


def slugs(kind: list[Entry]) -> set[str]:
    return {entry["slug"] for entry in kind}


def folded(name: str) -> str:
    """The slug of a name: plain ASCII, small letters, hyphens."""
    plain = unicodedata.normalize("NFKD", name.replace("ø", "o")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())


def own_texts() -> Iterator[tuple[str, str]]:
    """Every sentence we wrote, with where it stands. FAQ questions are the source's own: not here."""
    for kind, field in ((TOPICS, "description"), (PAPERS, "summary"), (MENTORS, "bio")):
        yield from ((f"{e['slug']}: {field}", e[field]) for e in kind)
    for stem, page in DIRECTIONS.items():
        yield from ((f"{stem}: {field}", page[field]) for field in ("summary", "body"))
    yield from ((f"{stem}: body", page["body"]) for stem, page in FAQ.items())


# --- what the files must hold, with or without the source ----------------------------------------


def test_counts_are_those_of_the_source() -> None:
    fellows = {a["person"] for p in PAPERS for a in p["authors"] if a["fellow"]}
    assert (len(PAPERS), len(PEOPLE), len(fellows), len(TOPICS)) == (25, 160, 37, 12)
    assert sum(len(p["topics"]) for p in PAPERS) == 37
    assert sum(p["featured"] for p in PAPERS) == 6


def test_fellows_per_paper_are_spread_as_in_the_source() -> None:
    spread = Counter(sum(a["fellow"] for a in p["authors"]) for p in PAPERS)
    assert spread == {1: 14, 2: 6, 3: 4, 4: 1}


@pytest.mark.parametrize(
    ("kind", "title"), [(TOPICS, "name"), (PEOPLE, "name"), (PAPERS, "title"), (MENTORS, "name")]
)
def test_slugs_and_names_are_unique_and_plain(kind: list[Entry], title: str) -> None:
    assert len(slugs(kind)) == len({e[title] for e in kind}) == len(kind)
    assert all(slug == folded(slug) for slug in slugs(kind))


def test_a_person_has_the_slug_of_the_name_and_no_name_belongs_to_two() -> None:
    assert [p["slug"] for p in PEOPLE] == [folded(p["name"]) for p in PEOPLE]
    names = Counter(name for p in PEOPLE for name in (p["name"], *p["variants"]))
    assert [name for name, uses in names.items() if uses > 1] == []


def test_every_reference_leads_to_an_entry() -> None:
    people, topics, papers, mentors = map(slugs, (PEOPLE, TOPICS, PAPERS, MENTORS))
    assert {a["person"] for p in PAPERS for a in p["authors"]} == people
    assert {t for p in PAPERS for t in p["topics"]} == topics
    assert {m["person"] for m in MENTORS} - {""} <= people
    for stem, page in DIRECTIONS.items():
        assert set(page["mentors"]) <= mentors, stem
        assert set(page["topics"]) <= topics, stem
        assert set(page["papers"]) <= papers, stem
        assert page["mentors"], f"{stem}: names nobody who wants it done"
        assert page["topics"], f"{stem}: could not be found by topic"


def test_names_are_printed_as_the_person_is_known() -> None:
    known = {p["slug"]: {p["name"], *p["variants"]} for p in PEOPLE}
    misspelt = set(MISSPELT_AUTHORS)
    for paper in PAPERS:
        people = [a["person"] for a in paper["authors"]]
        assert len(set(people)) == len(people), f"{paper['slug']}: an author stands twice"
        for author in paper["authors"]:
            assert author["printed"] in known[author["person"]] - misspelt, paper["slug"]


def test_papers_are_dated_and_newest_first() -> None:
    dates = [p["date"] for p in PAPERS]
    assert all(type(date) is dt.date for date in dates)
    assert dates == sorted(dates, reverse=True)
    assert (dates[-1], dates[0]) == (dt.date(2023, 8, 20), dt.date(2026, 2, 11))


def test_every_link_says_where_it_was_confirmed() -> None:
    for paper in PAPERS:
        if paper["url"]:
            assert re.fullmatch(r"https://\S+", paper["url"]), paper["slug"]
            assert len(words(paper["url_source"])) >= 5, paper["slug"]
        else:
            assert paper["url_source"] == "not confirmed", paper["slug"]
    links = Counter(p["url"] for p in PAPERS if p["url"])
    assert max(links.values()) == 1


def test_summaries_are_long_enough_to_inform_and_short_enough_to_read() -> None:
    lengths = {p["slug"]: len(p["summary"].split()) for p in PAPERS}
    assert {slug: n for slug, n in lengths.items() if not 60 <= n <= 110} == {}


def test_mentors_are_sourced_and_never_said_to_supervise() -> None:
    written = Counter(a["person"] for p in PAPERS for a in p["authors"])
    numbers = {1: "one", 2: "two", 3: "three", 4: "four", 9: "nine"}
    for mentor in MENTORS:
        assert mentor["source"], mentor["slug"]
        assert "supervis" not in mentor["bio"].lower(), mentor["slug"]
        if mentor["person"]:
            count = numbers[written[mentor["person"]]]
            assert f"co-authored {count} of the papers" in mentor["bio"], mentor["slug"]
    assert [m["slug"] for m in MENTORS if not m["person"]] == ["alex-cloud"]


def test_every_mentor_offers_a_direction() -> None:
    assert {m for page in DIRECTIONS.values() for m in page["mentors"]} == slugs(MENTORS)


def test_directions_are_ordered_and_say_where_they_come_from() -> None:
    orders = sorted(page["order"] for page in DIRECTIONS.values())
    assert orders == list(range(1, len(DIRECTIONS) + 1))
    for stem, page in DIRECTIONS.items():
        assert stem == folded(stem)
        assert page["origin"] in ORIGINS, stem
        assert page["source"], stem
        assert 90 <= len(page["body"].split()) <= 220, stem
        assert page["summary"].count(".") == 1, f"{stem}: the summary is one sentence"
        last = " ".join(page["body"].split()).split(". ")[-1]
        assert ("compiled from the listed paper" in last) == (page["origin"] == "compiled"), stem
        assert page["origin"] == "post" or "own wording" in last, stem


def test_a_compiled_direction_is_drawn_from_papers_of_its_mentors() -> None:
    author_of = {p["slug"]: {a["person"] for a in p["authors"]} for p in PAPERS}
    wrote_none = {m["slug"] for m in MENTORS if not m["person"]}
    for stem, page in DIRECTIONS.items():
        if page["origin"] == "compiled":
            assert page["papers"], stem
            for paper in page["papers"]:
                assert set(page["mentors"]) - wrote_none <= author_of[paper], stem


def test_faq_types_no_date_and_asks_for_known_values_only() -> None:
    assert sorted(page["order"] for page in FAQ.values()) == list(range(1, len(FAQ) + 1))
    months = "January February March April May June July August September October November December"
    typed = re.compile(
        rf"\d{{4}}-\d\d|\b(?:{months.replace(' ', '|')})\b \d|\d \b(?:{months.replace(' ', '|')})\b"
    )
    for stem, page in FAQ.items():
        assert int(stem[:2]) == page["order"], stem
        assert page["audience"] in AUDIENCES, stem
        assert not typed.search(page["body"]), f"{stem}: a date is typed"
        used = re.findall(r"\{\{(.*?)\}\}", page["body"])
        assert {value.strip() for value in used} <= PLACEHOLDERS, stem
        assert all(value == f" {value.strip()} " for value in used), stem


def test_faq_keeps_the_grace_to_itself() -> None:
    assert [stem for stem, page in FAQ.items() if "grace" in words(page["body"])] == []


# --- what the files must have in common with the source ------------------------------------------


@pytest.fixture(scope="module")
def source() -> Path:
    beside = repository_root().parent / "shared" / "source"
    folder = Path(os.environ.get("PORTAL_SOURCE_DIR") or beside)
    if not (folder / "mats-research-page.txt").is_file():
        pytest.skip("needs the documents beside the project")
    return folder


@pytest.fixture(scope="module")
def page(source: Path) -> str:
    text = (source / "mats-research-page.txt").read_text(encoding="utf-8")
    return text.replace("\N{NO-BREAK SPACE}", " ")


def repaired(printed: str) -> list[str]:
    names = [n for raw in printed.split(", ") for n in JOINED_AUTHORS.get(raw, [raw])]
    return [MISSPELT_AUTHORS.get(name, name) for name in names]


def parsed(page: str) -> list[Entry]:
    """The entries of the research page, in its order: title, abstract, tags or "Read more", people, date."""
    blocks = [b.strip() for b in re.split(r"\n\s*\n", page)]
    found = []
    for at, block in enumerate(blocks):
        if block != "Authors:":
            continue
        authors, fellows, date = blocks[at + 1], blocks[at + 3], blocks[at + 5]
        assert (blocks[at + 2], blocks[at + 4]) == ("Fellows:", "Date:")
        featured = blocks[at - 1] == "Read more"
        found.append(
            {
                "title": blocks[at - 3],
                "topics": [] if featured else blocks[at - 1].split("\n"),
                "featured": featured,
                "authors": repaired(authors),
                "fellows": set(fellows.split(", ")),
                "date": dt.datetime.strptime(date, "%b %d, %Y").date(),  # noqa: DTZ007 - a date
            }
        )
    return found


def merged(found: list[Entry]) -> dict[str, Entry]:
    """One entry for each title: a paper that is featured and listed has the tags of its listing."""
    papers: dict[str, Entry] = {}
    for entry in found:
        first = papers.setdefault(entry["title"], entry)
        for field in ("authors", "fellows", "date"):
            assert first[field] == entry[field], f"{entry['title']}: printed twice, differently"
        first["topics"] = first["topics"] or entry["topics"]
        first["featured"] = first["featured"] or entry["featured"]
    return papers


def differences(seeds: list[Entry], printed: dict[str, Entry]) -> list[str]:
    """Each field of each paper in which the seed files and the page disagree."""
    topic = {t["slug"]: t["name"] for t in TOPICS}
    person = {name: p["slug"] for p in PEOPLE for name in (p["name"], *p["variants"])}
    told = [f"title: {t}" for t in {p["title"] for p in seeds} ^ set(printed)]
    for paper in seeds:
        if (there := printed.get(paper["title"])) is None:
            continue
        here = {
            "topics": [topic[slug] for slug in paper["topics"]],
            "featured": paper["featured"],
            "authors": [a["printed"] for a in paper["authors"]],
            "date": paper["date"],
        }
        told += [f"{field}: {paper['slug']}" for field in here if here[field] != there[field]]
        fellows = {a["person"] for a in paper["authors"] if a["fellow"]}
        if fellows != {person[name] for name in there["fellows"]}:
            told.append(f"fellows: {paper['slug']}")
    return told


def test_papers_agree_with_the_page_in_every_field(page: str) -> None:
    found = parsed(page)
    assert len(found) == 26
    assert differences(PAPERS, merged(found)) == []


@pytest.mark.parametrize("field", ["title", "topics", "authors", "date", "fellows", "featured"])
def test_the_comparison_notices_a_changed_field(page: str, field: str) -> None:
    changed = copy.deepcopy(PAPERS)
    paper = next(p for p in changed if p["topics"])
    match field:
        case "title":
            paper["title"] += "!"
        case "date":
            paper["date"] += dt.timedelta(days=1)
        case "topics":
            paper["topics"].pop()
        case "featured":
            paper["featured"] = not paper["featured"]
        case "authors":
            paper["authors"][:2] = reversed(paper["authors"][:2])
        case "fellows":
            paper["authors"][0]["fellow"] = not paper["authors"][0]["fellow"]
    assert {told.split(":")[0] for told in differences(changed, merged(parsed(page)))} == {field}


def test_topics_bear_the_names_of_the_page(page: str) -> None:
    assert {t["name"] for t in TOPICS} == {t for entry in parsed(page) for t in entry["topics"]}


def test_every_repair_and_every_variant_is_on_the_page(page: str) -> None:
    variants = [v for p in PEOPLE for v in p["variants"]]
    known_elsewhere = {"Alex Turner"}  # mentors go by this name; the page prints the formal one
    expected = [*JOINED_AUTHORS, *MISSPELT_AUTHORS, *variants, *(p["name"] for p in PEOPLE)]
    assert [n for n in expected if n not in page and n not in known_elsewhere] == []


def test_the_five_questions_of_the_page_are_answered_first(page: str) -> None:
    asked = page.split("Frequently asked questions")[1].strip().split("\n")
    ordered = sorted(FAQ.values(), key=lambda p: p["order"])
    assert [p["question"] for p in ordered[: len(asked)]] == asked


def test_the_areas_of_the_post_are_its_directions(source: Path) -> None:
    post = (source / "nanda-directions.txt").read_text(encoding="utf-8")
    areas = post.split("Contents")[1].split("None")[0].split("\n")
    ordered = sorted(DIRECTIONS.values(), key=lambda p: p["order"])
    from_post = [p["title"] for p in ordered if p["origin"] == "post"]
    assert from_post == [area.strip() for area in areas if area.strip()]


def test_no_text_of_ours_repeats_eight_words_of_the_source(source: Path) -> None:
    run = LONGEST_SHARED_RUN + 1
    theirs = set()
    for document in sorted(source.glob("*.txt")):
        said = words(document.read_text(encoding="utf-8"))
        theirs |= {tuple(said[i : i + run]) for i in range(len(said) - run + 1)}
    copied = [
        f"{where}: {' '.join(ours[i : i + run])}"
        for where, text in own_texts()
        for ours in [words(text)]
        for i in range(len(ours) - run + 1)
        if tuple(ours[i : i + run]) in theirs
    ]
    assert copied == []
