"""Ranking directions by buttons and ranks, as a browser without JavaScript sends them."""

from datetime import timedelta

import pytest

from portal.queries import applications as dossiers
from tests.web.applicant.conftest import choose, fill, offering


@pytest.fixture
def iris(scene, browser):
    client = browser(scene.applicant)
    client.submit(f"{scene.home}/start", page=scene.home)
    return client


@pytest.fixture
def third(make, scene):
    return make.stream(scene.round, "Evaluations")


def shown(page):
    """What the page's form would send if nothing were changed."""
    form = page.find("input", attrs={"name": "shown"}).find_parent("form")
    values = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}
    for select in form.find_all("select"):
        values[select["name"]] = select.find("option", selected=True)["value"]
    return values


def press(browser, scene, **sent):
    path = f"{scene.home}/directions"
    return browser.post(path, data={**shown(browser.page(path)), **sent})


def ranked(browser, scene):
    return [p.text for p in browser.page(f"{scene.home}/directions").select(".ranked strong")]


def titles(*streams):
    return [offering(stream).direction.title for stream in streams]


def test_directions_are_added_moved_and_removed_by_buttons(scene, iris, third):
    choose(iris, scene, scene.plain, scene.asking, third)
    assert ranked(iris, scene) == titles(scene.plain, scene.asking, third)

    press(iris, scene, do=f"up:{offering(third).id}")
    assert ranked(iris, scene) == titles(scene.plain, third, scene.asking)
    press(iris, scene, do=f"down:{offering(scene.plain).id}")
    assert ranked(iris, scene) == titles(third, scene.plain, scene.asking)
    press(iris, scene, do=f"remove:{offering(scene.plain).id}")
    assert ranked(iris, scene) == titles(third, scene.asking)


def test_ranks_that_were_typed_count_whichever_button_is_pressed(scene, iris, third):
    choose(iris, scene, scene.plain, scene.asking)
    rank = {f"rank-{offering(scene.asking).id}": "1"}

    press(iris, scene, **rank, do=f"add:{offering(third).id}")

    assert ranked(iris, scene) == titles(scene.asking, scene.plain, third)


def test_continue_saves_the_ranks_and_leads_to_the_streams_questions(scene, iris):
    choose(iris, scene, scene.plain, scene.asking)

    answer = press(iris, scene, **{f"rank-{offering(scene.asking).id}": "1"}, then="next")

    assert answer.location == scene.stream_section
    assert ranked(iris, scene) == titles(scene.asking, scene.plain)


def test_button_pressed_twice_moves_once(scene, iris, third):
    choose(iris, scene, scene.plain, scene.asking, third)
    path = f"{scene.home}/directions"
    form = {**shown(iris.page(path)), "do": f"up:{offering(third).id}"}

    assert [iris.post(path, data=form).status_code for _ in range(2)] == [302, 302]
    assert ranked(iris, scene) == titles(scene.plain, third, scene.asking)


def test_second_of_two_tabs_sees_both_rankings_and_chooses(scene, iris, third):
    choose(iris, scene, scene.plain, scene.asking)
    path = f"{scene.home}/directions"
    other_tab = shown(iris.page(path))
    press(iris, scene, do=f"remove:{offering(scene.plain).id}")

    answer = iris.post(path, data={**other_tab, "do": f"add:{offering(third).id}"})

    assert answer.status_code == 409
    assert "saved somewhere else" in answer.text
    assert ranked(iris, scene) == titles(scene.asking), "nothing was changed"
    kept = {**other_tab, "version": "3", "do": ""}
    kept["shown"] = ",".join(str(offering(each).id) for each in (scene.plain, scene.asking, third))
    assert iris.post(path, data=kept).status_code == 302
    assert ranked(iris, scene) == titles(scene.plain, scene.asking, third)


def test_no_more_than_the_round_takes(scene, iris, third, make):
    scene.round.max_choices = 2
    make.keep(scene.round)
    choose(iris, scene, scene.plain, scene.asking)

    page = iris.page(f"{scene.home}/directions")
    assert "the most this round takes" in page.text
    assert page.find("button", attrs={"value": f"add:{offering(third).id}"}) is None
    answer = press(iris, scene, do=f"add:{offering(third).id}")
    assert answer.status_code == 409
    assert "up to 2 directions" in answer.text


@pytest.mark.parametrize("sent", [{"do": "add:999999"}, {"shown": "999999"}])
def test_offering_that_this_round_does_not_have_is_not_there(scene, iris, sent):
    assert press(iris, scene, **sent).status_code == 404


def test_removing_a_direction_keeps_its_answers(scene, browser):
    iris = browser(scene.applicant)
    fill(iris, scene, scene.asking)
    press(iris, scene, do=f"remove:{offering(scene.asking).id}")
    assert "Questions of Interpretability" not in iris.page(scene.home).text

    choose(iris, scene, scene.asking)

    assert "A probe on refusals." in iris.page(scene.stream_section).text


def test_closed_stream_can_be_left_but_not_joined(scene, iris, make, at):
    scene.plain.closes_at = scene.asking.closes_at = make.now + timedelta(hours=1)
    make.keep(scene.plain)
    make.keep(scene.asking)
    make.stream(scene.round, "Still open")
    choose(iris, scene, scene.asking)

    with at(timedelta(hours=1, seconds=120)):
        page = iris.page(f"{scene.home}/directions")
        assert "it cannot be added any more" in page.text
        assert page.find("button", attrs={"value": f"add:{offering(scene.plain).id}"}) is None
        assert press(iris, scene, do=f"remove:{offering(scene.asking).id}").status_code == 302
        late = press(iris, scene, do=f"add:{offering(scene.plain).id}")

    assert late.status_code == 409
    assert titles(scene.plain)[0] in late.text
    assert dossiers.of(scene.applicant.id, scene.round.id).ranked == ()


def test_directions_near_what_was_written_say_why(scene, make, iris):
    paper = make.paper("Probing refusal behaviour in language models")
    paper.summary = "Linear probes find refusal directions in the residual stream."
    make.keep(paper)
    probing = make.direction("Probing refusal", papers=[paper])
    probing.body = "We train linear probes on refusal behaviour in the residual stream."
    make.keep(probing)
    stream = make.stream(scene.round, "Probing", directions=[probing])
    make.stream(scene.round, "Markets", directions=[make.direction("Auctions and prices")])

    def near():
        heading = iris.page(f"{scene.home}/directions").find("h2", string="Near what you wrote")
        return heading.find_next("ul").text if heading else ""

    assert near() == "", "nothing before anything is written"
    text = "I trained linear probes for refusal behaviour on the residual stream of small models."
    iris.submit(f"{scene.home}/interests", {"interests": " ".join([text] * 3)})

    assert "Probing refusal" in near()
    assert "refusal" in near().split("You wrote")[1]
    choose(iris, scene, stream)
    assert "Probing refusal" not in near(), "what is chosen stands above already"
    press(iris, scene, do=f"remove:{offering(stream).id}")
    assert "Probing refusal" in near()

    stream.closes_at = make.now - timedelta(hours=1)
    make.keep(stream)
    assert "Probing refusal" not in near(), "what has closed is not offered"
