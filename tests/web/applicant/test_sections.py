"""One section a page: saved as typed, told what is wrong, and never overwritten silently."""

from datetime import timedelta

import pytest

from tests.web.applicant.conftest import ANSWERS, choose, fill


@pytest.fixture
def iris(scene, browser):
    client = browser(scene.applicant)
    client.submit(f"{scene.home}/start", page=scene.home)
    return client


def value(page, name):
    control = page.find(attrs={"name": name})
    return control.text.removeprefix("\n") if control.name == "textarea" else control["value"]


def test_section_before_starting_leads_to_the_start_page(scene, browser):
    answer = browser(scene.applicant).get(f"{scene.home}/about")

    assert (answer.status_code, answer.location) == (302, scene.home)


def test_saving_leads_to_the_next_section_and_comes_back_filled(scene, iris):
    answer = iris.submit(f"{scene.home}/about", {**ANSWERS["about"], "then": "next"})

    assert answer.location == f"{scene.home}/background"
    page = iris.page(f"{scene.home}/about")
    assert value(page, "full_name") == "Iris Okafor"
    assert page.find("input", attrs={"name": "adult", "value": "yes"}).has_attr("checked")


@pytest.mark.parametrize(
    ("sent", "leads_to"),
    [
        ({"then": "list"}, ""),
        ({"then": "next", "came_from": "check"}, "/check"),
        ({"then": "list", "came_from": "check"}, ""),
    ],
)
def test_saving_leads_where_its_button_says(scene, iris, sent, leads_to):
    answer = iris.submit(f"{scene.home}/about", {"full_name": "Iris", **sent})

    assert answer.location == f"{scene.home}{leads_to}"


def test_last_section_leads_to_the_check(scene, iris):
    choose(iris, scene, scene.asking)

    answer = iris.submit(scene.stream_section, {scene.question: "Because."})

    assert answer.location == f"{scene.home}/check"


def test_incomplete_section_is_saved_without_a_word_of_blame(scene, iris):
    iris.submit(f"{scene.home}/about", {"full_name": "Iris"})

    page = iris.page(f"{scene.home}/about")
    assert page.find(class_="error-summary") is None
    assert "Incomplete" in iris.page(scene.home).text


def test_what_is_missing_is_told_when_one_comes_from_the_check(scene, iris):
    iris.submit(f"{scene.home}/about", {"full_name": "Iris"})

    page = iris.page(f"{scene.home}/about?from=check")

    summary = page.find(class_="error-summary")
    told = [link.text for link in summary.find_all("a")]
    assert "Country you live in: not answered yet" in told
    for link in summary.find_all("a"):
        assert page.find(id=link["href"].removeprefix("#")), "each link leads to a field"
    at_fields = [p.text.removeprefix("Error: ").strip() for p in page.select(".field-error p")]
    assert at_fields == told, "the same words at the fields"
    assert page.title.text.startswith("Error: ")


def test_text_over_the_limit_is_kept_counted_and_told(scene, iris):
    long = " ".join(["word"] * 312)

    answer = iris.submit(f"{scene.home}/background", {"story": long, "then": "next"})

    assert answer.location == f"{scene.home}/background", "it stays where it can be put right"
    page = iris.page(answer.location)
    assert "Saved as you typed it" in page.text
    assert value(page, "story") == long
    assert "12 words over the limit of 300" in page.find(class_="error-summary").text


@pytest.mark.parametrize(
    "text", ["日本語の文章", "<script>alert(1)</script>", "a & b < c", '"quoted"', "🙂\n\nnew line"]
)
def test_any_text_comes_back_as_it_was_typed(scene, iris, text):
    iris.submit(f"{scene.home}/background", {"story": text})

    assert value(iris.page(f"{scene.home}/background"), "story") == text


def test_second_of_two_saves_gets_both_texts_and_can_overwrite_knowingly(scene, iris):
    first = {"full_name": "Iris Okafor", "city": "Nairobi", "version": "0"}
    iris.submit(f"{scene.home}/about", first)

    answer = iris.submit(
        f"{scene.home}/about", {"full_name": "Iris O.", "city": "Mombasa", "version": "0"}
    )

    assert answer.status_code == 409
    assert "saved somewhere else" in answer.text
    assert "Nairobi" in answer.text, "what stands now"
    assert 'value="Mombasa"' in answer.text, "one's own text, in the form"
    assert 'name="version" type="hidden" value="1"' in answer.text

    over = iris.submit(
        f"{scene.home}/about", {"full_name": "Iris O.", "city": "Mombasa", "version": "1"}
    )
    assert over.status_code == 302
    assert value(iris.page(f"{scene.home}/about"), "city") == "Mombasa"


def test_section_pressed_twice_is_saved_once_without_a_clash(scene, iris):
    form = {"full_name": "Iris Okafor", "version": "0"}

    answers = [iris.submit(f"{scene.home}/about", form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40])
def test_broken_version_is_a_clash_and_no_error(scene, iris, version):
    iris.submit(f"{scene.home}/about", {"full_name": "Iris", "version": "0"})

    answer = iris.submit(f"{scene.home}/about", {"full_name": "Else", "version": version})

    assert answer.status_code == 409
    assert 'value="Else"' in answer.text


@pytest.mark.parametrize("section", ["nothing", "stream-nothing", "submit", "Check"])
def test_unknown_section_is_not_there(scene, iris, section):
    iris.page(f"{scene.home}/{section}", status=404)


def test_answers_of_a_closed_stream_are_read_only(scene, browser, at, make):
    scene.asking.closes_at = make.now + timedelta(hours=1)
    make.keep(scene.asking)
    iris = browser(scene.applicant)
    fill(iris, scene, scene.plain, scene.asking)

    with at(timedelta(hours=2)):
        page = iris.page(scene.stream_section)
        assert "read only" in page.text
        assert "A probe on refusals." in page.text
        assert page.find("textarea") is None
        assert "Deadline passed" in iris.page(scene.home).text
        assert iris.page(f"{scene.home}/about").find("input", attrs={"name": "full_name"})
