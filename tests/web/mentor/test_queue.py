"""The queue: one's own streams, nobody else's, the least read first, and no dearer with more rows."""

from datetime import timedelta

import pytest


def names(page):
    return [cell.text for cell in page.select("tbody th a")]


def test_queue_holds_the_applications_to_ones_own_streams_only(make, browser):
    round_ = make.round()
    mine, other = make.stream(round_, "Mine"), make.stream(round_, "Other")
    reader = make.member(mine)
    make.submitted(make.user("Both Streams"), round_, [mine, other])
    make.submitted(make.user("Other Only"), round_, [other])
    assert names(browser(reader).page("/review")) == ["Both Streams"]


def test_queue_never_holds_ones_own_application(make, browser):
    stream = make.stream(make.round())
    reader = make.member(stream, name="Reader Applicant")
    application = make.submitted(reader, streams=[stream])
    assert names(browser(reader).page("/review")) == []
    key = make.arrived(application, stream).id
    browser(reader).page(f"/review/{key}", status=404)


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_queue_sends_as_many_queries_however_long_it_is(make, browser, queries, rows):
    stream = make.stream(make.round())
    reader = make.member(stream)
    for number in range(rows):
        make.submitted(make.user(f"Applicant {number:03}"), streams=[stream])
    reading = browser(reader)
    with queries() as sent:
        page = reading.get("/review")
    assert sent.page == 6, sent.statements
    assert len(page.data) < 100_000


def test_progress_is_not_shown_once_the_decisions_are_out(make, browser):
    round_ = make.round(closes_at=make.now - timedelta(days=3))
    stream = make.stream(round_)
    make.arrived(make.submitted(streams=[stream]), stream)
    reading = browser(make.member(stream))
    assert "1 of 1 left" in reading.page("/review").text
    round_.released_at = make.now - timedelta(days=1)
    make.keep(round_)
    assert "1 of 1 left" not in reading.page("/review").text
