"""The applicant's own pages in every state of a round: before, open, submitted, withdrawn, closed, released."""

from datetime import timedelta

import pytest

from portal.models import Announcement, Decision, Enquiry
from tests.web.applicant.conftest import ANSWERS, choose, fill, offering, send


@pytest.fixture
def iris(scene, browser):
    return browser(scene.applicant)


def status_of(page, title):
    row = next(li for li in page.select(".task") if title in li.text)
    return row.find(class_="task-status").text.strip()


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
    assert "ask about 15 minutes and up to 200 words" in page.text


def test_streams_that_close_at_other_times_are_told_apart(scene, iris, make):
    scene.asking.closes_at = make.now + timedelta(days=3)
    make.keep(scene.asking)
    iris.submit(f"{scene.home}/start", page=scene.home)
    choose(iris, scene, scene.plain, scene.asking)

    beside = iris.page(scene.home).find(class_="two-thirds-beside").text
    assert "Your next deadline: Interpretability" in beside
    assert "Tue 24 Nov 2026, 12:00 UTC" in beside
    assert "Sat 5 Dec 2026, 12:00 UTC" in beside


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
    [("", 10), ("/directions", 8), ("/about", 8), ("/check", 8), ("/receipt", 9), ("/late", 9)],
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
