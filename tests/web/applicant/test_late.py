"""What somebody meets who comes too late: both instants, their text, and a way to ask."""

from datetime import timedelta

from tests.web.applicant.conftest import fill


def test_who_chose_nothing_sees_the_last_streams_deadline_after_the_round_closed(
    scene, iris, at, make
):
    scene.round.closes_at = make.now + timedelta(minutes=5)
    scene.plain.closes_at = make.now + timedelta(days=3, minutes=9)
    make.keep(scene.round)
    make.keep(scene.plain)
    with at(timedelta(minutes=9)):
        page = iris.page(scene.home)
        assert "3 days left" in page.text
        assert page.find("button", string="Start now")


def test_a_missed_stream_leads_to_an_extension_and_to_what_is_still_open(scene, iris, at, make):
    fill(iris, scene, scene.plain)
    scene.plain.closes_at = make.now + timedelta(minutes=5)
    make.keep(scene.plain)

    assert "Ask for an extension" not in iris.page(scene.home).text
    with at(timedelta(minutes=9)):
        page = iris.page(scene.home)
        assert "Not submitted by the deadline" in page.text
        assert page.find("a", string="choose a direction that is still open")
        asking = page.find("a", string="ask for an extension")["href"]
        assert "came after your deadline" not in iris.page(asking).text
        iris.submit(f"{scene.home}/extension", {"reason": "The power was out."}, page=asking)
        page = iris.page(scene.home)
        assert "You asked for an extension" in page.text
        assert "came after your deadline" not in page.text


def test_late_refusal_tells_both_instants_keeps_the_text_and_asks(scene, iris, at, make):
    fill(iris, scene, scene.plain)
    scene.round.closes_at = make.now + timedelta(minutes=5)
    make.keep(scene.round)

    with at(timedelta(minutes=7)):
        form = {"story": "Two minutes too late.", "version": "1"}
        answer = iris.submit(f"{scene.home}/background", form, page=f"{scene.home}/questions")
        assert answer.status_code == 409
        for said in (
            "2026-11-21T12:05:00Z", "2026-11-21T12:07:00Z", "Two minutes too late.",
            "Ask for an extension",
        ):  # fmt: skip
            assert said in answer.text, said

        assert "came after your deadline" in iris.page(scene.home).text
        assert "Two minutes too late." in iris.page(f"{scene.home}/late").text
        nothing = iris.submit(f"{scene.home}/extension", {"reason": " "}, page=f"{scene.home}/late")
        assert nothing.status_code == 422
        asked = iris.submit(
            f"{scene.home}/extension", {"reason": "The power was out."}, page=f"{scene.home}/late"
        )
        assert asked.status_code == 302
        assert "You asked for an extension" in iris.page(f"{scene.home}/late").text


def test_someone_who_never_started_can_ask_after_the_close(scene, iris, at, make):
    scene.round.closes_at = make.now + timedelta(hours=1)
    make.keep(scene.round)

    with at(timedelta(hours=2)):
        page = iris.page(scene.home)
        assert "This round has closed" in page.text
        answer = iris.submit(f"{scene.home}/extension", {"reason": "I was ill."}, page=scene.home)

    assert answer.status_code == 302


def test_closed_stream_beside_an_open_one_leads_to_an_extension(scene, iris, at, make):
    fill(iris, scene, scene.plain, scene.asking)
    scene.plain.closes_at = make.now + timedelta(minutes=5)
    make.keep(scene.plain)

    assert "Ask for an extension" not in iris.page(scene.home).text
    with at(timedelta(minutes=9)):
        asking = iris.page(scene.home).find("a", string="Ask for an extension")["href"]
        assert iris.page(asking).find("button", string="Ask for an extension")
        asked = iris.submit(f"{scene.home}/extension", {"reason": "Ill."}, page=asking)
        assert asked.status_code == 302
        assert "You asked for an extension" in iris.page(scene.home).text
        assert not iris.page(asking).find("button", string="Ask for an extension")


def test_requests_for_two_closed_streams_are_headed_by_their_streams(scene, iris, at, make):
    third = make.stream(scene.round, "Evaluations")
    fill(iris, scene, scene.plain, scene.asking, third)
    for stream in (scene.plain, scene.asking):
        stream.closes_at = make.now + timedelta(minutes=5)
        make.keep(stream)

    with at(timedelta(minutes=9)):
        form = {"reason": "Ill."}
        iris.submit(f"{scene.home}/extension", form, page=f"{scene.home}/late")
        page = iris.page(f"{scene.home}/late")

    headings = [each.text for each in page.find_all("h2") if "request" in each.text]
    assert len(headings) == 2
    for stream in (scene.plain, scene.asking):
        title = stream.offerings[0].direction.title
        assert f"A request for an extension for {stream.name} ({title})" in headings


def test_two_texts_for_one_section_are_headed_by_their_instants(scene, iris, at, make):
    fill(iris, scene, scene.plain)
    scene.round.closes_at = make.now + timedelta(minutes=5)
    make.keep(scene.round)
    for minutes in (8, 9):
        with at(timedelta(minutes=minutes)):
            form = {"story": f"After {minutes}.", "version": "1"}
            iris.submit(f"{scene.home}/background", form, page=f"{scene.home}/questions")
    page = iris.page(f"{scene.home}/late")

    headings = [each.text for each in page.find_all("h2")]
    for minute in ("08", "09"):
        assert f"Background, sent at 12:{minute}:00 UTC on Sat 21 Nov 2026" in headings
