"""What its owner meets of an application whose term was over: a receipt that stands, and no texts."""

from datetime import timedelta

import pytest

from portal.domain.retention import Terms
from portal.extensions import db
from portal.models import Application, Submission
from portal.services import retention
from tests.conftest import NOW

DAY = timedelta(days=1)


@pytest.fixture
def forgotten(make):
    """Iris's application of a round that was archived long ago."""
    round_ = make.round(
        opens_at=NOW - 900 * DAY,
        closes_at=NOW - 800 * DAY,
        released_at=NOW - 700 * DAY,
        archived_at=NOW - 600 * DAY,
    )
    stream = make.stream(round_, questions=["What would you do?"])
    application = make.submitted(
        make.user("Iris Okafor"), round_, [stream], received_at=NOW - 850 * DAY
    )
    retention.run(Terms(), NOW, rewrite=False)
    application = db.session.get_one(Application, application.id)
    assert application.forgotten_at == NOW
    return application


@pytest.mark.parametrize("part", ["", "/receipt", "/survey", "/withdraw"])
def test_its_pages_still_open_and_say_so(browser, forgotten, part):
    address = f"/apply/{forgotten.round.slug}{part}"
    response = browser(forgotten.user).get(address)
    assert response.status_code in (200, 302, 409), part
    assert "smaller transformers" not in response.text


def test_the_receipt_says_that_the_texts_are_gone(browser, forgotten):
    here = browser(forgotten.user)
    page = str(here.page(f"/apply/{forgotten.round.slug}/receipt"))
    number = db.session.get_one(Submission, forgotten.current_submission_id).number
    assert number in page
    assert "no longer kept" in page
    content = here.get(f"/apply/{forgotten.round.slug}/receipt/{number}.bin")
    assert content.status_code == 404
    assert forgotten.round.name in str(here.page("/apply"))


def test_the_desk_opens_it_without_words(browser, make, forgotten):
    here = browser(make.admin())
    page = str(here.page(f"/admin/applications/{forgotten.id}"))
    assert "no longer kept" in page
    assert "Erased applicant" in str(here.page(f"/admin/applications?round={forgotten.round.slug}"))
