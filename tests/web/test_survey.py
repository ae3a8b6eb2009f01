"""Optional answers: their author's alone, in no submission, on nobody's page, counted in groups of five or more."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.permissions import StreamRole, Viewer
from portal.extensions import db
from portal.models import Application, StreamMember, SurveyAnswer
from portal.queries import survey as query
from portal.services import survey
from tests.conftest import NOW

DAY = timedelta(days=1)


@pytest.fixture
def round_(make):
    return make.round()


@pytest.fixture
def stream(make, round_):
    return make.stream(round_)


def rows() -> list[tuple[str, str]]:
    found = db.session.execute(sa.select(SurveyAnswer.question, SurveyAnswer.answer))
    return sorted((row.question, row.answer) for row in found)


def crowd(make, stream, **answers: int) -> None:
    """As many applicants as said, by their answer about gender."""
    for answer, number in answers.items():
        for _ in range(number):
            application = make.submitted(streams=[stream])
            given = {} if answer == "none" else {"gender": answer}
            assert survey.save(application.user_id, stream.round_id, given, NOW)


def test_one_answers_changes_and_deletes_them_alone(make, browser, stream, round_) -> None:
    iris = make.user("Iris Okafor")
    application = make.submitted(iris, round_, [stream])
    content = application.current_submission.content
    page = browser(iris).page(f"/apply/{round_.slug}/survey")
    assert "Prefer not to say" in str(page)
    form = {"gender": "woman", "age": "prefer_not", "region": "nonsense"}
    browser(iris).submit(f"/apply/{round_.slug}/survey", form)
    assert rows() == [("age", "prefer_not"), ("gender", "woman")]
    browser(iris).submit(f"/apply/{round_.slug}/survey", {"gender": "other"})
    assert rows() == [("gender", "other")]
    address = f"/apply/{round_.slug}/survey"
    browser(iris).submit(f"{address}/delete", {}, page=address)
    assert rows() == []
    application = db.session.get_one(Application, application.id)
    assert application.current_submission.content == content


def test_somebody_without_an_application_has_no_such_page(make, browser, round_) -> None:
    address = f"/apply/{round_.slug}/survey"
    assert browser(make.user()).get(address).status_code == 404


def test_an_archived_round_takes_no_answers_but_lets_them_be_deleted(make, stream) -> None:
    application = make.submitted(streams=[stream])
    key, round_id = application.user_id, stream.round_id
    assert survey.save(key, round_id, {"gender": "woman"}, NOW)
    stream.round.archived_at = NOW
    db.session.commit()
    assert not survey.save(key, round_id, {"gender": "man"}, NOW)
    assert rows() == [("gender", "woman")]
    survey.delete(key, round_id)
    assert rows() == []


def test_no_page_of_a_reader_or_an_admin_shows_an_answer(make, browser, stream, round_) -> None:
    """The words of the answers stand on no page about the application, whoever opens it."""
    lead, admin = make.user("Lena Lead"), make.admin()
    make.keep(
        StreamMember(stream_id=stream.id, user_id=lead.id, role=StreamRole.LEAD, added_at=NOW)
    )
    application = make.submitted(make.user(), round_, [stream])
    row = make.arrived(application, stream)
    survey.save(application.user_id, round_.id, {"gender": "other", "age": "45_up"}, NOW)
    pages = [
        str(browser(lead).page("/review")),
        str(browser(lead).page(f"/review/{row.id}")),
        str(browser(lead).page("/review/ranking")),
        str(browser(admin).page(f"/admin/applications/{application.id}")),
        str(browser(admin).page("/admin/applications")),
        str(browser(admin).page("/admin/audit")),
        str(browser(admin).page(f"/admin/rounds/{round_.slug}/survey")),
        browser(admin).get(f"/admin/rounds/{round_.slug}/survey/table.csv").text,
    ]
    for text in pages:
        for word in ("45 or over", "45_up", "In another way", "survey."):
            assert word not in text
    browser(lead).get(f"/admin/rounds/{round_.slug}/survey")
    assert query.report(
        Viewer(lead.id, roles={stream.id: StreamRole.LEAD}), round_, NOW + 60 * DAY
    ) == (query.Report(is_closed=False))


def test_a_report_keeps_small_groups_back_on_the_page_and_in_the_file(
    make, browser, stream, round_, at: Callable[..., object]
) -> None:
    crowd(make, stream, woman=6, man=7, other=1, none=5)
    admin = make.admin()
    address = f"/admin/rounds/{round_.slug}/survey"
    before = str(browser(admin).page(address))
    assert "counted once the last deadline" in before
    with at(round_.closes_at + DAY):
        page = str(browser(admin).page(address))
        file = browser(admin).get(f"{address}/table.csv").text
    lines = dict(
        line.rsplit(",", 1) for line in file.splitlines() if line.startswith("How do you describe")
    )
    counts = {key.split(",")[-1]: value for key, value in lines.items() if value.isdecimal()}
    assert counts == {"Woman": "6", "Man": "7"}
    assert "All that are kept back, together" in page


def test_a_round_of_four_is_not_counted_at_all(make, browser, stream, round_, at) -> None:
    crowd(make, stream, woman=4)
    with at(round_.closes_at + DAY):
        page = browser(make.admin()).page(f"/admin/rounds/{round_.slug}/survey").text
    assert "Fewer than 5 people submitted" in page
