"""Rounds: making them, moving their instants, and what each move leaves behind."""

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
    AuditEvent,
    Extension,
    LateDraft,
    OutboxMessage,
    Question,
    Round,
    Score,
)
from portal.queries import extensions as extension_queries
from portal.services import extensions, round_dates, round_parts, rounds
from portal.services.round_dates import RoundDates
from portal.services.rounds import RoundDetails
from portal.services.versions import Stale
from tests.conftest import NOW

DAY = timedelta(days=1)
US = timedelta(microseconds=1)


@pytest.fixture
def boss(make):
    return Viewer(make.admin().id, is_admin=True)


@pytest.fixture
def draft(make):
    """A draft with everything a round needs."""
    round_ = make.round("Summer 2027", published_at=None, opens_at=None, summary="What it is.")
    make.stream(round_, "Mira", mentors=[make.mentor()], questions=["What would you do?"])
    return round_


def again(row):
    db.session.expire_all()
    return db.session.get_one(type(row), row.id)


def events(action):
    return db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
    ).all()


def apply_to(make, round_, state=ApplicationState.DRAFT):
    user = make.user()
    make.keep(
        Application(round_id=round_.id, user_id=user.id, state=state, created_at=NOW, saved_at=NOW)
    )
    return user


# -- making and copying ---------------------------------------------------------------------------


def test_new_round_is_a_draft_with_an_address_of_its_name(boss):
    made = rounds.create_round(boss, RoundDetails("Winter 2027/28"), now=NOW)
    round_ = db.session.get_one(Round, made)
    assert round_.slug == "winter-2027-28"
    assert phase(round_, NOW) is Phase.DRAFT
    assert events("round.created")[0].actor_id == boss.user_id


@pytest.mark.parametrize("name", ["Summer 2027", "summer 2027"])
def test_second_round_of_a_name_is_refused(boss, draft, name):
    answer = rounds.create_round(boss, RoundDetails(name), now=NOW)
    assert isinstance(answer, Refused)
    assert "Choose another name" in answer.next


def test_copy_brings_what_lasts_and_shifts_every_date(make, boss):
    source = make.round("Summer 2027")
    stream = make.stream(
        source,
        "Mira",
        mentors=[make.mentor()],
        questions=["One?", "Two?"],
        closes_at=source.closes_at + DAY,
    )
    stream.questions[1].retired_at = NOW
    make.keep(stream)
    reader = make.member(stream, StreamRole.READER)
    round_parts.save_key_date(
        boss, source.id, key_date_id=None, at=NOW + 60 * DAY, label="Start", note="", now=NOW
    )
    opens_at = source.opens_at + 180 * DAY
    made = rounds.copy_round(
        boss, source.id, RoundDetails("Winter 2027"), opens_at=opens_at, members=True, now=NOW
    )
    copy = db.session.get_one(Round, made)
    assert (copy.opens_at, copy.closes_at) == (opens_at, source.closes_at + 180 * DAY)
    assert copy.published_at is None
    assert [c.label for c in copy.criteria] == [c.label for c in source.criteria]
    assert [(k.label, k.at) for k in copy.key_dates] == [("Start", NOW + 240 * DAY)]
    (twin,) = copy.streams
    assert twin.closes_at == stream.closes_at + 180 * DAY
    assert [q.prompt for q in twin.questions] == ["One?"]
    assert [o.direction_id for o in twin.offerings] == [o.direction_id for o in stream.offerings]
    assert [link.mentor_id for link in twin.mentor_links] == [
        link.mentor_id for link in stream.mentor_links
    ]
    assert [(m.user_id, m.role) for m in twin.members] == [(reader.id, StreamRole.READER)]


def test_copy_without_an_opening_has_no_dates_and_without_members_no_rights(make, boss):
    source = make.round()
    stream = make.stream(source, closes_at=NOW + 20 * DAY)
    make.member(stream)
    made = rounds.copy_round(
        boss, source.id, RoundDetails("Copy"), opens_at=None, members=False, now=NOW
    )
    copy = db.session.get_one(Round, made)
    assert (copy.opens_at, copy.closes_at, copy.release_at) == (None, None, None)
    assert copy.streams[0].closes_at is None
    assert copy.streams[0].members == []


def test_second_save_of_a_rounds_details_gets_what_stands_now(boss, draft):
    version = str(draft.version)
    one, two = RoundDetails("Summer 2027", "First"), RoundDetails("Summer 2027", "Second")
    assert rounds.edit_details(boss, draft.id, version, one, now=NOW) is None
    answer = rounds.edit_details(boss, draft.id, version, two, now=NOW)
    assert isinstance(answer, Stale)
    assert answer.current["summary"] == "First"
    assert again(draft).summary == "First"
    assert rounds.edit_details(boss, draft.id, answer.version, two, now=NOW) is None
    assert again(draft).summary == "Second"


def test_save_that_changes_nothing_leaves_no_entry(boss, draft):
    same = rounds.details_of(draft)
    assert rounds.edit_details(boss, draft.id, str(draft.version), same, now=NOW) is None
    assert events("round.edited") == []


