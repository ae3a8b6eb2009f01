"""The applicant's own pages in every state of a round: before, open, submitted, withdrawn, closed, released."""

from datetime import timedelta

import pytest

from portal.models import Announcement, Decision, Enquiry
from tests.web.applicant.conftest import choose, fill, offering, send, status_of


def test_nobody_is_let_in_without_signing_in(scene, client):
    for path in ("/apply", scene.home, f"{scene.home}/about", f"{scene.home}/check"):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.location.startswith("/login")


def test_another_applicant_finds_nothing_of_it(scene, iris, browser, make):
    fill(iris, scene, scene.plain)
    number = send(iris, scene).location.split("number=")[1]
    other = browser(make.user("Other Person"))

    other.page(f"{scene.home}/receipt", status=404)
    other.page(f"{scene.home}/receipt?number={number}", status=404)
    assert "Start now" in other.page(scene.home).text
    assert "Iris" not in other.page("/apply").text
    assert "Nothing came too late" in other.page(f"{scene.home}/late").text


def test_admins_write_no_application(scene, browser, make):
    admin = browser(make.admin())

    answer = admin.submit(f"{scene.home}/start", page=f"{scene.home}/questions")
    assert answer.status_code == 403


def test_round_that_was_not_announced_is_not_there(make, browser):
    draft = make.round(published_at=None)
    unscheduled = make.round(opens_at=None, closes_at=None)
    iris = browser(make.user())

    for round_ in (draft, unscheduled):
        for rest in ("", "/about", "/directions", "/check", "/receipt", "/late", "/questions"):
            iris.page(f"/apply/{round_.slug}{rest}", status=404)
        answer = iris.submit(f"/apply/{round_.slug}/start", page="/apply")
        assert answer.status_code == 404


def test_round_that_is_not_open_yet_says_when_and_takes_nothing(make, browser):
    round_ = make.round(opens_at=make.now + timedelta(days=2))
    iris = browser(make.user())

    page = iris.page(f"/apply/{round_.slug}")
    assert "Mon 23 Nov 2026, 12:00 UTC" in page.text
    assert "Start now" not in page.text
    answer = iris.submit(f"/apply/{round_.slug}/start", page="/apply")
    assert answer.status_code == 409
    assert "not open yet" in answer.text


def test_start_page_says_what_is_asked_how_long_and_until_when(scene, iris):
    page = iris.page(scene.home)

    assert page.h1.text == "Apply to Summer 2027"
    for said in (
        "About you", "Research interests", "about 1 hour 20 minutes",
        "Sat 5 Dec 2026, 15:00 (Africa/Nairobi)", "Sat 5 Dec 2026, 12:00 UTC",
        "Sat 5 Dec 2026, 00:00 AoE", "14 days",
    ):  # fmt: skip
        assert said in page.text, said


def test_direction_named_in_the_address_is_added_by_a_button_not_by_looking(scene, iris):
    slug = offering(scene.asking).direction.slug

    page = iris.page(f"/apply?direction={slug}")
    form = page.find("button", string="Add it to my application").find_parent("form")
    assert "My application" in iris.page("/apply").h1.text
    assert "Start now" in iris.page(scene.home).text, "looking started nothing"

    values = {field["name"]: field["value"] for field in form.select("input")}
    answer = iris.post(form["action"], data=values)

    assert "is among your directions" in iris.page(answer.location).text
    assert offering(scene.asking).direction.title in iris.page(f"{scene.home}/directions").text


def test_direction_that_is_not_offered_says_so(scene, iris):
    assert "not offered at the moment" in iris.page("/apply?direction=nothing").text


def test_task_list_counts_sections_and_tells_statuses_in_words(scene, iris):
    iris.submit(f"{scene.home}/start", page=scene.home)
    page = iris.page(scene.home)
    assert "0 of 6 sections complete" in page.text

    iris.submit(f"{scene.home}/about", {"full_name": "Iris"})
    choose(iris, scene, scene.asking)
    page = iris.page(scene.home)

    assert "1 of 7 sections complete" in page.text
    assert status_of(page, "About you") == "Incomplete"
    assert status_of(page, "Background") == "Not started"
    assert status_of(page, "Directions") == "Complete"
    assert status_of(page, "Questions of Interpretability") == "Not started"
    assert status_of(page, "Check answers") == "Not ready yet"
    asks = page.find("dt", string="Your directions ask").find_next_sibling("dd").text
    assert "1 question, about 15 minutes and up to 200 words" in asks
    headings = [heading.text for heading in page.find_all("h3", class_="task-heading")]
    assert headings == ["What every stream reads", "Your directions and what they ask", "Submit"]


def test_streams_that_close_at_other_times_are_told_apart(scene, iris, make):
    scene.asking.closes_at = make.now + timedelta(days=3)
    make.keep(scene.asking)
    iris.submit(f"{scene.home}/start", page=scene.home)
    choose(iris, scene, scene.plain, scene.asking)

    page = iris.page(scene.home)
    beside, further = (page.find(class_=f"two-thirds-{n}").text for n in ("beside", "further"))
    assert "Your next deadline: Interpretability" in beside
    assert "Tue 24 Nov 2026, 12:00 UTC" in beside
    assert "Sat 5 Dec 2026, 12:00 UTC" in further


