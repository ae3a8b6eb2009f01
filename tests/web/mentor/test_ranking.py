"""The ranking: totals only where they may be seen, decisions by leads, never over another's."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from portal.domain.permissions import StreamRole
from portal.domain.review import Outcome
from portal.extensions import db
from portal.models import Decision, StreamMember
from tests.conftest import NOW

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def decision_on(key):
    return db.session.scalar(sa.select(Decision).where(Decision.stream_application_id == key))


def row(key, outcome, rank="", was="0||"):
    return {f"was-{key}": was, f"outcome-{key}": outcome, f"rank-{key}": rank}


def test_lead_accepts_and_orders(make, browser):
    stream = make.stream(make.round())
    lead = make.member(stream)
    keys = [make.arrived(make.submitted(streams=[stream]), stream).id for _ in range(3)]
    deciding = browser(lead)
    form = row(keys[0], "accept") | row(keys[1], "accept", "1") | row(keys[2], "waitlist")
    assert deciding.submit("/review/ranking", form).status_code == 302
    assert [decision_on(key).rank for key in keys] == [2, 1, 1]
    assert "3 decisions saved" in deciding.page("/review/ranking").text


@pytest.mark.parametrize(
    ("round_closes", "own", "arriving"),
    [
        (DAY, None, True),
        (-DAY, None, False),
        (-DAY, DAY, True),
        (DAY, -DAY, False),
        (-SECOND, None, False),
    ],
)
def test_ranking_says_that_applications_still_arrive(make, browser, round_closes, own, arriving):
    round_ = make.round(opens_at=NOW - 9 * DAY, closes_at=NOW + round_closes)
    stream = make.stream(round_, closes_at=None if own is None else NOW + own)
    page = browser(make.member(stream)).page("/review/ranking")
    assert ("Applications still arrive until" in page.text) is arriving


def test_readers_do_not_decide(make, browser):
    stream = make.stream(make.round())
    reader = make.member(stream, StreamRole.READER)
    key = make.arrived(make.submitted(streams=[stream]), stream).id
    reading = browser(reader)
    assert not reading.page("/review/ranking").select("table select")
    assert (
        reading.submit("/review/ranking", row(key, "accept"), page=f"/review/{key}").status_code
        == 403
    )
    assert decision_on(key) is None


def test_totals_stay_hidden_until_ones_own_review_is_in_or_they_are_opened(make, browser):
    stream = make.stream(make.round())
    lead, other = make.member(stream), make.member(stream)
    make.reviewed(make.arrived(make.submitted(streams=[stream]), stream), other, fit=5, skill=4)
    deciding = browser(lead)
    assert "4.5" not in deciding.page("/review/ranking").select_one("table").text
    deciding.submit("/review/ranking/totals", page="/review/ranking")
    assert "4.5" in deciding.page("/review/ranking").select_one("table").text


def test_two_leads_never_overwrite_each_other_silently(make, browser):
    stream = make.stream(make.round())
    first, second = make.member(stream), make.member(stream)
    key = make.arrived(make.submitted(streams=[stream]), stream).id
    browser(first).submit("/review/ranking", row(key, "accept"))
    answer = browser(second).submit("/review/ranking", row(key, "decline"))
    assert answer.status_code == 409
    assert "Now: Accept, place 1" in answer.text
    assert decision_on(key).outcome is Outcome.ACCEPT


def test_a_reason_goes_to_all_rows_that_are_ticked(make, browser):
    stream = make.stream(make.round())
    keys = [make.arrived(make.submitted(streams=[stream]), stream).id for _ in range(2)]
    deciding = browser(make.member(stream))
    form = row(keys[0], "decline") | row(keys[1], "decline") | {f"tick-{keys[1]}": "on"}
    deciding.submit("/review/ranking", form | {"reason": "Too few places."})
    assert [decision_on(key).reason for key in keys] == ["", "Too few places."]


def test_nobody_decides_on_another_streams_application(make, browser):
    round_ = make.round()
    mine, other = make.stream(round_), make.stream(round_)
    make.submitted(streams=[mine])
    key = make.arrived(make.submitted(streams=[other]), other).id
    deciding = browser(make.member(mine))
    answer = deciding.submit("/review/ranking", row(key, "accept"))
    assert answer.status_code == 404
    deciding.page(f"/review/ranking/{key}", status=404)
    assert decision_on(key) is None


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_ranking_sends_as_many_queries_however_long_it_is(make, browser, queries, rows):
    stream = make.stream(make.round())
    lead = make.member(stream)
    for number in range(rows):
        application = make.submitted(make.user(f"Applicant {number:03}"), streams=[stream])
        make.reviewed(make.arrived(application, stream), lead, fit=3, skill=4)
    deciding = browser(lead)
    with queries() as sent:
        page = deciding.get("/review/ranking")
    assert sent.page == 7, sent.statements
    assert len(page.data) < 100_000


def test_a_decision_at_length_keeps_the_reason_and_says_what_is_wrong(make, browser):
    stream = make.stream(make.round())
    key = make.arrived(make.submitted(streams=[stream]), stream).id
    deciding, path = browser(make.member(stream)), f"/review/ranking/{key}"
    wrong = deciding.submit(
        path, {"seen": "0", "outcome": "waitlist", "rank": "first", "reason": "x"}
    )
    assert wrong.status_code == 422
    assert "Place: enter a whole number" in wrong.text
    deciding.submit(
        path, {"seen": "0", "outcome": "waitlist", "rank": "", "reason": "A clear plan."}
    )
    assert (decision_on(key).outcome, decision_on(key).rank) == (Outcome.WAITLIST, 1)
    again = deciding.submit(path, {"seen": "0", "outcome": "decline", "rank": "", "reason": "No."})
    assert again.status_code == 409
    assert "A clear plan." in again.text
    assert "No." in again.text


def test_a_form_without_the_place_leaves_the_place_alone(make, browser):
    stream = make.stream(make.round())
    key = make.arrived(make.submitted(streams=[stream]), stream).id
    deciding, path = browser(make.member(stream)), f"/review/ranking/{key}"
    deciding.submit(path, {"seen": "0", "outcome": "waitlist", "rank": "", "reason": "Clear."})

    answer = deciding.submit(path, {"seen": "1", "outcome": "waitlist", "reason": "Very clear."})

    assert answer.status_code == 302
    assert (decision_on(key).rank, decision_on(key).reason) == (1, "Very clear.")


@pytest.mark.parametrize("odd", ["\u00b2", "9" * 30, "\u0664", "-1", "9" * 5000])
def test_rows_and_versions_that_are_no_numbers_of_ours_change_nothing(make, browser, odd):
    stream = make.stream(make.round())
    key = make.arrived(make.submitted(streams=[stream]), stream).id
    deciding = browser(make.member(stream))
    deciding.submit("/review/ranking", row(key, "decline"))

    assert deciding.submit("/review/ranking", row(odd, "accept")).status_code == 302
    assert deciding.submit("/review/ranking", row(key, "accept", was=f"{odd}||")).status_code == 409
    form = {"seen": odd, "outcome": "accept", "rank": odd, "reason": ""}
    assert deciding.submit(f"/review/ranking/{key}", form).status_code == 422
    assert deciding.get(f"/review?stream={odd[:30]}&direction={odd[:30]}").status_code == 200
    assert decision_on(key).outcome is Outcome.DECLINE


def test_hidden_totals_give_nothing_away_by_their_order(make, browser):
    stream = make.stream(make.round())
    lead, other = make.member(stream), make.member(stream)
    for name, score in (("Ana", 1), ("Bo", 5), ("Cy", 3)):
        row = make.arrived(make.submitted(make.user(name), streams=[stream]), stream)
        make.reviewed(row, other, fit=score, skill=score)

    def order(user):
        page = browser(user).page("/review/ranking?sort=mean")
        return [link.text for link in page.select("tbody th a")]

    assert order(lead) == ["Ana", "Bo", "Cy"]
    assert order(other) == ["Bo", "Cy", "Ana"]


def test_decisions_give_nothing_away_to_readers_who_have_not_read(make, browser):
    stream = make.stream(make.round())
    lead, reader = make.member(stream), make.member(stream, StreamRole.READER)
    rows = [
        make.arrived(make.submitted(make.user(name), streams=[stream]), stream)
        for name in ("Ana", "Bo")
    ]
    browser(lead).submit("/review/ranking", row(rows[0].id, "decline") | row(rows[1].id, "accept"))
    reading = browser(reader)
    page = reading.page("/review/ranking")
    assert [link.text for link in page.select("tbody th a")] == ["Ana", "Bo"]
    assert not page.select("tbody .status")
    assert reading.page("/review/ranking?show=accept").select("tbody tr") == []
    make.reviewed(rows[1], reader, fit=3, skill=3)
    assert [s.text for s in reading.page("/review/ranking").select("tbody .status")] == ["Accept"]


@pytest.mark.parametrize(
    ("outcome", "place"), [("accept", "x9"), ("accept", "0"), ("", "4"), ("decline", "2")]
)
def test_a_place_that_cannot_be_kept_is_refused_and_stays_in_the_form(
    make, browser, outcome, place
):
    stream = make.stream(make.round())
    keys = [make.arrived(make.submitted(streams=[stream]), stream).id for _ in range(2)]
    deciding = browser(make.member(stream))
    answer = deciding.submit(
        "/review/ranking", row(keys[0], outcome, place) | row(keys[1], "accept", "1")
    )
    assert answer.status_code == 422
    assert "a place cannot be kept" in answer.text
    page = BeautifulSoup(answer.text, "html.parser")
    field = page.select_one(f"input[name=rank-{keys[0]}]")
    assert (field["value"], field["aria-invalid"]) == (place, "true")
    kept = page.select_one(f"select[name=outcome-{keys[1]}] option[selected]")
    assert kept["value"] == "accept"
    assert decision_on(keys[1]) is None


def test_a_save_names_its_stream_and_streams_of_two_rounds_are_told_apart(make, browser):
    """Which stream comes first changes with a release, and what was open before it must not."""
    stream = make.stream(make.round(), "Alpha stream")
    copied = make.stream(make.round(published_at=None, opens_at=None), "Alpha stream")
    lead = make.member(stream)
    make.keep(
        StreamMember(stream_id=copied.id, user_id=lead.id, role=StreamRole.LEAD, added_at=make.now)
    )
    key = make.arrived(make.submitted(streams=[stream]), stream).id
    deciding = browser(lead)
    page = deciding.page("/review/ranking")
    action = page.select_one("form[data-guard]")["action"]
    assert f"stream={stream.id}" in action
    assert len({option.text for option in page.select("select[name=stream] option")}) == 2
    assert deciding.submit(action, row(key, "accept")).status_code == 302
    assert decision_on(key).outcome is Outcome.ACCEPT


def test_after_the_release_members_see_all_totals_and_reviews(make, browser):
    round_ = make.round(closes_at=make.now - timedelta(days=3))
    stream = make.stream(round_)
    reader, other = make.member(stream, StreamRole.READER), make.member(stream)
    arrived = make.arrived(make.submitted(streams=[stream]), stream)
    make.reviewed(arrived, other, fit=5, skill=4)
    reading = browser(reader)
    assert "once yours is in" in reading.page("/review/ranking").select_one("table").text
    assert "Other readers" not in reading.page(f"/review/{arrived.id}").text
    round_.released_at = make.now - timedelta(days=1)
    make.keep(round_)
    assert "4.5" in reading.page("/review/ranking").select_one("table").text
    assert "Other readers" in reading.page(f"/review/{arrived.id}").text


def test_words_of_the_router_in_the_address_are_arguments_like_others(make, browser):
    stream = make.stream(make.round())
    make.arrived(make.submitted(streams=[stream]), stream)
    page = browser(make.member(stream)).page("/review/ranking?endpoint=x&_external=1")
    assert page.h1 is not None
