"""Local date and time to instants: every zone there and back, no time that does not exist, no silent guess."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.civil_time import (
    AOE,
    CivilTimeError,
    HappensTwice,
    Local,
    Turn,
    instants_of,
    to_local,
    to_utc,
    zone_named,
)

ZONES = [*sorted(available_timezones() - {"localtime", "Factory"}), AOE, "UTC"]
NOW = datetime(2026, 11, 21, tzinfo=UTC)
within_two_years = st.integers(-2 * 366 * 86400, 2 * 366 * 86400).map(
    lambda seconds: NOW + timedelta(seconds=seconds)
)


@given(within_two_years, st.sampled_from(ZONES))
def test_every_instant_comes_back_through_every_zone(at, zone):
    local, turn = to_local(at, zone)
    assert to_utc(local, turn) == at


@given(
    st.dates(date(2025, 1, 1), date(2028, 12, 31)),
    st.times().map(lambda at: at.replace(microsecond=0, fold=0)),
    st.sampled_from(ZONES),
)
def test_every_local_time_names_none_one_or_two_instants_that_show_it(day, clock, zone):
    local = Local(day, clock, zone)
    found = instants_of(local)
    assert len(found) <= 2
    for at in found:
        shown = at.astimezone(zone_named(zone))
        assert (shown.date(), shown.time().replace(fold=0)) == (day, clock)
    if len(found) == 2:
        assert found[0] < found[1]
        with pytest.raises(HappensTwice):
            to_utc(local)
    elif not found:
        with pytest.raises(CivilTimeError):
            to_utc(local)
        with pytest.raises(CivilTimeError):
            to_utc(local, Turn.FIRST)


def test_anywhere_on_earth_is_twelve_hours_behind():
    at = to_utc(Local(date(2027, 1, 31), time(23, 59), AOE))
    assert at == datetime(2027, 2, 1, 11, 59, tzinfo=UTC)


def test_midnight_after_the_day_anywhere_on_earth_is_noon_in_utc():
    at = to_utc(Local(date(2027, 2, 1), time(0, 0), AOE))
    assert at == datetime(2027, 2, 1, 12, 0, tzinfo=UTC)


def test_time_that_the_clocks_skip_is_refused_in_words():
    with pytest.raises(CivilTimeError, match="does not exist") as refused:
        to_utc(Local(date(2027, 3, 28), time(2, 30), "Europe/Berlin"))
    assert not isinstance(refused.value, HappensTwice)
    assert "Europe/Berlin" in str(refused.value)


def test_time_that_happens_twice_is_asked_about_and_then_taken():
    local = Local(date(2026, 10, 25), time(2, 30), "Europe/Berlin")
    with pytest.raises(HappensTwice, match="happens twice") as asked:
        to_utc(local)
    first, second = asked.value.instants
    assert second - first == timedelta(hours=1)
    assert to_utc(local, Turn.FIRST) == first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert to_utc(local, Turn.SECOND) == second == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_day_that_a_zone_never_had_is_refused():
    with pytest.raises(CivilTimeError):
        to_utc(Local(date(2011, 12, 30), time(12), "Pacific/Apia"))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", ""])
def test_unknown_zone_is_refused(zone):
    with pytest.raises(CivilTimeError, match="not known"):
        to_utc(Local(date(2027, 1, 1), time(12), zone))


@pytest.mark.parametrize("year", [1999, 2200, 9999, 1])
def test_year_out_of_reach_is_refused(year):
    with pytest.raises(CivilTimeError, match="year"):
        to_utc(Local(date(year, 1, 1), time(12), "Asia/Tokyo"))


def test_turn_does_no_harm_where_nothing_is_ambiguous():
    local = Local(date(2027, 1, 1), time(12), "Europe/Berlin")
    assert to_utc(local, Turn.SECOND) == to_utc(local)
