"""Saves of one page may arrive in another order than they left; saves of two pages may not overwrite each other."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.saving import SITTING, Origin, Standing, is_recorded, standing_of

NEXT, OVERTAKEN, STALE = Standing.NEXT, Standing.OVERTAKEN, Standing.STALE
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("version", "stands", "sent", "last", "wanted"),
    [
        (0, 0, Origin(), Origin(), NEXT),
        (3, 3, Origin("a", 0), Origin("b", 7), NEXT),
        (3, 4, Origin("a", 0), Origin("b", 7), STALE),
        # Without scripts a page sends turn 0 twice: by Back and sending again, an older text.
        (3, 4, Origin("a", 0), Origin("a", 0), STALE),
        # The answer to the third save was lost, so the page still names the version before it.
        (3, 4, Origin("a", 4, True), Origin("a", 3), NEXT),
        (3, 4, Origin("a", 4), Origin("a", 3), NEXT),
        # A slow save by itself arrives after the button's.
        (3, 4, Origin("a", 4, True), Origin("a", 5), OVERTAKEN),
        (4, 4, Origin("a", 4, True), Origin("a", 5), OVERTAKEN),
        # Another page saved in between, however far this one has counted.
        (3, 5, Origin("a", 9, True), Origin("b", 1), STALE),
        (3, 5, Origin("", 9, True), Origin("", 1), STALE),
        (3, 5, Origin("x" * 33, 9), Origin("x" * 33, 1), STALE),
    ],
)
def test_how_a_save_stands_to_what_is_there(version, stands, sent, last, wanted):
    assert standing_of(version, stands, sent, last) is wanted


@pytest.mark.parametrize(
    ("by_itself", "since", "wanted"),
    [
        (False, timedelta(0), True),
        (True, None, True),
        (True, SITTING, True),
        (True, SITTING - timedelta(microseconds=1), False),
    ],
)
def test_saves_by_hand_are_recorded_and_those_by_themselves_once_a_sitting(
    by_itself, since, wanted
):
    last = None if since is None else NOW - since

    assert is_recorded(Origin("a", 1, by_itself), last, NOW) is wanted
