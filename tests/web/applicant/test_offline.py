"""The packet over HTTP: downloaded, written anywhere, uploaded, and every section saved by the rule of every save."""

from io import BytesIO

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from portal.extensions import db
from portal.models import Application, Choice, SectionAnswers
from tests.web.applicant.conftest import ANSWERS, choose, fill


@pytest.fixture
def iris(scene, browser):
    client = browser(scene.applicant)
    fill(client, scene, scene.asking)
    return client


def download(client, scene):
    answer = client.get(f"{scene.home}/offline.txt")
    assert answer.mimetype == "text/plain"
    assert "attachment" in answer.headers["Content-Disposition"]
    return answer.data.decode("utf-8-sig")


def upload(client, scene, text, name="answers.txt"):
    data = text if isinstance(text, bytes) else text.encode()
    token = client.page(f"{scene.home}/offline").find("input", attrs={"name": "csrf_token"})
    return client.post(
        f"{scene.home}/offline",
        data={"packet": (BytesIO(data), name), "csrf_token": token["value"]},
    )


def sections():
    rows = db.session.scalars(sa.select(SectionAnswers).order_by(SectionAnswers.section))
    return {row.section: (row.answers, row.version) for row in rows}


def test_packet_holds_questions_and_answers_and_comes_back_without_a_change(scene, iris):
    before = sections()
    text = download(iris, scene)

    assert "What have you done that a mentor should know about?" in text
    assert ANSWERS["background"]["story"] in text
    assert "What would you try first?" in text
    assert "A probe on refusals." in text
    answer = upload(iris, scene, text)

    assert answer.location == f"{scene.home}/check"
    assert sections() == before


def test_changed_answers_land_and_nothing_else_is_written(scene, iris):
    before = sections()
    text = download(iris, scene).replace("I built a probe", "I rebuilt\r\na probe")
    text = text.replace("A probe on refusals.", "你好 🙂")

    answer = upload(iris, scene, text)

    assert answer.location == f"{scene.home}/check"
    check = iris.page(answer.location)
    assert "Taken in from your file: Background, Questions of Interpretability." in check.text
    assert "你好 🙂" in check.text
    after = sections()
    assert after.pop("background")[0]["story"] == "I rebuilt\na probe for small models."
    before.pop("background")
    assert after == before


def test_choices_are_not_changed_by_it(scene, iris):
    before = db.session.execute(sa.select(Choice.offering_id, Choice.rank)).all()

    upload(iris, scene, download(iris, scene).replace("Engineer", "Else"))

    assert db.session.execute(sa.select(Choice.offering_id, Choice.rank)).all() == before


def test_section_changed_meanwhile_shows_both_texts_and_the_others_are_saved(scene, iris):
    text = download(iris, scene).replace("Kenya", "Uganda").replace("Engineer", "Gardener")
    iris.submit(f"{scene.home}/about", {**ANSWERS["about"], "country": "Ghana", "version": "1"})

    answer = upload(iris, scene, text)

    assert answer.status_code == 409
    assert "Uganda" in answer.text
    assert "Ghana" in answer.text
    assert sections()["about"][0]["country"] == "Ghana"
    assert sections()["background"][0]["position"] == "Gardener"


def test_packets_text_can_be_saved_over_the_other_by_one_press(scene, iris):
    text = download(iris, scene).replace("Kenya", "Uganda")
    iris.submit(f"{scene.home}/about", {**ANSWERS["about"], "country": "Ghana", "version": "1"})
    page = BeautifulSoup(upload(iris, scene, text).text, "html5lib")
    form = page.find("form", action=f"{scene.home}/about")
    sent = {
        each["name"]: each.text.removeprefix("\n") if each.name == "textarea" else each["value"]
        for each in form.find_all(["textarea", "input"])
    }

    assert iris.post(form["action"], data={**sent, "then": "list"}).status_code == 302
    now = sections()["about"][0]
    assert (now["country"], now["full_name"]) == ("Uganda", "Iris Okafor")


def test_what_cannot_be_placed_is_shown_and_the_rest_is_saved(scene, iris):
    text = download(iris, scene).replace("Engineer", "Gardener") + "\nA thought without a place"

    answer = upload(iris, scene, text)

    assert answer.status_code == 200
    assert "A thought without a place" in answer.text
    assert "Line " in answer.text
    assert sections()["background"][0]["position"] == "Gardener"


def test_first_upload_begins_the_application(scene, browser):
    iris = browser(scene.applicant)
    text = download(iris, scene)
    for slug, name, answer in (("about", "full_name", "Iris"), ("background", "position", "Dev")):
        text = text.replace(
            f"[[answer {slug} {name}]]\r\n", f"[[answer {slug} {name}]]\r\n{answer}"
        )

    assert upload(iris, scene, text).status_code == 302

    assert db.session.scalar(sa.select(sa.func.count(Application.id))) == 1
    assert set(sections()) == {"about", "background"}


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda text: b"PK\x03\x04" + text.encode(), "word processor"),
        (lambda text: text.replace("[[packet ", "[[packet not-"), "another round"),
        (lambda text: text.replace(" person ", " person 9"), "another account"),
        (lambda text: "My answers, from memory", "No answers were found"),
        (lambda text: b"", "empty"),
    ],
)
def test_wrong_file_is_refused_in_words_and_changes_nothing(scene, iris, harm, words):
    before = sections()
    text = download(iris, scene)

    answer = upload(iris, scene, harm(text.replace("Engineer", "Gardener")))

    assert answer.status_code == 422
    assert words in answer.text
    assert sections() == before


def test_packet_whose_first_line_is_damaged_overwrites_nothing_silently(scene, iris):
    text = download(iris, scene).replace("[[packet", "((packet").replace("Engineer", "Gardener")

    answer = upload(iris, scene, text)

    assert answer.status_code == 409
    assert "Gardener" in answer.text
    assert sections()["background"][0]["position"] == "Engineer"


def test_stream_chosen_later_is_in_the_next_packet(scene, browser):
    iris = browser(scene.applicant)
    iris.submit(f"{scene.home}/start", page=scene.home)
    assert "What would you try first?" not in download(iris, scene)
    choose(iris, scene, scene.asking)
    assert "What would you try first?" in download(iris, scene)
