"""A stream's task over HTTP: the start page, the clock, saving, handing in, coming too late."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.work_tests import HandIn
from portal.extensions import db
from portal.models import LateDraft, OutboxMessage, WorkTestAttempt, WorkTestHandIn
from tests.support.pdfs import a_pdf, form_data
from tests.web.applicant.conftest import choose, status_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def applying(scene, iris):
    """Iris has started and chosen the plain stream."""
    assert iris.submit(f"{scene.home}/start", page=scene.home).status_code == 302
    choose(iris, scene, scene.plain)
    return iris


def page_of(scene, test):
    return f"{scene.home}/work-tests/{test.id}"


def version_of(browser, address):
    return browser.page(address).find("input", attrs={"name": "version"})["value"]


def send(browser, address, text, then="save", version=None):
    form = {"text": text, "version": version or version_of(browser, address), "then": then}
    return browser.submit(address, form)


def hand_ins():
    return db.session.scalars(sa.select(WorkTestHandIn).order_by(WorkTestHandIn.id)).all()


def test_an_untimed_task_is_saved_handed_in_and_handed_in_again(make, scene, applying):
    test = make.work_test(scene.plain, due_at=make.now + 20 * DAY)
    address = page_of(scene, test)

    assert status_of(applying.page(scene.home), test.title) == "Not started"
    assert "Repeat the first figure" in applying.page(address).text
    assert send(applying, address, "A first thought.").status_code == 302
    page = applying.page(address)
    assert page.find("textarea").text.strip() == "A first thought."
    assert "is not handed in yet" in page.text
    assert status_of(applying.page(scene.home), test.title) == "Not handed in"
    assert hand_ins() == []

    assert send(applying, address, "What I saw.", "hand-in").status_code == 302
    assert "You handed this in" in applying.page(address).text
    assert status_of(applying.page(scene.home), test.title) == "Handed in"
    send(applying, address, "More of it.")
    assert "not what you saved since" in applying.page(address).text
    assert status_of(applying.page(scene.home), test.title) == "Changes not handed in"
    send(applying, address, "More of it.", "hand-in")

    first, second = hand_ins()
    assert (first.text, second.text) == ("What I saw.", "More of it.")
    assert first.brief == test.brief
    kinds = db.session.scalars(sa.select(OutboxMessage.kind)).all()
    assert kinds.count("work_test_handed_in") == 2


def test_a_double_click_hands_in_once(make, scene, applying):
    test = make.work_test(scene.plain)
    address = page_of(scene, test)
    version = version_of(applying, address)
    for _ in range(3):
        answer = send(applying, address, "Once.", "hand-in", version)
        assert answer.status_code == 302
    assert [each.text for each in hand_ins()] == ["Once."]


def test_a_second_tab_gets_both_texts(make, scene, applying):
    test = make.work_test(scene.plain)
    address = page_of(scene, test)
    version = version_of(applying, address)
    send(applying, address, "From the laptop.", version=version)

    answer = send(applying, address, "From the phone.", "hand-in", version)

    assert answer.status_code == 409
    assert "From the laptop." in answer.text
    assert "From the phone." in answer.text
    assert hand_ins() == []
    saved = send(applying, address, "From both.", version="1")
    assert saved.status_code == 302


def test_a_timed_task_tells_what_will_happen_and_nothing_of_what_it_asks(make, scene, applying):
    test = make.work_test(scene.plain, brief="The secret riddle.", minutes=90)
    address = page_of(scene, test)

    page = applying.page(address)

    assert page.find("button", string="Start the clock")
    assert "90 minutes" in page.text
    assert "Your readers see when you started" in page.text
    for path in ("", "/directions", "/check"):
        assert "The secret riddle." not in applying.page(scene.home + path).text
    assert "The secret riddle." not in page.text
    assert not db.session.scalar(sa.select(sa.func.count(WorkTestAttempt.id)))


def test_only_the_press_starts_the_clock_and_a_second_one_moves_nothing(make, scene, applying, at):
    test = make.work_test(scene.plain, brief="The secret riddle.", minutes=90)
    address = page_of(scene, test)
    assert applying.get(f"{address}/start").status_code == 405
    refused = send(applying, address, "Before the start.", "hand-in", "0")
    assert refused.status_code == 409

    applying.submit(f"{address}/start", page=address)
    with at(HOUR):
        applying.submit(f"{address}/start", page=address)
        page = applying.page(address)

    assert "The secret riddle." in page.text
    attempt = db.session.scalars(sa.select(WorkTestAttempt)).one()
    assert attempt.started_at == make.now
    assert "Your time ends" in page.text
    assert "30 minutes" in page.find(class_="deadline-left").text


@pytest.mark.parametrize(
    ("seconds", "taken"), [(-1, True), (0, True), (119, True), (120, False), (9000, False)]
)
def test_the_clock_is_judged_like_every_deadline(make, scene, applying, at, seconds, taken):
    test = make.work_test(scene.plain, minutes=60)
    address = page_of(scene, test)
    applying.submit(f"{address}/start", page=address)
    token_page = scene.home

    with at(HOUR + timedelta(seconds=seconds)):
        form = {"text": "My answer.", "version": "0", "then": "hand-in"}
        answer = applying.submit(address, form, page=f"{token_page}/questions")

    assert answer.status_code == (302 if taken else 409)
    assert len(hand_ins()) == taken
    kept = db.session.scalars(sa.select(LateDraft)).one_or_none()
    if taken:
        assert kept is None
    else:
        assert kept.content == {"text": "My answer."}
        assert kept.closed_at == make.now + HOUR
        assert "My answer." in answer.text
        assert "Ask for an extension" in answer.text


def test_a_start_too_near_the_due_instant_says_so_first(make, scene, applying):
    test = make.work_test(scene.plain, minutes=90, due_at=make.now + timedelta(minutes=30))

    page = applying.page(page_of(scene, test))

    assert "You would not get the whole time" in page.text
    assert page.find("button", string="Start the clock with less time")


def test_a_task_due_with_the_application_holds_up_its_submission(make, scene, applying):
    test = make.work_test(scene.plain)
    after = make.work_test(scene.plain, "After it", due_at=make.now + 30 * DAY)

    page = applying.page(f"{scene.home}/check")

    gap = page.find("a", string=f"{test.title}: not handed in yet")
    assert gap["href"] == page_of(scene, test)
    assert not page.find("a", string=f"{after.title}: not handed in yet")
    assert status_of(page, after.title) == "Not started"
    send(applying, page_of(scene, test), "Done.", "hand-in")
    page = applying.page(f"{scene.home}/check")
    assert not page.find("a", string=f"{test.title}: not handed in yet")


def test_who_has_not_chosen_the_stream_is_told_why_not(make, scene, applying):
    test = make.work_test(scene.asking)

    answer = applying.get(page_of(scene, test))

    assert answer.status_code == 409
    assert "a stream that you have not chosen" in answer.text
    assert test.brief not in answer.text
    assert applying.get(f"{scene.home}/work-tests/999999").status_code == 404


def test_what_was_begun_can_be_finished_without_the_choice(make, scene, applying):
    test = make.work_test(scene.plain)
    address = page_of(scene, test)
    send(applying, address, "Begun.")
    page = applying.page(f"{scene.home}/directions")
    applying.submit(
        f"{scene.home}/directions",
        {
            "version": page.find("input", attrs={"name": "version"})["value"],
            "shown": page.find("input", attrs={"name": "shown"})["value"],
            "do": f"remove:{scene.plain.offerings[0].id}",
        },
    )

    assert send(applying, address, "Finished.", "hand-in").status_code == 302
    assert [each.text for each in hand_ins()] == ["Finished."]


def test_a_link_that_is_none_is_saved_and_not_handed_in(make, scene, applying):
    test = make.work_test(scene.plain, hand_in=HandIn.LINK)
    address = page_of(scene, test)

    answer = send(applying, address, "example.org/work", "hand-in")

    assert answer.status_code == 422
    assert "full web address" in answer.text
    assert hand_ins() == []
    assert "example.org/work" in str(applying.page(address))
    assert send(applying, address, "https://example.org/work", "hand-in").status_code == 302


def test_what_was_saved_and_not_handed_in_is_read_only_after_the_due_instant(
    make, scene, applying, at
):
    test = make.work_test(scene.plain, due_at=make.now + HOUR)
    send(applying, page_of(scene, test), "Saved only.")

    with at(2 * HOUR):
        page = applying.page(page_of(scene, test))
        assert "Nothing was handed in before the time was over" in page.text
        assert "Saved only." in page.text
        assert not page.find("textarea")
        assert status_of(applying.page(scene.home), test.title) == "Not handed in, time is over"


def post_file(browser, address, name, data, then="hand-in"):
    page = browser.page(address)
    fields = {n: page.find("input", attrs={"name": n})["value"] for n in ("version", "csrf_token")}
    body = form_data({**fields, "then": then}, {"file": (name, data)})
    return browser.post(address, data=body, content_type="multipart/form-data; boundary=limit")


def test_a_pdf_is_handed_in_and_what_is_none_is_refused_at_its_field(make, scene, applying):
    test = make.work_test(scene.plain, hand_in=HandIn.FILE)
    address = page_of(scene, test)

    refused = post_file(applying, address, "work.docx", b"PK")
    assert refused.status_code == 422
    assert "This file is not a PDF." in refused.text
    assert post_file(applying, address, "张伟 work.pdf", a_pdf(), "save").status_code == 302
    assert "张伟 work.pdf" in applying.page(address).text
    assert hand_ins() == []
    assert send_saved_file(applying, address).status_code == 302
    (given,) = hand_ins()
    assert given.file.name == "张伟 work.pdf"


def test_a_pdf_larger_than_any_text_is_taken(make, scene, applying):
    address = page_of(scene, make.work_test(scene.plain, hand_in=HandIn.FILE))
    data = a_pdf().replace(b"startxref", b"%" + b" " * 2_000_000 + b"\nstartxref")

    assert post_file(applying, address, "work.pdf", data).status_code == 302


def send_saved_file(browser, address):
    """Hand in what is saved, without choosing a file anew."""
    return browser.submit(address, {"version": version_of(browser, address), "then": "hand-in"})
