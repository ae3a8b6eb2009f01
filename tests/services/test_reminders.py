"""Those who have not submitted are reminded, once for each instant, and nobody else is."""

import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.adapters.letters import Letter
from portal.domain.applications import ApplicationState
from portal.domain.mail import Optional
from portal.extensions import db
from portal.models import Application, Choice, Extension, OutboxMessage
from portal.queries import reminders as query
from portal.services import accounts, delivery, mail_choices, outbox, reminders
from portal.services.reminders import send_due_reminders
from portal.services.work import writing
from tests.conftest import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def draft_of(make):
    def begin(user, round_, stream=None, state=ApplicationState.DRAFT):
        application = make.keep(
            Application(
                round_id=round_.id, user_id=user.id, state=state, created_at=NOW - 9 * 24 * HOUR,
                saved_at=NOW,
            )
        )  # fmt: skip
        if stream:
            offering = stream.offerings[0]
            make.keep(Choice(application_id=application.id, offering_id=offering.id, rank=1))
        return application

    return begin


def letters():
    return db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()


def test_each_of_three_goes_once_and_says_what_is_left(make, draft_of):
    round_ = make.round(closes_at=NOW + 72 * HOUR)
    draft_of(make.user("Ana Applicant"), round_)
    counts = []
    for hours in (0, 0.1, 47, 48, 48.1, 69, 69.1, 72, 80):
        counts.append(send_due_reminders(NOW + hours * HOUR))
    assert counts == [1, 0, 0, 1, 0, 1, 0, 0, 0]
    first = letters()[0]
    assert "3 days" in first.text
    assert "AoE" in first.text
    assert "things are missing" in first.text
    assert f"/apply/{round_.slug}/check" in first.text
    assert "/unsubscribe/" in first.unsubscribe_url
    assert first.unsubscribe_url in first.text
    assert [row.expires_at - NOW for row in letters()] == [48 * HOUR, 69 * HOUR, 72 * HOUR]


def test_after_a_day_of_silence_one_goes_that_is_true(make, draft_of):
    round_ = make.round(closes_at=NOW + 80 * HOUR)
    draft_of(make.user(), round_)
    assert send_due_reminders(NOW + 70 * HOUR) == 1
    assert "10 hours" in letters()[0].text


def test_only_open_drafts_of_people_who_want_them_get_one(make, draft_of):
    round_ = make.round(closes_at=NOW + 10 * HOUR)
    draft_of(make.user(email="due@example.org"), round_)
    draft_of(make.user(), round_, state=ApplicationState.SUBMITTED)
    draft_of(make.user(), round_, state=ApplicationState.WITHDRAWN)
    draft_of(make.user(active=False, closed_at=NOW), round_)
    draft_of(make.user(declined_mail=["reminders"]), round_)
    assert send_due_reminders(NOW) == 1
    assert [row.recipient for row in letters()] == ["due@example.org"]


def test_an_extension_brings_reminders_of_its_own_deadline(make, draft_of):
    round_ = make.round(closes_at=NOW + 3 * HOUR)
    user = make.user()
    draft_of(user, round_)
    assert send_due_reminders(NOW) == 1
    later = NOW + 100 * HOUR
    make.keep(
        Extension(
            round_id=round_.id, user_id=user.id, closes_at=later, reason="Ill", granted_at=NOW
        )
    )
    assert send_due_reminders(NOW + HOUR) == 0
    assert send_due_reminders(later - 72 * HOUR) == 1
    assert send_due_reminders(later - 3 * HOUR) == 1
    assert send_due_reminders(later) == 0


def test_the_deadline_of_a_chosen_stream_is_the_one_that_counts(make, draft_of):
    round_ = make.round(closes_at=NOW + 200 * HOUR)
    stream = make.stream(round_, "Early", [make.direction()], closes_at=NOW + 24 * HOUR)
    make.stream(round_, "Usual", [make.direction()])
    draft_of(make.user(), round_, stream)
    draft_of(make.user(), round_)
    assert send_due_reminders(NOW) == 1


def test_statements_do_not_grow_with_the_drafts(make, draft_of, queries):
    round_ = make.round(closes_at=NOW + 10 * HOUR)
    sent = []
    for number in (1, 30):
        for _ in range(number):
            draft_of(make.user(), round_)
        with queries() as counted:
            assert send_due_reminders(NOW) == number
        sent.append(counted.page)
    assert sent[0] == sent[1]


def test_look_that_finds_nobody_sends_as_many_statements_for_thirty_as_for_one(
    make, draft_of, queries
):
    round_ = make.round(closes_at=NOW + 10 * HOUR)
    sent = []
    for number in (1, 30):
        for _ in range(number):
            draft_of(make.user(), round_)
        assert send_due_reminders(NOW) == number
        with queries() as counted:
            assert send_due_reminders(NOW) == 0
        sent.append(counted.page)
    assert sent[0] == sent[1] <= 4  # rounds, their streams and extensions, and who is due


def test_what_one_call_has_no_time_for_the_next_one_writes(make, draft_of, monkeypatch):
    monkeypatch.setattr(reminders, "BATCH", 2)
    round_ = make.round(closes_at=NOW + 10 * HOUR)
    for _ in range(5):
        draft_of(make.user(), round_)
    assert [send_due_reminders(NOW, at_most=0) for _ in range(4)] == [2, 2, 1, 0]
    assert len({row.recipient for row in letters()}) == 5


