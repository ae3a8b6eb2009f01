"""Decide, release, tell: one letter each with one's own decisions, nothing before, nothing twice."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.decisions import Release
from portal.domain.permissions import StreamRole, Viewer
from portal.domain.review import Outcome
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import AuditEvent, Decision, OutboxMessage
from portal.queries.release import facts
from portal.services.decisions import Choice, Conflict, Decided, decide
from portal.services.digests import send_due_digests
from portal.services.release import Released, release
from tests.conftest import NOW

AFTER = NOW + timedelta(days=20)


def lead(make, stream):
    return Viewer(make.member(stream).id, roles={stream.id: StreamRole.LEAD})


def admin(make):
    return Viewer(make.admin().id, is_admin=True)


def asked(round_, typed, decline=False):
    return Release(typed, decline, facts(round_.id).mark)


def letters():
    return db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()


def decided_round(make, outcomes):
    """A round with one stream and one applicant for each outcome; None leaves undecided."""
    round_ = make.round()
    stream = make.stream(round_)
    choices = []
    for number, outcome in enumerate(outcomes):
        user = make.user(f"Applicant {number}")
        row = make.arrived(make.submitted(user, streams=[stream]), stream)
        if outcome:
            choices.append(Choice(row.id, 0, outcome, reason=f"Reason for {number}."))
    if choices:
        decide(lead(make, stream), stream.id, choices, now=NOW)
    return round_


def test_each_applicant_gets_their_own_decision_once(make):
    round_ = decided_round(make, [Outcome.ACCEPT, Outcome.WAITLIST, Outcome.DECLINE])
    boss = admin(make)
    assert release(boss, round_.id, asked(round_, 3), now=AFTER) == Released(AFTER, 3)
    words = ["You are accepted", "You are on the waitlist", "You were not selected"]
    for number, (letter, expected) in enumerate(zip(letters(), words, strict=True)):
        assert letter.recipient == f"applicant.{number}@example.org"
        assert expected in letter.text
        assert [n for n in range(3) if f"Reason for {n}." in letter.text] == [number]


def test_pressing_again_changes_nothing(make):
    round_ = decided_round(make, [Outcome.ACCEPT])
    boss = admin(make)
    ask = asked(round_, 1)
    release(boss, round_.id, ask, now=AFTER)
    again = release(boss, round_.id, ask, now=AFTER + timedelta(hours=1))
    assert again == Released(AFTER, 0)
    assert len(letters()) == 1
    released = sa.select(sa.func.count()).where(AuditEvent.action == "round.released")
    assert db.session.scalar(released) == 1


def test_undecided_stop_a_release_unless_they_are_declined_on_purpose(make):
    round_ = decided_round(make, [Outcome.ACCEPT, None])
    boss = admin(make)
    assert isinstance(release(boss, round_.id, asked(round_, 2), now=AFTER), Refused)
    assert letters() == []
    release(boss, round_.id, asked(round_, 2, decline=True), now=AFTER)
    outcomes = db.session.scalars(sa.select(Decision.outcome).order_by(Decision.id)).all()
    assert outcomes == [Outcome.ACCEPT, Outcome.DECLINE]
    assert "You were not selected" in letters()[1].text


def test_a_decision_that_changes_after_the_look_stops_the_release(make):
    round_ = decided_round(make, [Outcome.ACCEPT])
    ask = asked(round_, 1)
    stream = round_.streams[0]
    key = db.session.scalars(sa.select(Decision.stream_application_id)).one()
    decide(lead(make, stream), stream.id, [Choice(key, 1, Outcome.DECLINE)], now=NOW)
    refused = release(admin(make), round_.id, ask, now=AFTER)
    assert isinstance(refused, Refused)
    assert "changed while you were looking" in refused.what
    assert letters() == []


def test_withdrawn_applicants_are_not_told(make):
    round_ = decided_round(make, [Outcome.ACCEPT, Outcome.ACCEPT])
    application = make.submitted(make.user("Gone Away"), streams=[round_.streams[0]])
    application.state = "withdrawn"
    db.session.commit()
    release(admin(make), round_.id, asked(round_, 2), now=AFTER)
    assert "gone.away@example.org" not in {letter.recipient for letter in letters()}


@pytest.mark.parametrize("when", [NOW, NOW + timedelta(days=14) - timedelta(microseconds=1)])
def test_an_open_round_is_not_released(make, when):
    round_ = decided_round(make, [Outcome.ACCEPT])
    assert isinstance(release(admin(make), round_.id, asked(round_, 1), now=when), Refused)


def test_only_admins_release_and_only_leads_decide(make):
    round_ = decided_round(make, [Outcome.ACCEPT])
    stream = round_.streams[0]
    deciding = lead(make, stream)
    assert isinstance(release(deciding, round_.id, asked(round_, 1), now=AFTER), Refused)
    reader = Viewer(deciding.user_id, roles={stream.id: StreamRole.READER})
    key = db.session.scalars(sa.select(Decision.stream_application_id)).one()
    answer = decide(reader, stream.id, [Choice(key, 1, Outcome.DECLINE)], now=NOW)
    assert isinstance(answer, Refused)


def test_nothing_is_decided_after_the_release(make):
    round_ = decided_round(make, [Outcome.ACCEPT])
    release(admin(make), round_.id, asked(round_, 1), now=AFTER)
    stream = round_.streams[0]
    key = db.session.scalars(sa.select(Decision.stream_application_id)).one()
    answer = decide(lead(make, stream), stream.id, [Choice(key, 1, Outcome.DECLINE)], now=AFTER)
    assert isinstance(answer, Refused)


def test_one_stale_row_keeps_all_from_being_written(make):
    round_ = decided_round(make, [Outcome.ACCEPT, None])
    stream = round_.streams[0]
    decided = db.session.scalars(sa.select(Decision)).one()
    other = make.arrived(make.submitted(streams=[stream]), stream)
    choices = [
        Choice(decided.stream_application_id, 0, Outcome.DECLINE),
        Choice(other.id, 0, Outcome.ACCEPT),
    ]
    answer = decide(lead(make, stream), stream.id, choices, now=NOW)
    assert answer == Conflict(frozenset({decided.stream_application_id}))
    assert db.session.scalar(sa.select(sa.func.count(Decision.id))) == 1


def test_the_same_decision_again_is_no_change(make):
    round_ = decided_round(make, [Outcome.ACCEPT])
    stream = round_.streams[0]
    key = db.session.scalars(sa.select(Decision.stream_application_id)).one()
    answer = decide(lead(make, stream), stream.id, [Choice(key, 1, Outcome.ACCEPT)], now=NOW)
    assert answer == Decided(0)


# -- the daily message ------------------------------------------------------------------------


def test_readers_are_told_once_a_day_of_what_is_new(make):
    stream = make.stream(make.round(), "Probing")
    make.member(stream, name="Rita Reader")
    came = NOW + timedelta(hours=1)
    make.submitted(streams=[stream], received_at=came)
    make.submitted(streams=[stream], received_at=came)
    later = came + timedelta(hours=1)
    assert send_due_digests(later) == 1
    assert send_due_digests(later) == 0
    assert "2  Probing" in letters()[0].text
    make.submitted(streams=[stream], received_at=later)
    assert send_due_digests(later + timedelta(hours=2)) == 0, "the same day"
    assert send_due_digests(later + timedelta(days=1)) == 1
    assert "1  Probing" in letters()[1].text


def test_nobody_is_told_of_nothing_nor_of_their_own_application(make):
    stream = make.stream(make.round())
    reader = make.member(stream)
    make.submitted(reader, streams=[stream], received_at=NOW + timedelta(hours=1))
    assert send_due_digests(NOW + timedelta(hours=3)) == 0
    assert letters() == []


def test_an_application_that_arrives_just_before_a_message_is_in_the_next_one(make):
    stream = make.stream(make.round())
    make.member(stream)
    make.submitted(streams=[stream], received_at=NOW + timedelta(hours=1))
    sending = NOW + timedelta(hours=2)
    make.submitted(streams=[stream], received_at=sending - timedelta(minutes=1))
    send_due_digests(sending)
    send_due_digests(sending + timedelta(days=1))
    assert [letter.subject for letter in letters()] == ["1 new application to read"] * 2


def test_nothing_is_released_while_a_task_can_still_be_handed_in(make):
    round_ = decided_round(make, [Outcome.ACCEPT])
    test = make.work_test(round_.streams[0], due_at=AFTER)
    boss, end = admin(make), AFTER + round_.grace
    answer = release(boss, round_.id, asked(round_, 1), now=end - timedelta(microseconds=1))
    assert isinstance(answer, Refused)
    assert "task" in answer.why
    assert letters() == []
    assert release(boss, round_.id, asked(round_, 1), now=end) == Released(end, 1)
    assert test.retired_at is None
