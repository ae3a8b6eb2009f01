"""What must stand before a round can open."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.preflight import (
    Level,
    RoundFacts,
    StreamFacts,
    placeholders,
    preflight,
    reds,
    warnings,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)

STREAM = StreamFacts(
    name="Stream of Mira",
    places=2,
    closes_at=None,
    mentors=1,
    leads=1,
    offerings=1,
    questions=2,
    without_limit=0,
    without_minutes=0,
)
READY = RoundFacts(
    name="Summer 2027",
    summary="What it is.",
    opens_at=None,
    closes_at=NOW + 14 * DAY,
    release_at=NOW + 40 * DAY,
    key_dates=[("Programme starts", NOW + 90 * DAY)],
    criteria=2,
    streams=[STREAM],
    faq_texts=[("When?", "Until {{ round.closes_at }}.")],
)


def red_sentences(facts):
    return [check.found for check in reds(preflight(facts, NOW))]


def warned(facts):
    return [check.found for check in warnings(preflight(facts, NOW))]


def with_stream(**values):
    return replace(READY, streams=[replace(STREAM, **values)])


def test_ready_round_has_neither_red_nor_warning():
    checks = preflight(READY, NOW)
    assert {check.level for check in checks} == {Level.OK}
    assert len(checks) >= 5


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (replace(READY, closes_at=None), "no deadline"),
        (replace(READY, closes_at=NOW), "deadline lies in the past"),
        (replace(READY, opens_at=NOW + 20 * DAY), "closes before it opens"),
        (replace(READY, opens_at=NOW + 14 * DAY), "closes before it opens"),
        (replace(READY, release_at=NOW + 14 * DAY), "before the last deadline"),
        (replace(READY, criteria=0), "no criteria"),
        (replace(READY, streams=[]), "no stream"),
        (replace(READY, mail_ready=False), "No mail server"),
        (replace(READY, faq_texts=[("Q", "{{ round.fee }}")]), "round.fee"),
        (with_stream(mentors=0), "has no mentor"),
        (with_stream(offerings=0), "offers no direction"),
        (with_stream(places=0), "has no places"),
        (with_stream(without_limit=1), "1 question without a word limit"),
        (with_stream(without_minutes=2), "2 questions without an estimate"),
        (with_stream(closes_at=NOW + 50 * DAY), "before the last deadline"),
    ],
)
def test_red_check_names_what_is_missing(facts, sentence):
    assert any(sentence in found for found in red_sentences(facts))


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (replace(READY, summary=" "), "no summary"),
        (replace(READY, release_at=None), "No day is set"),
        (replace(READY, key_dates=[("Start", NOW)]), "“Start” lies in the past"),
        (with_stream(leads=0), "no lead with an account"),
        (with_stream(questions=0), "asks no question"),
        (
            replace(READY, release_at=None, faq_texts=[("When?", "{{ round.release_at }}")]),
            "would show no day of release: “When?”",
        ),
    ],
)
def test_warning_does_not_stop_an_opening(facts, sentence):
    assert any(sentence in found for found in warned(facts))
    assert red_sentences(facts) == []


def test_every_red_check_says_what_to_do():
    empty = replace(READY, closes_at=None, criteria=0, streams=[], mail_ready=False)
    assert all(check.remedy for check in reds(preflight(empty, NOW)))
    assert len(reds(preflight(empty, NOW))) == 4


def test_stream_that_closes_before_the_opening_is_named():
    facts = replace(with_stream(closes_at=NOW + DAY), opens_at=NOW + 2 * DAY)
    assert red_sentences(facts) == ["Stream of Mira closes before the round opens."]


def test_checks_of_several_streams_name_each():
    streams = [replace(STREAM, name=f"Stream {n}", mentors=0) for n in range(3)]
    found = red_sentences(replace(READY, streams=streams))
    assert found == [f"Stream {n} has no mentor." for n in range(3)]


def test_stream_that_has_closed_already_is_named_when_the_round_opens_now():
    facts = with_stream(closes_at=NOW - DAY)
    assert red_sentences(facts) == ["Stream of Mira closes before the round opens."]


def test_opening_in_an_answer_may_wait_for_the_opening():
    facts = replace(READY, faq_texts=[("When?", "From {{ round.opens_at }}.")])
    assert warned(facts) == []


def test_placeholders_are_found_with_any_spacing():
    assert placeholders("{{round.name}} and {{  round.closes_at }} but not {x}") == {
        "round.name",
        "round.closes_at",
    }


def test_task_due_after_the_announced_release_is_red():
    at_release = with_stream(tasks_due_at=READY.release_at)
    assert red_sentences(at_release) == [
        "A task of Stream of Mira would be due after the decisions are announced."
    ]
    assert red_sentences(with_stream(tasks_due_at=READY.release_at - DAY)) == []
    assert red_sentences(replace(at_release, release_at=None)) == []
