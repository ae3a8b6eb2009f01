"""Instants in words."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain import instants

CLOSE = datetime(2026, 12, 5, 11, 59, tzinfo=UTC)


def test_one_instant_in_three_zones():
    assert instants.in_utc(CLOSE) == "Sat 5 Dec 2026, 11:59 UTC"
    assert instants.anywhere_on_earth(CLOSE) == "Fri 4 Dec 2026, 23:59 AoE"
    assert instants.in_zone(CLOSE, "Asia/Kolkata") == "Sat 5 Dec 2026, 17:29 (Asia/Kolkata)"


def test_unknown_zone_is_shown_in_utc():
    assert instants.in_zone(CLOSE, "Mars/Olympus") == instants.in_utc(CLOSE)
    assert instants.in_zone(CLOSE, "../etc/passwd") == instants.in_utc(CLOSE)


def test_iso_keeps_microseconds_only_where_there_are_some():
    assert instants.iso(CLOSE) == "2026-12-05T11:59:00Z"
    assert instants.iso(CLOSE - timedelta(microseconds=1)) == "2026-12-05T11:58:59.999999Z"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=13, hours=4, minutes=2), "13 days 4 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=1, minutes=1), "1 hour 1 minute"),
        (timedelta(minutes=2, seconds=1), "2 minutes 1 second"),
        (timedelta(seconds=59), "59 seconds"),
        (timedelta(microseconds=1), "0 seconds"),
        (timedelta(0), "no time"),
        (timedelta(days=-3), "no time"),
    ],
)
def test_time_left_in_its_two_largest_units(left, words):
    assert instants.time_left(CLOSE, CLOSE - left) == words
