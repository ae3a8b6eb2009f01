"""As of when a working copy says what its writer sent, after late texts were let in."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.sent_late import LetIn, is_submitted, may_submit_as_sent, sent_at
from portal.domain.verdict import Refused

SENT = datetime(2026, 12, 5, 23, 59, 31, tzinfo=UTC)
LET_IN = SENT + timedelta(hours=9)
TICK = timedelta(microseconds=1)


def text(action="interests", sent=SENT):
    return LetIn(action, sent, LET_IN)


def test_letting_in_is_no_change_of_what_was_sent():
    saved = {"interests": LET_IN, "about": SENT - timedelta(days=3)}

    assert sent_at([text()], saved) == SENT
    assert sent_at([text(), text("submit", SENT + TICK)], saved) == SENT + TICK


@pytest.mark.parametrize(
    "saved",
    [
        {"interests": LET_IN + TICK},  # written anew since
        {"interests": LET_IN, "about": SENT + TICK},  # elsewhere, in a section that was open still
        {"about": LET_IN},  # another section at the very instant
    ],
)
def test_whatever_was_written_since_ends_it(saved):
    assert sent_at([text()], saved) is None


def test_a_direction_that_was_to_begin_an_application_is_written_into_the_directions():
    assert sent_at([text("start")], {"directions": LET_IN}) == SENT


@pytest.mark.parametrize(
    "action", ["work-test-3", "references", "reference-request", "extension", "restore"]
)
def test_what_is_no_part_of_a_submission_offers_nothing(action):
    assert not is_submitted(action)
    assert sent_at([text(action)], {}) is None


def test_a_page_that_showed_something_else_submits_nothing():
    assert may_submit_as_sent(SENT, SENT)
    for stands in (None, SENT + TICK):
        answer = may_submit_as_sent(SENT, stands)
        assert isinstance(answer, Refused)
        assert "Nothing was submitted" in answer.why
