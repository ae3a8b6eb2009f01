"""References: who can be named, until when, what is asked, who reads it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.referees import Named, mailbox, one_line, problems, unlinked
from portal.domain.references import (
    LETTERS_A_DAY,
    LETTERS_EACH,
    LETTERS_IN_ALL,
    REMIND_BEFORE,
    Standing,
    counts,
    due,
    in_words,
    is_read,
    link_works,
    may_ask,
    may_name,
    may_resume,
    may_take_back,
    may_write,
    needs_reminder,
    reference_gaps,
    standing,
)
from portal.domain.rounds import Arrival, Deadline, Grant
from portal.domain.verdict import Refused

NOW = datetime(2027, 1, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DUE = Deadline(NOW + 10 * DAY)
OWN = ["iris.okafor@example.org"]


@dataclass(frozen=True)
class Row:
    asked_at: datetime | None = None
    reminded_at: datetime | None = None
    withdrawn_at: datetime | None = None
    received_at: datetime | None = None
    declined_at: datetime | None = None
    arrival: Arrival | None = None
    let_in_at: datetime | None = None
    letters: int = 0


ASKED = Row(asked_at=NOW - DAY, letters=1)


def named(**values):
    fields = {"name": "Dr. Rita Sol", "email": "rita@example.org", "relation": "taught me"}
    return Named(**{**fields, **values})


# -- who can be named ---------------------------------------------------------------------------


def test_somebody_else_can_be_named():
    assert problems(named(), OWN, ["other@example.org"]) == {}


@pytest.mark.parametrize(
    "address",
    [
        "iris.okafor@example.org",
        "IRIS.Okafor@Example.ORG",
        "iris.okafor+me@example.org",
        "ｉris.okafor@example.org",
        "iris.okafor@example.org.",
    ],
)
def test_ones_own_address_is_refused_in_every_spelling(address):
    assert "email" in problems(named(email=address), OWN, [])


def test_dots_are_the_same_mailbox_only_where_they_mean_nothing():
    assert mailbox("a.b@gmail.com") == mailbox("AB+x@googlemail.com")
    assert mailbox("a.b@example.org") != mailbox("ab@example.org")


def test_nobody_is_named_twice():
    assert "email" in problems(named(email="RITA+1@example.org"), OWN, ["rita@example.org"])


@pytest.mark.parametrize(
    "address",
    ["", "rita", "rita@", "@example.org", "a@b", "a b@example.org", "a@example.org,c@example.org",
     "a@example.org\nBcc: all@example.org", "<a@example.org>", "a@ex..org", "x" * 250 + "@example.org"],
)  # fmt: skip
def test_an_address_is_one_address(address):
    assert "email" in problems(named(email=address), OWN, [])


@pytest.mark.parametrize(
    "name",
    ["", "Win at https://evil.example", "evil.example", "www.evil", "a@b.example", "x" * 121],
)
def test_a_name_is_a_name(name):
    assert "name" in problems(named(name=name), OWN, [])


@pytest.mark.parametrize("name", ["J. R. Sol", "Dr. Ana-María O’Neill", "张伟", "محمد", "M.A. Sol"])
def test_names_of_people_are_taken(name):
    assert problems(named(name=name), OWN, []) == {}


def test_naming_is_made_of_single_lines():
    cleaned = named(
        name="Rita\r\nBcc: x", relation="a\x00b\u202ec", note="one\r\ntwo\x07"
    ).cleaned()
    assert cleaned.name == "Rita Bcc: x"
    assert cleaned.relation == "a b c"
    assert cleaned.note == "one\ntwo"


def test_a_name_in_a_letter_carries_no_link():
    assert unlinked("Visit https://evil.example/x now") == "Visit https evil. example/x now"
    assert unlinked("me@evil.example") == "me at evil. example"
    assert unlinked("J. R. Sol") == "J. R. Sol"
    assert one_line("a\u2028b") == "a b"


@pytest.mark.parametrize(("others", "most", "allowed"), [
    ([], 0, False), ([], 1, True), ([ASKED], 1, False), ([ASKED], 2, True),
    ([Row(declined_at=NOW)], 1, True), ([Row(withdrawn_at=NOW)], 1, True),
    ([Row(received_at=NOW, arrival=Arrival.LATE)], 1, False),
])  # fmt: skip
def test_places_are_those_who_did_not_decline(others, most, allowed):
    assert bool(may_name(others, most)) is allowed
    if most:
        assert bool(may_resume(others, most)) is allowed


# -- letters ------------------------------------------------------------------------------------


def test_letters_are_limited_to_each_a_day_and_in_all():
    ok = {"today": LETTERS_A_DAY - 1, "in_all": LETTERS_IN_ALL - 1}
    assert may_ask(ASKED, DUE, NOW, **ok)
    assert not may_ask(Row(asked_at=NOW, letters=LETTERS_EACH), DUE, NOW, **ok)
    assert not may_ask(ASKED, DUE, NOW, **{**ok, "today": LETTERS_A_DAY})
    assert not may_ask(ASKED, DUE, NOW, **{**ok, "in_all": LETTERS_IN_ALL})


@pytest.mark.parametrize("row", [
    Row(received_at=NOW, arrival=Arrival.ON_TIME), Row(declined_at=NOW), Row(withdrawn_at=NOW),
])  # fmt: skip
def test_nobody_who_answered_is_asked_again(row):
    assert isinstance(may_ask(row, DUE, NOW, today=0, in_all=0), Refused)


# -- until when ---------------------------------------------------------------------------------


def test_due_is_the_rounds_instant_or_the_close_or_a_later_extension():
    general = Deadline(NOW + 5 * DAY)
    late, early = NOW + 30 * DAY, NOW + DAY
    assert due(None, general, ()).closes_at == general.closes_at
    assert due(DUE.closes_at, general, ()).closes_at == DUE.closes_at
    assert due(DUE.closes_at, general, (Grant(late),)).closes_at == late
    assert due(DUE.closes_at, general, (Grant(early),)).closes_at == DUE.closes_at


@pytest.mark.parametrize(("offset", "word"), [
    (-timedelta(microseconds=1), Standing.ASKED), (timedelta(0), Standing.ASKED),
    (DUE.grace - timedelta(microseconds=1), Standing.ASKED), (DUE.grace, Standing.OVERDUE),
])  # fmt: skip
def test_overdue_begins_where_the_grace_ends(offset, word):
    assert standing(ASKED, DUE, DUE.closes_at + offset) is word
    assert bool(may_ask(ASKED, DUE, DUE.closes_at + offset, today=0, in_all=0)) is (
        word is Standing.ASKED
    )


@pytest.mark.parametrize(("row", "word"), [
    (Row(), Standing.NAMED), (ASKED, Standing.ASKED),
    (Row(received_at=NOW, arrival=Arrival.IN_GRACE), Standing.RECEIVED),
    (Row(received_at=NOW, arrival=Arrival.LATE), Standing.LATE),
    (Row(asked_at=NOW, declined_at=NOW), Standing.DECLINED),
    (Row(asked_at=NOW, declined_at=NOW, withdrawn_at=NOW), Standing.WITHDRAWN),
])  # fmt: skip
def test_standing_is_one_word(row, word):
    assert standing(row, DUE, NOW) is word


def test_one_reminder_in_the_last_three_days():
    begins = DUE.closes_at - REMIND_BEFORE
    tiny = timedelta(microseconds=1)
    assert not needs_reminder(ASKED, DUE, begins - tiny)
    assert needs_reminder(ASKED, DUE, begins)
    assert needs_reminder(ASKED, DUE, DUE.closes_at - tiny)
    assert not needs_reminder(ASKED, DUE, DUE.closes_at)
    for row in (Row(), Row(asked_at=NOW, reminded_at=NOW), Row(asked_at=NOW, declined_at=NOW),
                Row(asked_at=NOW, received_at=NOW), Row(asked_at=NOW, withdrawn_at=NOW),
                Row(asked_at=begins - timedelta(hours=23))):  # fmt: skip
        assert not needs_reminder(row, DUE, begins), row


# -- what the referee may do, and who reads it --------------------------------------------------


def test_a_link_shows_nothing_after_the_release_or_when_taken_back():
    assert link_works(ASKED, None, None, NOW)
    assert link_works(ASKED, NOW + DAY, None, NOW)
    assert not link_works(ASKED, NOW, None, NOW)
    assert not link_works(ASKED, None, NOW, NOW)
    assert not link_works(Row(withdrawn_at=NOW), None, None, NOW)


def test_what_was_sent_stays():
    sent = Row(received_at=NOW, arrival=Arrival.ON_TIME)
    assert not may_write(sent)
    assert not may_take_back(sent)
    assert may_write(ASKED)
    assert may_take_back(ASKED)


def test_readers_see_what_came_in_time_or_was_let_in():
    assert not is_read(ASKED)
    assert is_read(Row(received_at=NOW, arrival=Arrival.IN_GRACE))
    assert not is_read(Row(received_at=NOW, arrival=Arrival.LATE))
    assert is_read(Row(received_at=NOW, arrival=Arrival.LATE, let_in_at=NOW))
    assert counts(ASKED)


def test_a_reference_needs_its_answers_within_their_words():
    whole = {
        "acquaintance": "Two years.",
        "strength": "Care.",
        "comparison": "tenth",
        "contact": "yes",
    }
    assert reference_gaps(whole) == []
    assert [gap.field for gap in reference_gaps({})] == [
        "acquaintance", "strength", "comparison", "contact",
    ]  # fmt: skip
    assert [g.field for g in reference_gaps({**whole, "strength": "word " * 301})] == ["strength"]
    assert [g.field for g in reference_gaps({**whole, "comparison": "god"})] == ["comparison"]
    assert [text for _, text, _ in in_words(whole)] == [
        "Two years.", "Care.", "In the top tenth", "Yes",
    ]  # fmt: skip
