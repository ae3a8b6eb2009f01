"""Within the grace no page says that a deadline is closed beside buttons that work, and none tells of the grace."""

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.support.applicant import write

CLOSES = NOW + timedelta(hours=1)


@pytest.mark.parametrize("page", ["", "/interests", "/directions", "/check"])
def test_no_state_word_stands_beside_buttons_that_work(make, browser, at, page):
    round_ = make.round(closes_at=CLOSES)
    stream = make.stream(round_, questions=["Why?"])
    user = make.user()
    write(user, round_, stream)
    mine = browser(user)

    with at(CLOSES + timedelta(seconds=30)):
        in_grace = mine.page(f"/apply/{round_.slug}{page}")

    assert [each.text.strip() for each in in_grace.select("[data-countdown]")] in ([""], [])
    words = in_grace.find("main").text.casefold()
    assert "closed" not in words
    assert "grace" not in words
    assert in_grace.select("main form button, main .task-list a")

    with at(CLOSES + timedelta(seconds=120)):
        late = mine.page(f"/apply/{round_.slug}")
    assert [each.text.strip() for each in late.select("[data-countdown]")] == ["closed"]
