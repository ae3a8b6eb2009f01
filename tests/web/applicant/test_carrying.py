"""Beginning with the answers of an earlier round: what is copied, what never is, and that nothing is overwritten."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.extensions import db
from portal.models import Application, AuditEvent, Choice, Submission
from tests.web.applicant.conftest import ANSWERS, Scene, fill


@pytest.fixture
def later(scene, make):
    """The next round: the stream that asked asks again, one question in the same words and one anew."""
    round_ = make.round("Winter 2027", opens_at=make.now - timedelta(days=1))
    plain = make.stream(round_, "Model organisms")
    asking = make.stream(
        round_, "Interpretability", questions=["What would you  try first?", "And what second?"]
    )
    asking.slug = scene.asking.slug
    make.keep(asking)
    return Scene(round_, plain, asking, scene.applicant)


@pytest.fixture
def iris(scene, browser):
    client = browser(scene.applicant)
    fill(client, scene, scene.asking)
    return client


def carry(client, later):
    return client.submit(f"{later.home}/carry", page=later.home)


def new_one(later):
    return db.session.scalars(
        sa.select(Application).where(Application.round_id == later.round.id)
    ).one()


def written(application):
    return {row.section: row.answers for row in application.sections}


def test_start_page_offers_the_earlier_round_by_name(iris, later):
    assert "Start with your answers of Summer 2027" in iris.page(later.home).text


def test_nobody_without_an_earlier_application_is_offered_one(scene, later, browser, make):
    other = browser(make.user("Olu Other"))

    assert "Start with your answers" not in other.page(later.home).text
    assert carry(other, later).status_code == 409


def test_general_sections_are_copied_without_what_holds_for_one_round(iris, later):
    answer = carry(iris, later)

    page = iris.page(answer.location)
    assert "Copied from Summer 2027" in page.text
    assert "Look it over" in page.text
    found = written(new_one(later))
    assert set(found) == {"about", "background", "interests"}
    assert found["about"]["full_name"] == "Iris Okafor"
    assert found["about"]["returning"] == ""
    assert found["background"]["story"] == ANSWERS["background"]["story"]
    assert found["background"]["cv"] == ""


def test_answers_are_copied_where_the_same_stream_asks_in_the_same_words(iris, later):
    carry(iris, later)

    rows = new_one(later).stream_applications
    assert [row.stream_id for row in rows] == [later.asking.id]
    texts = {answer.question.prompt: answer.text for answer in rows[0].answers}
    assert texts == {"What would you  try first?": "A probe on refusals.", "And what second?": ""}


def test_neither_choices_nor_a_submission_are_copied(iris, later):
    carry(iris, later)

    application = new_one(later)
    assert application.current_submission_id is None
    assert application.state.value == "draft"
    of_it = sa.select(Choice).where(Choice.application_id == application.id)
    assert db.session.scalars(of_it).all() == []
    assert db.session.scalars(sa.select(Submission)).all() == []


def test_what_is_written_already_stays_and_a_second_press_changes_nothing(iris, later):
    iris.submit(f"{later.home}/start", page=later.home)
    iris.submit(f"{later.home}/about", {"full_name": "Iris, newer", "version": "0"})
    assert "Start with your answers" not in iris.page(later.home).text

    for _ in range(2):
        iris.submit(f"{later.home}/carry", page=later.home)

    found = written(new_one(later))
    assert found["about"]["full_name"] == "Iris, newer"
    assert found["background"]["position"] == "Engineer"
    assert [row.version for row in new_one(later).sections if row.section == "background"] == [1]


def test_earlier_application_stays_as_it_was(scene, iris, later):
    def before():
        row = db.session.scalars(
            sa.select(Application).where(Application.round_id == scene.round.id)
        ).one()
        return written(row), row.saved_at, len(row.choices)

    then = before()
    carry(iris, later)
    assert before() == then


def test_entry_says_from_where_and_copies_no_text(iris, later):
    carry(iris, later)

    entry = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "application.carried")
    ).one()
    assert entry.after["sections"] == [
        "about",
        "background",
        "interests",
        f"stream-{later.asking.slug}",
    ]
    assert "Iris" not in str(entry.after)
