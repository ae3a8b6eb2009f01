"""One button submits what came too late, once more time was granted: when it stands there, and what it does."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.permissions import Viewer
from portal.domain.submissions import read
from portal.extensions import db
from portal.models import LateDraft, OutboxMessage, Submission
from portal.services import extensions
from tests.web.applicant.conftest import fill

CLOSES = timedelta(minutes=5)
SENT = timedelta(minutes=9, seconds=31)
BUTTON = "Submit what you sent at 12:09:31 UTC"
LATER = timedelta(minutes=30)


@pytest.fixture
def grant(scene, make, at):
    admin = Viewer(make.admin().id, is_admin=True)

    def grant(stream=None, hours=48):
        now = make.now + timedelta(minutes=20)
        until, stream_id = now + timedelta(hours=hours), stream.id if stream else None
        with at(now):
            answer = extensions.grant_extension(
                admin, scene.round.id, scene.applicant.id, stream_id, until, reason="Ill", now=now
            )
        assert isinstance(answer, int), answer

    return grant


@pytest.fixture
def late(scene, iris, at, make):
    """Everything was written in time, one section late, and then submit was pressed."""
    fill(iris, scene, scene.plain, scene.asking)
    scene.round.closes_at = make.now + CLOSES
    make.keep(scene.round)
    with at(SENT - timedelta(minutes=1)):
        form = {"interests": "Written late.", "version": "1"}
        iris.submit(f"{scene.home}/interests", form, page=f"{scene.home}/questions")
    with at(SENT):
        form = {"key": "pressed-too-late"}
        answer = iris.submit(f"{scene.home}/submit", form, page=f"{scene.home}/questions")
    assert answer.status_code == 409


def fields(page):
    form = page.find("button", string=BUTTON).find_parent("form")
    return form["action"], {each["name"]: each["value"] for each in form.find_all("input")}


def made():
    return list(db.session.scalars(sa.select(Submission).order_by(Submission.id)))


def test_one_press_submits_exactly_what_was_shown(scene, iris, at, late, grant):
    assert not iris.page(scene.home).find("button", string=BUTTON)
    grant()
    with at(LATER):
        page = iris.page(scene.home)
        shown = page.find("button", string=BUTTON).find_parent("div", class_="notice")
        for said in ("Written late.", "A probe on refusals.", "Model organisms", "Kenya"):
            assert said in shown.text, said
        assert iris.page(f"{scene.home}/late").find("button", string=BUTTON)
        action, values = fields(page)
        first = iris.post(action, data=values)
        again = iris.post(action, data=values)

    assert first.status_code == again.status_code == 302
    assert first.location == again.location
    submission = made()[0]
    assert submission.received_at == scene.round.closes_at - CLOSES + LATER
    assert read(submission.content).answer("interests", "interests") == "Written late."
    assert not iris.page(scene.home).find("button", string=BUTTON)
    assert len(made()) == 1


def test_the_letter_of_the_grant_names_the_instant_and_the_page(scene, late, grant):
    grant()
    letter = db.session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == "extension_granted")
    ).one()

    assert "12:09:31 UTC on Sat 21 Nov 2026" in letter.text
    assert f"http://localhost{scene.home}" in letter.text


def test_letter_of_a_grant_with_nothing_sent_late_names_no_instant(scene, iris, grant):
    fill(iris, scene, scene.plain)
    grant(hours=24 * 40)
    letter = db.session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == "extension_granted")
    ).one()

    assert "What you sent at" not in letter.text
    assert "An application counts only once you submit it" in " ".join(letter.text.split())


def test_press_after_the_extension_ran_out_is_refused_with_both_instants(
    scene, iris, at, late, grant
):
    grant(hours=1)
    with at(LATER):
        action, values = fields(iris.page(scene.home))
    with at(timedelta(minutes=80, seconds=120)):  # the first instant after the grace
        answer = iris.post(action, data=values)
        assert not iris.page(scene.home).find("button", string=BUTTON)

    assert answer.status_code == 409
    for said in ("2026-11-21T13:20:00Z", "2026-11-21T13:22:00Z", "Ask for an extension"):
        assert said in answer.text, said
    assert made() == []


def test_press_in_the_grace_of_the_extension_counts(scene, iris, at, late, grant):
    grant(hours=1)
    with at(LATER):
        action, values = fields(iris.page(scene.home))
    with at(timedelta(minutes=80, seconds=119)):
        assert iris.post(action, data=values).status_code == 302

    assert [each.arrival for each in made()] == ["in_grace"]


def test_what_was_changed_since_is_not_submitted_by_an_old_page(scene, iris, at, late, grant):
    grant()
    with at(LATER):
        action, values = fields(iris.page(scene.home))
        version = iris.page(f"{scene.home}/background").find("input", {"name": "version"})["value"]
        saved = iris.submit(
            f"{scene.home}/background",
            {"position": "Baker", "story": "Changed since.", "version": version},
        )
        assert saved.status_code == 302
        answer = iris.post(action, data=values)
        assert answer.status_code == 409
        assert "Nothing was submitted" in answer.text
        assert not iris.page(scene.home).find("button", string=BUTTON)

    assert made() == []


def test_nothing_is_offered_while_something_is_missing(scene, iris, at, late, grant, make):
    row = db.session.scalars(sa.select(LateDraft).where(LateDraft.action == "interests")).one()
    row.content = {**row.content, "interests": ""}
    make.keep(row)
    grant()
    with at(LATER):
        assert not iris.page(scene.home).find("button", string=BUTTON)


def test_a_stream_that_stays_closed_is_named(scene, iris, at, late, grant):
    grant(scene.asking)
    with at(LATER):
        page = iris.page(scene.home)
        shown = page.find("button", string=BUTTON).find_parent("div", class_="notice")
        words = " ".join(shown.text.split())
        assert "It goes to Interpretability." in words
        assert "Model organisms has closed, so it does not read it." in words


@pytest.mark.parametrize("text", ["yesterday", "2026-11-21T12:09:31", "0001-01-01T00:00:00+14:00"])
def test_an_instant_that_is_none_is_refused(scene, iris, late, text):
    form = {"key": "a-key-of-its-own", "as_sent_at": text}
    answer = iris.submit(f"{scene.home}/submit", form, page=f"{scene.home}/questions")
    assert answer.status_code == 400
