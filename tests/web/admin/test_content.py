"""Admins edit what the public pages say: kept in the history, checked for staleness, safe from the next load."""

import pytest
import sqlalchemy as sa

from portal import paths
from portal.domain.content import Content
from portal.extensions import db
from portal.models import AuditEvent, Direction, Mentor, Paper, Person, Topic
from portal.services.reference import load_reference
from tests.conftest import NOW


@pytest.fixture
def desk(make, browser):
    """A signed-in admin's browser, with the reference content loaded."""
    load_reference(paths.SEEDS / "reference", NOW)
    return browser(make.admin())


def form_of(page):
    """What the page's form would send, unchanged."""
    form = page.find("main").find("form")
    sent = {}
    for tag in form.find_all(["input", "textarea", "select"]):
        name, kind = tag.get("name"), tag.get("type")
        if not name or name == "csrf_token" or (kind == "checkbox" and not tag.has_attr("checked")):
            continue
        if tag.name == "textarea":
            value = tag.text.removeprefix("\n")
        elif tag.name == "select":
            value = tag.find("option", selected=True)["value"]
        else:
            value = tag.get("value", "")
        sent.setdefault(name, []).append(value)
    return sent


@pytest.mark.parametrize("kind", list(Content))
def test_every_kind_is_listed_and_opens_for_editing(desk, kind):
    page = desk.page(f"/admin/content/{kind}")
    links = [a["href"] for a in page.select("main td a")]
    assert links
    desk.page(links[0])


@pytest.mark.parametrize("kind", list(Content))
def test_saving_unchanged_changes_no_words(desk, kind):
    address = desk.page(f"/admin/content/{kind}").select_one("main td a")["href"]
    before = form_of(desk.page(address))

    answer = desk.submit(address, before)

    assert answer.status_code == 302
    after = form_of(desk.page(address))
    assert {**after, "version": None} == {**before, "version": None}
    event = db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.before, event.after) == ("content.edited", {}, {})


def test_edit_shows_at_once_and_survives_the_next_load(desk):
    address = "/admin/content/mentors/lee-sharkey"
    desk.submit(address, {**form_of(desk.page(address)), "city": "Nowhere"})

    report = load_reference(paths.SEEDS / "reference", NOW)

    assert not report.changed
    mentor = db.session.scalars(sa.select(Mentor).where(Mentor.slug == "lee-sharkey")).one()
    assert mentor.city == "Nowhere"
    history = desk.page(address).select_one("ol.dates").text
    assert "Ada Admin changed city" in " ".join(history.split())


def test_second_save_over_a_newer_one_shows_both_texts_and_loses_none(desk):
    address = "/admin/content/topics/interpretability"
    opened = form_of(desk.page(address))
    desk.submit(address, {**opened, "description": "First."})

    answer = desk.submit(address, {**opened, "description": "Second."})

    assert answer.status_code == 409
    assert "First." in answer.text
    assert "Second." in answer.text
    topic = db.session.scalars(sa.select(Topic).where(Topic.slug == "interpretability")).one()
    assert topic.description == "First."


def test_new_paper_finds_known_authors_and_is_searchable(desk):
    answer = desk.submit(
        "/admin/content/papers/new",
        {
            "title": "A Study of Something New",
            "summary": "What was found.",
            "authors": "Alexander Matt Turner\nBrand New *",
            "date": "2026-03-01",
        },
    )

    assert answer.status_code == 302
    paper = db.session.scalars(
        sa.select(Paper).where(Paper.slug == "a-study-of-something-new")
    ).one()
    assert [a.person.name for a in paper.authorships] == ["Alex Turner", "Brand New"]
    assert [a.is_fellow for a in paper.authorships] == [False, True]
    assert "brand new" in paper.search_text
    assert db.session.scalar(sa.select(sa.func.count(Person.id))) == 161


def test_name_taken_is_an_error_at_the_field_and_keeps_the_rest(desk):
    answer = desk.submit(
        "/admin/content/topics/new", {"name": "Interpretability", "description": "Mine."}
    )

    assert answer.status_code == 422
    assert "There is one with these words already." in answer.text
    assert "Mine." in answer.text


def test_direction_keeps_the_order_of_its_mentors_and_papers(desk):
    address = "/admin/content/directions/sparse-autoencoders"
    desk.submit(address, {**form_of(desk.page(address)), "title": "Sparse autoencoders, again"})

    direction = db.session.scalars(
        sa.select(Direction).where(Direction.slug == "sparse-autoencoders")
    ).one()
    assert direction.title == "Sparse autoencoders, again"
    assert direction.mentors[0].slug == "neel-nanda"


def test_unknown_kind_or_entry_is_not_found(desk):
    desk.page("/admin/content/horses", status=404)
    desk.page("/admin/content/topics/horses", status=404)


def test_applicants_may_not_edit(make, browser):
    browser(make.user()).page("/admin/content", status=403)
