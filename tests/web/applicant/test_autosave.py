"""Saves that a page sends by itself: the rules of every save, one line as an answer, and no clash with its own page."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from portal.extensions import db
from portal.models import Application, AuditEvent, LateDraft, SectionAnswers
from tests.web.applicant.conftest import choose
from tests.web.applicant.page import Page


@pytest.fixture
def iris(scene, browser):
    client = browser(scene.applicant)
    client.submit(f"{scene.home}/start", page=scene.home)
    return client


@pytest.fixture
def about(scene, iris):
    return Page(iris, f"{scene.home}/about")


@pytest.fixture
def closing(scene, make):
    """The round closes while the page is open and its sign-in still holds."""
    scene.round.closes_at = make.now + timedelta(hours=2)
    make.keep(scene.round)
    return scene.round.closes_at


def name_now():
    row = db.session.scalars(sa.select(SectionAnswers)).one_or_none()
    return row and row.answers["full_name"]


def saves_recorded():
    return list(
        db.session.scalars(
            sa.select(AuditEvent)
            .where(AuditEvent.action == "application.saved")
            .order_by(AuditEvent.id)
        )
    )


def test_page_saves_itself_again_and_again_without_clashing_with_itself(about):
    answers = [about.saves_itself(full_name=name) for name in ("I", "Ir", "Iris")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert name_now() == "Iris"
    assert "Saved" in answers[-1].text
    assert ">15:00</time>" in answers[-1].text, "12:00 UTC in the person's own zone"


def test_button_after_saves_by_itself_goes_on(scene, about):
    about.saves_itself(full_name="Iris")

    answer = about.presses_save(full_name="Iris Okafor")

    assert answer.location == f"{scene.home}/background"
    assert name_now() == "Iris Okafor"


def test_button_goes_on_although_the_answer_to_the_last_save_was_lost(about):
    about.sends_late(about.next_turn(), full_name="Ir")  # the version in it never arrived

    assert about.presses_save(full_name="Iris").status_code == 302
    assert name_now() == "Iris"


def test_slow_save_that_arrives_after_the_button_neither_clashes_nor_overwrites(about):
    slow = about.next_turn()
    about.presses_save(full_name="Iris Okafor")

    answer = about.sends_late(slow, full_name="Ir")

    assert answer.status_code == 200
    assert name_now() == "Iris Okafor"


def test_slow_save_that_arrives_after_the_text_was_taken_back_does_not_overwrite(about):
    about.saves_itself(full_name="Iris")
    slow = about.next_turn()
    about.presses_save(full_name="Iris")  # what stands already: nothing is written

    about.sends_late(slow, full_name="Iris, no")

    assert name_now() == "Iris"


def test_two_pages_do_not_overwrite_each_other(scene, iris, about):
    other = Page(iris, f"{scene.home}/about")
    about.saves_itself(full_name="Iris")

    answer = other.saves_itself(full_name="Olu")

    assert answer.status_code == 409
    assert 'data-state="stopped"' in answer.text
    assert "Saved elsewhere" in answer.text
    assert name_now() == "Iris"
    both = other.presses_save(full_name="Olu")
    assert both.status_code == 409
    assert "Iris" in both.text
    assert 'value="Olu"' in both.text
    again = BeautifulSoup(both.text, "html5lib").find("input", attrs={"name": "version"})
    other.values["version"] = again["value"]
    assert other.presses_save(full_name="Olu").status_code == 302
    assert name_now() == "Olu"
    assert about.saves_itself(full_name="Iris!").status_code == 409


def test_page_with_a_clash_does_not_save_by_itself(scene, iris, about):
    other = Page(iris, f"{scene.home}/about")
    about.saves_itself(full_name="Iris")

    page = BeautifulSoup(other.presses_save(full_name="Olu").text, "html5lib")

    assert page.find("form", attrs={"data-autosave": True}) is None


def test_unchanged_text_writes_nothing(about, at):
    about.saves_itself(full_name="Iris")
    before = db.session.scalars(sa.select(SectionAnswers)).one().saved_at

    with at(timedelta(minutes=1)):
        assert about.saves_itself(full_name="Iris").status_code == 200

    row = db.session.scalars(sa.select(SectionAnswers)).one()
    assert (row.version, row.saved_at) == (1, before)
    assert len(saves_recorded()) == 1


def test_one_sitting_has_one_entry_and_every_entry_says_what_stood_before(about, at):
    for minute in (0, 1, 2):
        with at(timedelta(minutes=minute)):
            about.saves_itself(full_name=f"Iris {minute}")
    with at(timedelta(minutes=3)):
        about.presses_save(full_name="Iris by hand")
    with at(timedelta(hours=1)):
        about.saves_itself(full_name="Iris later")

    entries = saves_recorded()
    assert [entry.after["version"] for entry in entries] == [1, 4, 5]
    assert [entry.before.get("version") for entry in entries] == [None, 3, 4]
    assert entries[1].before["saved_at"] == "2026-11-21T12:02:00Z"
    assert "Iris" not in str([(entry.before, entry.after) for entry in entries])


def test_last_save_before_the_close_is_known(about, at, make):
    with at(timedelta(minutes=7)):
        about.saves_itself(full_name="Iris")

    assert db.session.scalars(sa.select(Application)).one().saved_at == make.now + timedelta(
        minutes=7
    )


def test_save_in_the_grace_is_always_recorded_as_such(closing, about, at):
    with at(closing - timedelta(minutes=1)):
        about.saves_itself(full_name="Iris")
    with at(closing + timedelta(seconds=30)):
        assert about.saves_itself(full_name="Iris O").status_code == 200

    assert [entry.after.get("arrival") for entry in saves_recorded()] == [None, "in_grace"]


def test_late_save_says_both_instants_and_keeps_one_text_once(scene, closing, about, at):
    with at(closing + timedelta(hours=1)):
        answers = [about.saves_itself(full_name="Iris") for _ in range(2)]

    for answer in answers:
        assert answer.status_code == 409
        assert 'data-state="stopped"' in answer.text
        assert "deadline has passed" in answer.text
        assert f"{scene.home}/late" in answer.text
    kept = db.session.scalars(sa.select(LateDraft)).one()
    assert kept.content["full_name"] == "Iris"
    assert name_now() is None


def test_signed_out_in_mid_typing_is_told_with_a_way_back(scene, about, app, at):
    with at(timedelta(hours=13)):
        answer = about.saves_itself(full_name="Iris")

    assert answer.status_code == 401
    line = BeautifulSoup(answer.text, "html5lib").find(attrs={"data-state": "ended"})
    assert line["data-token"]
    assert line.find("a", attrs={"href": "/login", "target": "_blank"})
    assert name_now() is None


def test_form_without_its_ticket_is_told_the_same(about):
    about.values["csrf_token"] = "gone"

    answer = about.saves_itself(full_name="Iris")

    assert answer.status_code == 400
    assert 'data-state="ended"' in answer.text


def test_text_of_another_account_is_neither_saved_nor_shown(scene, about, browser, make):
    other = browser(make.user("Olu Other"))
    token = other.page(scene.home).find("input", attrs={"name": "csrf_token"})["value"]
    about.client, about.values["csrf_token"] = other, token

    by_itself = about.saves_itself(full_name="Iris's secret")
    by_hand = about.presses_save(full_name="Iris's secret")

    assert (by_itself.status_code, by_hand.status_code) == (409, 409)
    assert "data-forget" in by_itself.text
    assert "secret" not in by_itself.text + by_hand.text
    assert name_now() is None


def test_stream_answers_save_themselves_too(scene, iris, make):
    choose(iris, scene, scene.asking)
    page = Page(iris, scene.stream_section)

    answers = [page.saves_itself(**{scene.question: text}) for text in ("One", "Two")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert page.presses_save(**{scene.question: "Three"}).status_code == 302
    assert "Three" in iris.page(scene.stream_section).text


def test_ten_hours_and_twenty_thousand_characters_later_the_form_still_lands(scene, iris, at):
    page = Page(iris, f"{scene.home}/background")
    text = "Every word counts. " * 1100

    with at(timedelta(hours=10)):
        assert page.presses_save(story=text).status_code == 302

    row = db.session.scalars(sa.select(SectionAnswers)).one()
    assert row.answers["story"] == text.strip()
    assert len(text) > 20_000


def test_form_of_an_ended_session_comes_back_whole_and_lands_with_one_press(scene, at, browser):
    iris = browser(scene.applicant)
    iris.submit(f"{scene.home}/start", page=scene.home)
    page = Page(iris, f"{scene.home}/background")
    text = "\nNi hao 你好 🙂 <b>&amp; " * 1100

    with at(timedelta(hours=13)):
        ended = page.presses_save(story=text)
        assert ended.status_code == 401
        form = next(
            f for f in BeautifulSoup(ended.text, "html5lib").find_all("form") if f.find("textarea")
        )
        # As a browser sends it: line ends as CR LF; the parser has taken off the first one.
        sent = {
            area["name"]: area.text.removeprefix("\n").replace("\n", "\r\n")
            for area in form.find_all("textarea")
        }
        again = browser(scene.applicant)
        again.get("/account")
        token = again.page(scene.home).find("input", attrs={"name": "csrf_token"})["value"]
        landed = again.post(form["action"], data={**sent, "csrf_token": token})

    assert landed.status_code == 302
    row = db.session.scalars(sa.select(SectionAnswers)).one()
    assert row.answers["story"] == text.strip()
