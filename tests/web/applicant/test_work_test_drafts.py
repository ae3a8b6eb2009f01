"""A task's page saves itself and its file like a section's: nothing is handed in by it, nothing clashes with itself."""

from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa

from portal.domain.work_tests import HandIn
from portal.extensions import db
from portal.models import AuditEvent, LateDraft, WorkTestAttempt, WorkTestHandIn
from tests.support.pdfs import a_pdf
from tests.web.applicant.conftest import choose
from tests.web.applicant.page import HTMX, Page

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def applying(scene, iris):
    """Iris has started and chosen the plain stream."""
    assert iris.submit(f"{scene.home}/start", page=scene.home).status_code == 302
    choose(iris, scene, scene.plain)
    return iris


@pytest.fixture
def task(make, scene, applying):
    """A task in text, open in her browser."""
    test = make.work_test(scene.plain, due_at=make.now + 20 * DAY)
    return Page(applying, f"{scene.home}/work-tests/{test.id}")


def attempt():
    db.session.expire_all()
    return db.session.scalars(sa.select(WorkTestAttempt)).one()


def hand_ins():
    return db.session.scalars(sa.select(WorkTestHandIn).order_by(WorkTestHandIn.id)).all()


def saves_recorded():
    return [
        event.after["version"]
        for event in db.session.scalars(
            sa.select(AuditEvent)
            .where(AuditEvent.action == "work_test.saved")
            .order_by(AuditEvent.id)
        )
    ]


def test_a_task_saves_itself_and_hands_nothing_in(task):
    answers = [task.saves_itself(text=text) for text in ("A", "A first", "A first thought.")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "Saved" in answers[-1].text
    assert attempt().text == "A first thought."
    assert hand_ins() == []
    assert saves_recorded() == [1], "of saves by themselves the log has the first of a sitting"
    answer = task.presses_save(text="A last one.", then="hand-in")
    assert answer.status_code == 302
    assert [each.text for each in hand_ins()] == ["A last one."]
    assert saves_recorded() == [1, 4], "a save by hand is always recorded"


def test_handing_in_goes_on_from_a_save_that_nothing_was_heard_about(task):
    """The answer was lost, or the button was pressed while the save was on its way."""
    task.sends_late("1", text="Half a sen")
    task.values |= {"unheard": "Half a sen", "unheard_too": "Half a sen"}

    answer = task.presses_save(text="Half a sentence and the rest.", then="hand-in")

    assert answer.status_code == 302
    assert [each.text for each in hand_ins()] == ["Half a sentence and the rest."]


def test_a_text_that_the_page_never_sent_is_somebody_elses(task, applying):
    other = Page(applying, task.address)
    other.saves_itself(text="From the phone.")
    task.values |= {"unheard": "From the lap", "unheard_too": "From the laptop."}

    stopped = task.sends_late("1", text="From the laptop, later.")

    assert stopped.status_code == 409
    assert "Saved elsewhere in the meantime" in stopped.text
    assert attempt().text == "From the phone."
    both = task.presses_save(text="From the laptop, later.", then="hand-in")
    assert both.status_code == 409
    assert "From the phone." in both.text
    assert "From the laptop, later." in both.text
    assert hand_ins() == []


def test_a_save_that_arrives_after_the_button_was_pressed_writes_nothing(task):
    turn = task.next_turn()
    assert task.presses_save(text="By hand.", then="save").status_code == 302
    assert task.sends_late(turn, text="By it").status_code == 409
    assert attempt().text == "By hand."


def test_a_timed_task_saves_itself_until_its_time_is_over(make, scene, applying, at):
    test = make.work_test(scene.plain, minutes=60)
    address = f"{scene.home}/work-tests/{test.id}"
    with at(timedelta(0)):
        refused = applying.post(
            f"{address}/draft",
            data={**token(applying, address), "text": "Before the clock."},
            headers=HTMX,
        )
        assert refused.status_code == 409
        assert "has not been started" in refused.text
        applying.submit(f"{address}/start", page=address)
        task = Page(applying, address)
    with at(59 * MINUTE):
        assert task.saves_itself(text="Nearly.").status_code == 200
    with at(63 * MINUTE):
        late = task.saves_itself(text="Too late.")

    assert late.status_code == 409
    assert "the deadline has passed" in late.text
    assert attempt().text == "Nearly."
    assert db.session.scalars(sa.select(LateDraft)).one().content == {"text": "Too late."}


@pytest.fixture
def file_task(make, scene, applying):
    test = make.work_test(scene.plain, hand_in=HandIn.FILE)
    return f"{scene.home}/work-tests/{test.id}"


def token(client, address):
    return {"csrf_token": client.page(address).find(attrs={"name": "csrf_token"})["value"]}


def send_file(client, address, data=None, name="work.pdf"):
    form = token(client, address) | {"file": (BytesIO(data or a_pdf()), name)}
    return client.post(f"{address}/file", data=form)


def test_a_task_for_a_file_has_the_browsers_checks_and_takes_the_file_at_once(applying, file_task):
    field = applying.page(file_task).find(attrs={"data-file-field": True})
    assert field["data-href"] == f"{file_task}/file"
    assert field["data-type"]
    assert field["data-limit"].isdecimal()

    answer = send_file(applying, file_task)

    assert answer.status_code == 200, answer.text
    assert "work.pdf" in answer.json["now"]
    assert answer.json["version"] == attempt().version == 1
    assert hand_ins() == []
    page = applying.page(file_task)
    assert "work.pdf" in page.text
    form = {"version": "1", "then": "hand-in"}
    assert applying.submit(file_task, form).status_code == 302
    assert [each.file.name for each in hand_ins()] == ["work.pdf"]


def test_a_wrong_file_is_told_at_once_and_leaves_the_good_one(applying, file_task):
    send_file(applying, file_task)
    wrong = send_file(applying, file_task, b"MZ not a document", "work.exe")
    assert wrong.status_code == 422
    assert wrong.json["problem"]
    assert attempt().file.name == "work.pdf"
    assert applying.post(f"{file_task}/file", data=token(applying, file_task)).status_code == 400


def test_a_saved_file_can_be_removed_and_what_was_handed_in_stays(applying, file_task):
    form = {"version": "0", "then": "hand-in", "file": (BytesIO(a_pdf()), "work.pdf")}
    assert applying.submit(file_task, form).status_code == 302
    assert applying.submit(file_task, {"version": "1", "remove": "file"}).status_code == 302
    assert attempt().file_id is None
    assert [each.file.name for each in hand_ins()] == ["work.pdf"]


def test_a_file_that_comes_too_late_is_kept_with_both_instants(
    applying, file_task, make, scene, at
):
    scene.round.closes_at = make.now + HOUR
    make.keep(scene.round)
    with at(2 * HOUR):
        late = send_file(applying, file_task)
    assert late.status_code == 409
    kept = db.session.scalars(sa.select(LateDraft)).one()
    assert kept.content["name"] == "work.pdf"
    assert late.json["late"] == f"{scene.home}/late"


def test_a_task_in_text_takes_no_file_and_one_for_a_file_no_text(make, scene, applying, file_task):
    text = make.work_test(scene.plain)
    assert send_file(applying, f"{scene.home}/work-tests/{text.id}").status_code == 404
    form = {**token(applying, file_task), "text": "A text."}
    assert applying.post(f"{file_task}/draft", data=form).status_code == 404