def test_scored_criterion_keeps_its_wording(make, boss, monkeypatch):
    round_ = make.round()
    criterion = round_.criteria[0]
    monkeypatch.setattr(round_parts, "_scored", lambda session, number: True)
    answer = round_parts.save_criterion(
        boss,
        round_.id,
        criterion_id=criterion.id,
        label="Other",
        help_text="",
        position=0,
        seen=round_parts.mark_of(criterion),
        now=NOW,
    )
    assert isinstance(answer, Refused)
    assert isinstance(round_parts.remove_criterion(boss, round_.id, criterion.id, now=NOW), Refused)
    assert again(criterion).label == "Research fit"


def test_unscored_criterion_can_be_removed(make, boss):
    round_ = make.round()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Score)) == 0
    assert round_parts.remove_criterion(boss, round_.id, round_.criteria[0].id, now=NOW) is None
    db.session.expire_all()
    assert [c.label for c in again(round_).criteria] == ["Technical strength"]


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


# -- one person's extension -----------------------------------------------------------------------


def test_extension_for_somebody_who_never_started_is_kept_and_mailed(make, boss):
    round_, user = make.round(closes_at=NOW - DAY), make.user("Late Comer")
    made = extensions.grant_extension(
        boss, round_.id, user.id, None, NOW + DAY, reason="Illness.", now=NOW
    )
    row = db.session.get_one(Extension, made)
    assert (row.user_id, row.stream_id, row.closes_at) == (user.id, None, NOW + DAY)
    mail = db.session.scalars(sa.select(OutboxMessage)).one()
    assert mail.recipient == user.email
    assert "Illness" not in mail.text
    assert events("extension.granted")[0].subject_id == user.id


def test_extension_granted_twice_is_refused_the_second_time(make, boss):
    round_, user = make.round(), make.user()
    until = NOW + 20 * DAY
    first = extensions.grant_extension(
        boss, round_.id, user.id, None, until, reason="Why.", now=NOW
    )
    second = extensions.grant_extension(
        boss, round_.id, user.id, None, until, reason="Why.", now=NOW
    )
    assert isinstance(first, int)
    assert isinstance(second, Refused)


@pytest.mark.parametrize("closes_at", [NOW - DAY, NOW, NOW + 14 * DAY])
def test_extension_that_gives_no_time_is_refused(make, boss, closes_at):
    round_ = make.round()
    answer = extensions.grant_extension(
        boss, round_.id, make.user().id, None, closes_at, reason="Why.", now=NOW
    )
    assert isinstance(answer, Refused)


def test_extension_for_a_stream_of_another_round_is_refused(make, boss):
    round_, other = make.round(), make.stream(make.round())
    answer = extensions.grant_extension(
        boss, round_.id, make.user().id, other.id, NOW + 30 * DAY, reason="Why.", now=NOW
    )
    assert isinstance(answer, Refused)


def late(make, round_, user):
    return make.keep(
        LateDraft(
            round_id=round_.id,
            user_id=user.id,
            action="submit",
            content={"text": "kept"},
            received_at=NOW + timedelta(seconds=121),
            closed_at=NOW,
            extension_asked_at=NOW + DAY,
            extension_reason="The train stopped.",
        )
    )


def test_request_is_listed_until_it_is_granted(make, boss):
    round_, user = make.round(closes_at=NOW), make.user()
    late(make, round_, user)
    (request,) = extension_queries.requests(round_.id)
    assert (request.user_id, request.seconds_late) == (user.id, 121)
    extensions.grant_extension(
        boss, round_.id, user.id, None, NOW + 3 * DAY, reason="Yes.", now=NOW + 2 * DAY
    )
    assert extension_queries.requests(round_.id) == []


def test_declined_request_leaves_the_list_and_keeps_the_text(make, boss):
    round_, user = make.round(closes_at=NOW), make.user()
    draft = late(make, round_, user)
    answer = extensions.decline_extension(
        boss, round_.id, user.id, reason="Too late.", now=NOW + 2 * DAY
    )
    assert answer is None
    assert extension_queries.requests(round_.id) == []
    assert again(draft).content == {"text": "kept"}
    assert again(draft).settled_at is None
    mail = db.session.scalars(sa.select(OutboxMessage)).one()
    assert "Too late." in mail.text
    twice = extensions.decline_extension(boss, round_.id, user.id, reason="No.", now=NOW)
    assert isinstance(twice, Refused)


def test_questions_of_the_source_are_not_shared_with_the_copy(make, boss):
    source = make.round()
    make.stream(source, questions=["One?"])
    made = rounds.copy_round(
        boss, source.id, RoundDetails("Copy"), opens_at=None, members=True, now=NOW
    )
    prompts = db.session.scalars(sa.select(Question).where(Question.prompt == "One?")).all()
    assert len({question.stream_id for question in prompts}) == 2
    assert db.session.get_one(Round, made).streams[0].round_id == made