def by_chance(make, draft_of, rng, *, plain):
    """A round with streams, choices, extensions and people who began at all sorts of instants."""
    hours = rng.sample((3, 10, 24, 30, 72, 90), 3)
    round_ = make.round(closes_at=NOW + hours[0] * HOUR)
    streams = [
        make.stream(round_, name, [make.direction()], closes_at=at and NOW + at * HOUR)
        for name, at in (("A", None), ("B", hours[1]), ("C", rng.choice((None, hours[2]))))
    ]
    if plain:  # the round's deadline alone
        for stream in streams:
            stream.closes_at = None
    for _ in range(30):
        user = make.user(declined_mail=rng.choice(([], [], ["reminders"], ["digests"])))
        application = draft_of(user, round_)
        at = rng.choice((rng.randrange(-100, 20), rng.choice(hours) - rng.choice((3, 24, 72))))
        application.created_at = NOW + at * HOUR  # half of them in the very instant of a reminder
        for rank, stream in enumerate(rng.sample(streams, rng.randrange(4)), 1):
            key = stream.offerings[0].id
            make.keep(Choice(application_id=application.id, offering_id=key, rank=rank))
        if rng.random() < 0.2:
            make.keep(
                Extension(
                    round_id=round_.id, user_id=user.id, reason="Ill", granted_at=NOW - 9 * HOUR,
                    closes_at=NOW + rng.choice(hours) * HOUR, stream_id=rng.choice((None, streams[0].id)),
                )
            )  # fmt: skip
    db.session.commit()


@pytest.mark.parametrize("seed", range(6))
def test_those_who_are_found_are_those_whom_the_rule_names(make, draft_of, seed):
    """The statement looks for whom `domain.reminders` names, deadline by deadline, in rounds made by chance."""
    by_chance(make, draft_of, random.Random(seed), plain=seed == 0)
    everybody = db.session.scalars(sa.select(Application.id)).all()
    written = 0
    for hour in range(0, 91, 3):
        now = NOW + hour * HOUR
        for closing in query.closing(now):
            named = {
                owner.application_id: found.key
                for owner in query.owners(everybody)
                if (found := reminders._due(closing, owner, now))
            }
            missing = set(named.values()) - query.queued(list(named.values()))
            named = {key for key, letter in named.items() if letter in missing}
            granted = {
                owner.application_id
                for owner in query.owners(everybody)
                if owner.user_id in closing.grants
            }
            found = set(query.due(closing, now))
            assert found - granted == named - granted
            assert found >= named
            assert send_due_reminders(now) == len(named)
            written += len(named)
    assert written > 10


def test_reminder_that_could_not_leave_in_time_is_given_up(make, draft_of):
    round_ = make.round(closes_at=NOW + 24 * HOUR)
    draft_of(make.user(), round_)
    send_due_reminders(NOW)
    assert delivery.claim(NOW + 21 * HOUR) == []
    row = letters()[0]
    assert row.last_error == delivery.OUT_OF_DATE
    admin = make.admin()
    assert not delivery.send_again(admin.id, row.id, NOW + 22 * HOUR)
    assert delivery.send_all_again(admin.id, "", NOW + 22 * HOUR) == 0


def test_reminders_that_are_out_of_date_hold_up_no_other_mail(make, draft_of):
    """A worker that slept for a day finds more of them than a batch holds."""
    round_ = make.round(closes_at=NOW + 24 * HOUR)
    for _ in range(delivery.BATCH + 1):
        draft_of(make.user(), round_)
    send_due_reminders(NOW)
    with writing() as session:
        outbox.put(session, "receipt", Letter("Yes", "Text.\n"), at=NOW, recipient="a@example.org")
    assert [each.recipient for each in delivery.claim(NOW + 24 * HOUR)] == ["a@example.org"]
    assert [row.last_error for row in letters()] == [delivery.OUT_OF_DATE] * 21 + [""]


def test_what_nobody_can_do_without_goes_before_reminders(make, draft_of):
    round_ = make.round(closes_at=NOW + 24 * HOUR)
    draft_of(make.user(), round_)
    send_due_reminders(NOW)
    with writing() as session:
        outbox.put(session, "receipt", Letter("Yes", "Text.\n"), at=NOW, recipient="a@example.org")
    assert [each.recipient for each in delivery.claim(NOW, 1)] == ["a@example.org"]
    assert len(delivery.claim(NOW)) == 1


def test_reminders_that_wait_are_called_off_when_they_are_no_longer_wanted(make, draft_of):
    round_ = make.round(closes_at=NOW + 24 * HOUR)
    declining, closing, other = make.user(), make.user(), make.user()
    for user in (declining, closing, other):
        draft_of(user, round_)
    send_due_reminders(NOW)
    mail_choices.choose(declining.id, Optional.REMINDERS, False, now=NOW)
    accounts.close(closing.id, NOW)
    kept = [each for each in delivery.claim(NOW) if each.stop_url]
    assert [each.recipient for each in kept] == [other.email]
