"""Which round the public pages speak of, its calendar, and until when each direction can be applied to."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.extensions import db
from portal.models import Direction, KeyDate
from portal.queries.rounds import (
    current_round,
    offers_of,
    open_direction_ids,
    public_rounds,
    stream_table,
)
from tests.conftest import NOW

DAY = timedelta(days=1)


def named(round_):
    return round_.name if round_ else None


def test_current_round_is_none_without_rounds(database):
    assert current_round(NOW) is None


def test_current_round_is_the_open_one_that_closes_first(make):
    make.round("Late", closes_at=NOW + 20 * DAY)
    make.round("Soon", closes_at=NOW + 3 * DAY)
    make.round("Next", opens_at=NOW + DAY, closes_at=NOW + 2 * DAY)
    assert named(current_round(NOW)) == "Soon"


def test_current_round_is_the_next_scheduled_when_none_is_open(make):
    make.round("Far", opens_at=NOW + 90 * DAY, closes_at=NOW + 100 * DAY)
    make.round("Near", opens_at=NOW + 9 * DAY, closes_at=NOW + 10 * DAY)
    make.round("Past", opens_at=NOW - 9 * DAY, closes_at=NOW - DAY)
    assert named(current_round(NOW)) == "Near"


def test_current_round_is_the_one_closed_last_when_nothing_lies_ahead(make):
    make.round("Old", opens_at=NOW - 90 * DAY, closes_at=NOW - 80 * DAY, released_at=NOW - 70 * DAY)
    make.round("Last", opens_at=NOW - 9 * DAY, closes_at=NOW - DAY)
    assert named(current_round(NOW)) == "Last"


@pytest.mark.parametrize(
    "unseen", [{"published_at": None}, {"published_at": NOW + timedelta(microseconds=1)}]
)
def test_draft_round_is_never_public(make, unseen):
    round_ = make.round("Secret", **unseen)
    direction = make.direction()
    make.stream(round_, directions=[direction])
    assert public_rounds(NOW) == []
    assert offers_of([direction.id], NOW) == {}
    assert db.session.scalars(open_direction_ids(NOW)).all() == []


def test_archived_round_is_listed_and_never_current(make):
    make.round("Gone", closes_at=NOW - DAY, archived_at=NOW - timedelta(hours=1))
    assert current_round(NOW) is None
    assert [round_.phase.value for round_ in public_rounds(NOW)] == ["archived"]


def test_round_stays_open_while_one_stream_accepts_and_speaks_of_that_deadline(make):
    round_ = make.round(closes_at=NOW - DAY)
    make.stream(round_, closes_at=NOW + DAY)
    seen = current_round(NOW)
    assert seen.is_open
    assert seen.next_close(NOW) == NOW + DAY


def test_key_dates_hold_streams_of_one_deadline_together_in_order_of_time(make):
    round_ = make.round("Summer", opens_at=NOW, closes_at=NOW + 9 * DAY, release_at=NOW + 20 * DAY)
    for name in ("Alpha", "Beta"):
        make.stream(round_, name, closes_at=NOW + 5 * DAY)
    make.stream(round_, "Gamma")
    make.keep(KeyDate(round_id=round_.id, at=NOW + DAY, label="Question hour"))
    dates = current_round(NOW).key_dates
    assert [(entry.kind, entry.label) for entry in dates] == [
        ("opens", "Applications open"),
        ("extra", "Question hour"),
        ("stream_closes", "Applications close: Alpha and Beta"),
        ("closes", "Applications close"),
        ("release", "All applicants learn their outcome"),
    ]


def test_actual_release_replaces_the_announced_one(make):
    make.round(closes_at=NOW - 5 * DAY, release_at=NOW + DAY, released_at=NOW - DAY)
    [release] = [e for e in current_round(NOW).key_dates if e.kind == "release"]
    assert release.at == NOW - DAY


def test_offer_uses_the_streams_own_deadline_earlier_or_later(make):
    round_ = make.round(closes_at=NOW + 5 * DAY)
    early, late, plain = make.direction(), make.direction(), make.direction()
    make.stream(round_, directions=[early], closes_at=NOW - DAY)
    make.stream(round_, directions=[late], closes_at=NOW + 9 * DAY)
    make.stream(round_, directions=[plain])
    offers = offers_of([early.id, late.id, plain.id], NOW)
    assert [offers[d.id].state for d in (early, late, plain)] == ["closed", "open", "open"]
    assert offers[late.id].closes_at == NOW + 9 * DAY
    assert offers[plain.id].closes_at == NOW + 5 * DAY


def test_open_offer_of_another_round_counts_before_a_closed_one(make):
    direction = make.direction()
    make.stream(
        make.round("Past", opens_at=NOW - 9 * DAY, closes_at=NOW - DAY), directions=[direction]
    )
    make.stream(make.round("Next", opens_at=NOW + DAY), directions=[direction])
    assert offers_of([direction.id], NOW)[direction.id].round_name == "Next"
    make.stream(make.round("Open"), directions=[direction])
    assert offers_of([direction.id], NOW)[direction.id].round_name == "Open"


def test_deadline_bites_at_the_instant_and_grace_is_not_advertised(make):
    round_ = make.round(closes_at=NOW)
    direction = make.direction()
    make.stream(round_, directions=[direction])
    just_before = NOW - timedelta(microseconds=1)
    assert offers_of([direction.id], just_before)[direction.id].is_open
    assert not offers_of([direction.id], NOW)[direction.id].is_open


INSTANTS = [-30, -8, -7, -1, 0, 2, 3, 13, 14, 20, 44, 46, 70]


@pytest.mark.parametrize("days", INSTANTS)
def test_open_directions_in_sql_are_the_open_offers_of_the_rule(make, days):
    """One rule, said once in Python and once in SQL: compared around every instant that matters."""
    for values in ({}, {"released_at": NOW + 10 * DAY}, {"archived_at": NOW + 3 * DAY}):
        round_ = make.round(**values)
        make.stream(round_)
        make.stream(round_, closes_at=NOW + 2 * DAY)
        make.stream(round_, closes_at=NOW + 20 * DAY)
    make.stream(make.round(closes_at=None, opens_at=None))
    when = NOW + days * DAY
    ids = db.session.scalars(sa.select(Direction.id)).all()
    by_rule = {key for key, offer in offers_of(ids, when).items() if offer.is_open}
    assert set(db.session.scalars(open_direction_ids(when))) == by_rule


@pytest.mark.parametrize("streams", [1, 3, 300])
def test_stream_table_takes_four_statements_for_any_number_of_streams(make, queries, streams):
    mentor = make.mentor()
    round_ = make.round()
    for _ in range(streams):
        make.stream(round_, mentors=[mentor], questions=["Why?"])
    view = current_round(NOW)
    db.session.expire_all()
    with queries() as sent:
        rows = stream_table(view)
    assert len(rows) == streams
    assert rows[0].minutes == 15
    assert sent.page == 4
