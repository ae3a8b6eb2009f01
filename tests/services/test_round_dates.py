"""The instants of a round: moving them, and what each move leaves behind."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.applications import ApplicationState
from portal.domain.permissions import StreamRole, Viewer
from portal.domain.rounds import Phase, phase
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import (
    Application,
    OutboxMessage,
)
from portal.services import round_dates
from portal.services.round_dates import RoundDates
from portal.services.versions import Stale
from tests.conftest import NOW
from tests.support.rows import again, events

DAY = timedelta(days=1)
US = timedelta(microseconds=1)


def apply_to(make, round_, state=ApplicationState.DRAFT):
    user = make.user()
    make.keep(
        Application(round_id=round_.id, user_id=user.id, state=state, created_at=NOW, saved_at=NOW)
    )
    return user


# -- opening --------------------------------------------------------------------------------------


def test_open_now_opens_at_that_instant_and_not_before(boss, draft):
    assert round_dates.open_now(boss, draft.id, reason="Time.", now=NOW) is None
    round_ = again(draft)
    assert (round_.opens_at, round_.published_at) == (NOW, NOW)
    assert phase(round_, NOW - US) is Phase.DRAFT
    assert phase(round_, NOW) is Phase.OPEN


def test_open_now_of_an_announced_round_keeps_when_it_was_announced(make, boss, draft):
    draft.published_at, draft.opens_at = NOW - 9 * DAY, NOW + DAY
    make.keep(draft)
    assert round_dates.open_now(boss, draft.id, reason="Early.", now=NOW) is None
    assert again(draft).published_at == NOW - 9 * DAY
    event = events("round.opened")[0]
    assert event.before["opens_at"] == "2026-11-22T12:00:00Z"
    assert event.after["opens_at"] == "2026-11-21T12:00:00Z"
    assert event.reason == "Early."


def test_opening_is_refused_while_a_check_is_red(make, boss):
    round_ = make.round(published_at=None, opens_at=None)
    answer = round_dates.open_now(boss, round_.id, reason="Time.", now=NOW)
    assert isinstance(answer, Refused)
    assert "no stream" in answer.why
    assert again(round_).opens_at is None
    assert events("round.opened") == []


def test_opening_is_refused_without_a_way_to_send_mail(boss, draft):
    answer = round_dates.open_now(boss, draft.id, reason="Time.", now=NOW, mail_ready=False)
    assert isinstance(answer, Refused)
    assert "mail server" in answer.why


def test_open_round_cannot_be_opened_again(make, boss):
    answer = round_dates.open_now(boss, make.round().id, reason="Again.", now=NOW)
    assert isinstance(answer, Refused)
    assert "extend" in answer.next


@pytest.mark.parametrize("reason", ["", "  "])
def test_every_move_needs_a_reason(make, boss, reason):
    round_ = make.round()
    later = NOW + 20 * DAY
    moves = [
        round_dates.open_now(boss, round_.id, reason=reason, now=NOW),
        round_dates.close_now(boss, round_.id, reason=reason, now=NOW),
        round_dates.extend(boss, round_.id, later, reason=reason, now=NOW),
        round_dates.archive(boss, round_.id, reason=reason, now=NOW),
        round_dates.publish(boss, round_.id, reason=reason, now=NOW),
    ]
    assert moves == [round_dates.NEEDS_A_REASON] * 5
    assert again(round_).version == 1


def test_nobody_but_an_admin_moves_a_round(make):
    round_, lead = make.round(), Viewer(make.user().id, roles={1: StreamRole.LEAD})
    answer = round_dates.close_now(lead, round_.id, reason="Mine.", now=NOW)
    assert isinstance(answer, Refused)
    assert phase(again(round_), NOW) is Phase.OPEN


# -- announcing and dates -------------------------------------------------------------------------


def test_announced_round_opens_by_itself(make, boss, draft):
    draft.opens_at = NOW + DAY
    make.keep(draft)
    assert round_dates.publish(boss, draft.id, reason="News.", now=NOW) is None
    assert phase(again(draft), NOW) is Phase.SCHEDULED
    assert phase(again(draft), NOW + DAY) is Phase.OPEN


def test_announcing_an_opening_is_refused_while_a_check_is_red(make, boss):
    round_ = make.round(published_at=None, opens_at=NOW + DAY)
    assert isinstance(round_dates.publish(boss, round_.id, reason="News.", now=NOW), Refused)
    assert again(round_).published_at is None


def test_round_without_an_opening_can_be_announced_unfinished(make, boss):
    round_ = make.round(published_at=None, opens_at=None)
    assert round_dates.publish(boss, round_.id, reason="News.", now=NOW) is None
    assert phase(again(round_), NOW + 999 * DAY) is Phase.SCHEDULED


def test_opening_set_on_an_announced_unfinished_round_is_refused_and_nothing_kept(make, boss):
    round_ = make.round(published_at=NOW - DAY, opens_at=None)
    dates = RoundDates(NOW + DAY, round_.closes_at, round_.release_at)
    answer = round_dates.set_dates(
        boss, round_.id, str(round_.version), dates, reason="Go.", now=NOW
    )
    assert isinstance(answer, Refused)
    assert again(round_).opens_at is None
    assert events("round.dates_changed") == []


def test_announcement_can_be_set_for_later_and_taken_back(boss, draft):
    assert round_dates.publish(boss, draft.id, at=NOW + DAY, reason="News.", now=NOW) is None
    assert phase(again(draft), NOW) is Phase.DRAFT
    assert phase(again(draft), NOW + DAY) is Phase.SCHEDULED
    assert round_dates.withdraw_announcement(boss, draft.id, reason="No.", now=NOW) is None
    assert again(draft).published_at is None


def test_announcement_of_an_open_round_cannot_be_taken_back(make, boss):
    answer = round_dates.withdraw_announcement(boss, make.round().id, reason="No.", now=NOW)
    assert isinstance(answer, Refused)


def test_dates_of_a_draft_are_set_with_before_and_after(boss, draft):
    dates = RoundDates(NOW + DAY, NOW + 5 * DAY, NOW + 30 * DAY)
    version = str(draft.version)
    assert round_dates.set_dates(boss, draft.id, version, dates, reason="Plan.", now=NOW) is None
    assert round_dates.dates_of(again(draft)) == dates
    event = events("round.dates_changed")[0]
    assert set(event.after) == {"opens_at", "closes_at", "release_at"}
    stale = round_dates.set_dates(boss, draft.id, version, dates, reason="Plan.", now=NOW)
    assert isinstance(stale, Stale)


@pytest.mark.parametrize(
    "dates",
    [
        RoundDates(NOW + 5 * DAY, NOW + 5 * DAY, None),
        RoundDates(NOW + DAY, NOW + 5 * DAY, NOW + 5 * DAY),
    ],
)
def test_dates_out_of_order_are_refused(boss, draft, dates):
    answer = round_dates.set_dates(
        boss, draft.id, str(draft.version), dates, reason="Plan.", now=NOW
    )
    assert isinstance(answer, Refused)


def test_deadline_of_an_open_round_is_not_edited_but_its_release_is(make, boss):
    round_ = make.round()
    version = str(round_.version)
    earlier = RoundDates(round_.opens_at, NOW + DAY, round_.release_at)
    answer = round_dates.set_dates(boss, round_.id, version, earlier, reason="No.", now=NOW)
    assert isinstance(answer, Refused)
    assert "Extend" in answer.why
    later = RoundDates(round_.opens_at, round_.closes_at, NOW + 60 * DAY)
    assert round_dates.set_dates(boss, round_.id, version, later, reason="Yes.", now=NOW) is None


def test_release_is_not_announced_before_the_last_task_is_due(make, boss):
    round_ = make.round()
    make.work_test(make.stream(round_), due_at=NOW + 30 * DAY)
    make.work_test(make.stream(round_), due_at=NOW + 80 * DAY, retired_at=NOW)

    def announce(at):
        dates = RoundDates(round_.opens_at, round_.closes_at, at)
        version = str(round_.version)
        return round_dates.set_dates(boss, round_.id, version, dates, reason="Plan.", now=NOW)

    answer = announce(NOW + 30 * DAY)
    assert isinstance(answer, Refused)
    assert "task" in answer.what
    assert announce(NOW + 31 * DAY) is None


# -- closing and extending ------------------------------------------------------------------------


def test_close_now_closes_the_round_and_later_streams_at_that_instant(make, boss):
    round_ = make.round()
    later = make.stream(round_, "Later", closes_at=NOW + 20 * DAY)
    passed = make.stream(round_, "Passed", closes_at=NOW - DAY)
    plain = make.stream(round_, "Plain")
    assert round_dates.close_now(boss, round_.id, reason="Enough.", now=NOW) is None
    assert phase(again(round_), NOW - US) is Phase.OPEN
    assert phase(again(round_), NOW) is Phase.CLOSED
    assert again(later).closes_at == NOW
    assert again(passed).closes_at == NOW - DAY
    assert again(plain).closes_at is None
    assert len(events("round.closed")) == 1
    assert [event.subject_id for event in events("stream.deadline_moved")] == [later.id]


def test_closed_round_is_not_closed_again(make, boss):
    round_ = make.round(closes_at=NOW)
    assert isinstance(round_dates.close_now(boss, round_.id, reason="Again.", now=NOW), Refused)


def test_extension_moves_streams_only_when_ticked(make, boss):
    round_ = make.round()
    ticked = make.stream(round_, "Ticked", closes_at=NOW + DAY)
    left = make.stream(round_, "Left", closes_at=NOW + DAY)
    later = NOW + 20 * DAY
    answer = round_dates.extend(
        boss, round_.id, later, stream_ids=[ticked.id], reason="Outage.", now=NOW
    )
    assert answer is None
    assert again(round_).closes_at == later
    assert again(ticked).closes_at == later
    assert again(left).closes_at == NOW + DAY
    event = events("round.extended")[0]
    assert event.before == {"closes_at": "2026-12-05T12:00:00Z"}
    assert event.after == {"closes_at": "2026-12-11T12:00:00Z"}


def test_extension_after_the_close_opens_the_round_again(make, boss):
    round_ = make.round(closes_at=NOW - DAY)
    assert phase(round_, NOW) is Phase.CLOSED
    assert round_dates.extend(boss, round_.id, NOW + DAY, reason="Outage.", now=NOW) is None
    assert phase(again(round_), NOW) is Phase.OPEN


@pytest.mark.parametrize("closes_at", [NOW, NOW - DAY, NOW + DAY, NOW + 14 * DAY])
def test_extension_that_is_no_later_is_refused(make, boss, closes_at):
    round_ = make.round()
    answer = round_dates.extend(boss, round_.id, closes_at, reason="Why.", now=NOW)
    assert isinstance(answer, Refused)
    assert again(round_).closes_at == NOW + 14 * DAY


def test_ticked_stream_with_a_later_deadline_is_refused_and_nothing_moves(make, boss):
    round_ = make.round()
    stream = make.stream(round_, "Late", closes_at=NOW + 30 * DAY)
    answer = round_dates.extend(
        boss, round_.id, NOW + 20 * DAY, stream_ids=[stream.id], reason="Why.", now=NOW
    )
    assert isinstance(answer, Refused)
    assert again(round_).closes_at == NOW + 14 * DAY


def test_released_round_is_not_extended(make, boss):
    round_ = make.round(closes_at=NOW - DAY, released_at=NOW)
    answer = round_dates.extend(boss, round_.id, NOW + DAY, reason="Why.", now=NOW)
    assert isinstance(answer, Refused)


def test_extension_tells_everybody_with_an_application_once(make, boss):
    round_ = make.round()
    told = [apply_to(make, round_), apply_to(make, round_, ApplicationState.SUBMITTED)]
    apply_to(make, round_, ApplicationState.WITHDRAWN)
    make.user("Somebody Else")
    later = NOW + 20 * DAY
    assert round_dates.extend(boss, round_.id, later, reason="Outage.", now=NOW, tell=True) is None
    mails = db.session.scalars(sa.select(OutboxMessage)).all()
    assert {mail.recipient for mail in mails} == {user.email for user in told}
    assert len({mail.message_id for mail in mails}) == 2
    assert all("Outage." in mail.text and "11 Dec 2026" in mail.text for mail in mails)


def test_extension_without_telling_sends_nothing(make, boss):
    round_ = make.round()
    apply_to(make, round_)
    round_dates.extend(boss, round_.id, NOW + 20 * DAY, reason="Outage.", now=NOW)
    assert db.session.scalar(sa.select(sa.func.count(OutboxMessage.id))) == 0


# -- archiving ------------------------------------------------------------------------------------


def test_released_round_is_archived(make, boss):
    round_ = make.round(closes_at=NOW - 3 * DAY, released_at=NOW - DAY)
    assert round_dates.archive(boss, round_.id, reason="Done.", now=NOW) is None
    assert phase(again(round_), NOW) is Phase.ARCHIVED


def test_round_with_applicants_is_not_archived_before_its_release(make, boss):
    round_ = make.round(closes_at=NOW - DAY)
    apply_to(make, round_, ApplicationState.SUBMITTED)
    answer = round_dates.archive(boss, round_.id, reason="Done.", now=NOW)
    assert isinstance(answer, Refused)
    assert "silence" in answer.why


def test_open_round_is_not_archived(make, boss):
    assert isinstance(round_dates.archive(boss, make.round().id, reason="X.", now=NOW), Refused)