# -- Outcomes ----------------------------------------------------------------------------------------


@pytest.fixture
def decided(make):
    """One application to three streams: accepted with a reason, declined, and never decided."""
    round_ = make.round("Winter 2026", closes_at=make.now - timedelta(days=1))
    streams = [make.stream(round_, name) for name in ("Alpha", "Beta", "Gamma")]
    user = make.user("Iris Okafor")
    application = make.submitted(user, round_, streams, received_at=make.now - timedelta(days=2))
    for stream, outcome in zip(streams, ("accept", "decline"), strict=False):
        make.keep(
            Decision(
                stream_application_id=make.arrived(application, stream).id,
                outcome=outcome,
                reason="Your **probe** convinced us." if outcome == "accept" else "",
                decided_at=make.now,
            )
        )
    return user, round_


def test_nothing_of_a_decision_shows_before_the_release(decided, browser, make):
    user, round_ = decided
    undecided = make.user("Other Person")
    make.submitted(undecided, round_, round_.streams, received_at=make.now - timedelta(days=2))

    def seen(person):
        client = browser(person)
        pages = [client.page(p).main for p in (f"/apply/{round_.slug}", "/apply")]
        return [" ".join(page.text.split()) for page in pages]

    with_decisions, without = seen(user), seen(undecided)
    assert "Everybody learns their outcome at the same instant" in with_decisions[0]
    number = browser(user).page("/apply").find("a", class_="code").text
    other_number = browser(undecided).page("/apply").find("a", class_="code").text
    same = [text.replace(number, other_number) for text in with_decisions]
    assert same == without, "a decided and an undecided application look the same"


def test_outcomes_show_with_their_reasons_from_the_release_on(decided, browser, make, at):
    user, round_ = decided
    round_.released_at = make.now + timedelta(hours=1)
    make.keep(round_)
    iris = browser(user)

    with at(timedelta(hours=1, microseconds=-1)):
        assert "The outcome" not in iris.page(f"/apply/{round_.slug}").text
    with at(timedelta(hours=1)):
        page = iris.page(f"/apply/{round_.slug}")

    outcomes = {article.h3.text: article for article in page.select("article.inset")}
    assert "Accepted" in outcomes["Alpha"].text
    assert outcomes["Alpha"].find("strong").text == "probe"
    assert "Not accepted" in outcomes["Beta"].text
    assert "recorded no decision" in outcomes["Gamma"].text, "nobody is left in silence"


# -- Words from and to the programme -----------------------------------------------------------------


def test_announcements_show_from_their_instant_on(scene, iris, make, at):
    make.keep(
        Announcement(
            round_id=scene.round.id, title="A talk", body="On *Monday*.",
            published_at=make.now + timedelta(hours=1),
        )
    )  # fmt: skip

    assert "A talk" not in iris.page(scene.home).text
    with at(timedelta(hours=1)):
        assert "A talk" in iris.page(scene.home).text
        assert "A talk" in iris.page("/apply").text


def test_questions_to_the_programme_show_with_their_answers_to_their_asker(
    scene, iris, make, browser
):
    path = f"{scene.home}/questions"
    assert iris.submit(path, {"text": "  "}).status_code == 422
    assert iris.submit(path, {"text": "Is there a stipend?"}).status_code == 302
    assert "Not answered yet" in iris.page(path).text
    make.keep(
        Enquiry(
            round_id=scene.round.id, user_id=scene.applicant.id, text="And visas?",
            asked_at=make.now, answer="We help with **letters**.", answered_at=make.now,
        )
    )  # fmt: skip

    page = iris.page(path)
    assert page.find("strong", string="letters")
    assert "stipend" not in browser(make.user()).page(path).text


# -- Speed -------------------------------------------------------------------------------------------


def queries_of(browser, path, queries):
    browser.page(path)  # once before, so that what a process keeps is kept
    with queries() as sent:
        browser.page(path)
    return sent.page


@pytest.mark.parametrize("streams", [1, 3, 30])
@pytest.mark.parametrize(
    ("rest", "budget"),
    [
        ("", 13),
        ("/directions", 10),
        ("/about", 10),
        ("/check", 10),
        ("/receipt", 12),
        ("/late", 11),
    ],
)
def test_pages_send_as_many_queries_for_many_streams_as_for_one(
    make, browser, queries, streams, rest, budget
):
    round_ = make.round(max_choices=50)
    chosen = [make.stream(round_, questions=["Why?"]) for _ in range(streams)]
    user = make.user()
    make.submitted(user, round_, chosen)

    assert queries_of(browser(user), f"/apply/{round_.slug}{rest}", queries) == budget


@pytest.mark.parametrize("rounds", [1, 3, 20])
def test_own_applications_send_as_many_queries_for_many_rounds_as_for_one(
    make, browser, queries, rounds
):
    user = make.user()
    for _ in range(rounds):
        make.submitted(user, make.round())

    assert queries_of(browser(user), "/apply", queries) == 5
