"""From the check page to the receipt, and back out again."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.extensions import db
from portal.models import Question
from tests.web.applicant.conftest import ANSWERS, fill, send, status_of


def test_check_page_lists_what_is_missing_with_links_to_the_fields(scene, iris):
    iris.submit(f"{scene.home}/start", page=scene.home)

    page = iris.page(f"{scene.home}/check")

    links = {a.text: a["href"] for a in page.select(".notice a")}
    assert links["Full name: not answered yet"] == f"{scene.home}/about?from=check#full_name"
    assert links["Directions: choose at least one"] == f"{scene.home}/directions?from=check"
    for href in links.values():
        path, _, anchor = href.partition("#")
        found = iris.page(path)
        assert not anchor or found.find(id=anchor)
    assert page.find("input", attrs={"name": "key"}) is None


def test_submitting_what_is_incomplete_shows_the_check_again_with_the_errors(scene, iris):
    iris.submit(f"{scene.home}/start", page=scene.home)

    answer = iris.submit(f"{scene.home}/submit", {"key": "key-key-key"}, page=f"{scene.home}/late")

    assert answer.status_code == 409
    assert "This application is not complete yet" in answer.text
    assert "Error: Check your answers" in answer.text


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with space", "ümlaut-key"])
def test_submit_without_a_proper_key_is_refused(scene, iris, key):
    fill(iris, scene, scene.plain)

    answer = iris.submit(f"{scene.home}/submit", {"key": key}, page=f"{scene.home}/check")

    assert answer.status_code == 400


def test_submit_pressed_twice_leads_to_the_same_receipt(scene, iris):
    fill(iris, scene, scene.plain)

    first = send(iris, scene, key="one-and-the-same")
    again = send(iris, scene, key="one-and-the-same")

    assert (first.status_code, again.status_code) == (302, 302)
    assert first.location == again.location


def test_earlier_receipts_stay_readable(scene, iris):
    fill(iris, scene, scene.plain)
    first = send(iris, scene, key="first-submit").location
    changed = {**ANSWERS["about"], "full_name": "Iris O.", "version": "1"}
    iris.submit(f"{scene.home}/about", changed)

    send(iris, scene, key="second-submit")

    assert iris.page(first).h1.text == "An earlier submission"
    assert iris.page(f"{scene.home}/receipt").h1.text == "Application submitted"


def test_a_receipt_shows_what_was_sent_in_the_words_it_had_then(scene, iris):
    fill(iris, scene, scene.asking)
    first = send(iris, scene, key="first-submit").location
    changed = {**ANSWERS["about"], "full_name": "Iris O.", "version": "1"}
    iris.submit(f"{scene.home}/about", changed)
    send(iris, scene, key="second-submit")
    question = db.session.scalars(sa.select(Question).where(Question.retired_at.is_(None))).first()
    asked = question.prompt
    question.prompt = "Quite another question?"
    db.session.commit()

    page = iris.page(first)

    rows = {dt.text.strip(): dt.find_next("dd").text.strip() for dt in page.select("dl dt")}
    assert rows[asked] == "A probe on refusals."
    assert "Quite another question?" not in page.text
    assert ANSWERS["about"]["full_name"] in rows.values()
    assert "Iris O." not in rows.values()
    assert "Iris O." in iris.page(f"{scene.home}/receipt").text


def test_changes_after_submitting_are_shown_as_not_submitted(scene, iris):
    fill(iris, scene, scene.plain)
    send(iris, scene)
    assert "not submitted" not in iris.page(scene.home).text
    assert "This is exactly what you submitted" in iris.page(f"{scene.home}/check").text

    changed = {**ANSWERS["about"], "full_name": "Iris O.", "version": "1"}
    iris.submit(f"{scene.home}/about", changed)

    page = iris.page(scene.home)
    assert "You have changes that are not submitted" in page.text
    assert "Changed since you submitted." in page.text
    assert "Submit your changes" in iris.page(f"{scene.home}/check").text


def test_withdrawing_asks_first_and_can_be_undone(scene, iris):
    fill(iris, scene, scene.plain)
    send(iris, scene)

    asked = iris.page(f"{scene.home}/withdraw")
    assert "You can undo this until" in asked.text
    iris.submit(f"{scene.home}/withdraw")
    page = iris.page(scene.home)
    assert "Withdrawn. Nobody reads it." in page.text

    iris.submit(f"{scene.home}/restore", page=scene.home)
    assert "Submitted. You can change it" in iris.page(scene.home).text


def test_check_page_after_the_chosen_streams_closed_points_at_what_is_open(scene, iris, at, make):
    scene.plain.closes_at = make.now + timedelta(hours=1)
    make.keep(scene.plain)
    fill(iris, scene, scene.plain)

    with at(timedelta(hours=2)):
        page = iris.page(f"{scene.home}/check")
        assert "Choose a direction that is still open" in page.text
        assert page.find("input", attrs={"name": "key"}) is None
        assert status_of(iris.page(scene.home), "Check answers") == "Deadline passed"
        answer = iris.submit(
            f"{scene.home}/extension", {"reason": "I was ill."}, page=f"{scene.home}/late"
        )
    assert answer.status_code == 302
