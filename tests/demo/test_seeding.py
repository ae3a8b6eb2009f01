"""`portal seed`: believable, the same for the same seed, and made of what the services themselves would write."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_security.utils import verify_password

from portal.demo.accounts import DEMO_PASSWORD, demo_accounts
from portal.domain.applications import ApplicationState, draft_gaps
from portal.domain.review import ReviewState
from portal.domain.rounds import Phase, phase
from portal.domain.submissions import read
from portal.extensions import db
from portal.models import (
    Application,
    AuditEvent,
    Decision,
    Enquiry,
    Extension,
    LateDraft,
    OutboxMessage,
    Review,
    Round,
    Stream,
    StreamApplication,
    StreamMember,
    Submission,
    SubmissionChoice,
    User,
)
from portal.queries import applications as dossiers
from portal.queries.receipts import check_receipt
from portal.services.submissions import content_of
from tests.conftest import NOW
from tests.support.databases import pinned, undone
from tests.support.seeded import fill

STAGES = ("open", "review", "decided")


@pytest.fixture(scope="module")
def connection(app: Flask) -> Iterator[sa.Connection]:
    with pinned(app) as connection:
        yield connection


@pytest.fixture(scope="module", params=STAGES)
def stage(request: pytest.FixtureRequest, connection: sa.Connection) -> Iterator[str]:
    """A portal of 120 applicants at each stage in turn."""
    with undone(connection):
        fill(request.param, NOW, applicants=120)
        yield request.param


@pytest.fixture
def demo_round(stage: str) -> Round:
    return db.session.scalars(sa.select(Round).order_by(Round.opens_at.desc())).first()


def test_the_demo_round_stands_where_it_was_asked_to(stage: str, demo_round: Round) -> None:
    expected = {"open": Phase.OPEN, "review": Phase.CLOSED, "decided": Phase.RELEASED}
    assert phase(demo_round, NOW) is expected[stage]


def test_an_archived_round_with_its_own_decisions_lies_in_the_past(stage: str) -> None:
    past = db.session.scalars(sa.select(Round).order_by(Round.opens_at)).first()
    assert phase(past, NOW) is Phase.ARCHIVED
    decided = db.session.scalars(
        sa.select(Decision.outcome)
        .join(StreamApplication)
        .join(Stream)
        .where(Stream.round_id == past.id)
    ).all()
    assert len(set(decided)) == 3


def test_every_shown_account_opens_with_the_one_password(stage: str) -> None:
    users = db.session.scalars(
        sa.select(User).where(User.email.in_([account.email for account in demo_accounts()]))
    ).all()
    assert len(users) == len(demo_accounts())
    assert all(user.confirmed_at for user in users)
    assert all(verify_password(DEMO_PASSWORD, user.password) for user in users)
    assert len(set(db.session.scalars(sa.select(User.password)))) == 1
    assert [user.email for user in users if user.is_admin] == ["admin@example.org"]


def test_the_shown_mentor_leads_a_stream_that_received_applications(
    stage: str, demo_round: Round
) -> None:
    received = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(StreamApplication)
        .join(StreamMember, StreamMember.stream_id == StreamApplication.stream_id)
        .join(User, User.id == StreamMember.user_id)
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .where(
            User.email == "mentor@example.org",
            StreamMember.role == "lead",
            Stream.round_id == demo_round.id,
            StreamApplication.submission_id.is_not(None),
        )
    )
    assert received > 20


def test_the_shown_applicants_stand_in_the_middle_and_at_the_end(
    stage: str, demo_round: Round
) -> None:
    def state(email: str) -> ApplicationState:
        return db.session.scalars(
            sa.select(Application.state)
            .join(User)
            .where(User.email == email, Application.round_id == demo_round.id)
        ).one()

    assert state("applicant@example.org") is ApplicationState.DRAFT
    assert state("applicant2@example.org") is ApplicationState.SUBMITTED


def test_applications_are_in_every_state(stage: str, demo_round: Round) -> None:
    states = Counter(
        db.session.scalars(
            sa.select(Application.state).where(Application.round_id == demo_round.id)
        )
    )
    assert set(states) == set(ApplicationState)
    assert states[ApplicationState.SUBMITTED] > sum(states.values()) / 2
    twice = sa.select(Submission.application_id).group_by(Submission.application_id)
    assert db.session.scalars(twice.having(sa.func.count() > 1)).first()
    never_started = sa.select(User.id).where(
        ~sa.exists().where(Application.user_id == User.id),
        ~sa.exists().where(StreamMember.user_id == User.id),
        ~User.is_admin,
    )
    assert db.session.scalars(never_started).first()


def test_more_than_half_of_the_submissions_come_in_the_last_three_days(
    stage: str, demo_round: Round
) -> None:
    end = min(NOW, demo_round.closes_at)
    received = db.session.scalars(
        sa.select(Submission.received_at)
        .join(Application, Application.current_submission_id == Submission.id)
        .where(Application.round_id == demo_round.id)
    ).all()
    late = [at for at in received if at > end - timedelta(days=3)]
    assert len(late) > len(received) / 2


def test_directions_are_chosen_unevenly(stage: str, demo_round: Round) -> None:
    chosen = Counter(
        db.session.scalars(
            sa.select(SubmissionChoice.offering_id)
            .join(Submission)
            .join(Application, Application.id == Submission.application_id)
            .where(Application.round_id == demo_round.id)
        )
    )
    counts = sorted(chosen.values())
    assert counts[-1] >= 3 * counts[0]


def test_what_was_submitted_is_what_the_service_makes_of_the_same_working_copy(
    stage: str, demo_round: Round
) -> None:
    compared = 0
    for application in db.session.scalars(
        sa.select(Application).where(
            Application.round_id == demo_round.id, Application.current_submission_id.is_not(None)
        )
    ).all():
        dossier = dossiers.of(application.user_id, demo_round.id)
        stored = dossier.content()
        if dossier.unsent(NOW):
            continue
        received_at = dossier.submission.received_at
        assert content_of(dossier, dossier.submission.number, received_at) == stored
        compared += 1
    assert compared > 40


def test_nothing_was_submitted_that_the_check_page_would_refuse(
    stage: str, demo_round: Round
) -> None:
    submitted = sa.select(Application.user_id).where(
        Application.round_id == demo_round.id, Application.state == ApplicationState.SUBMITTED
    )
    for user_id in db.session.scalars(submitted).all():
        dossier = dossiers.of(user_id, demo_round.id)
        assert draft_gaps(dossier.draft(dossier.submission.received_at)) == []


def test_drafts_have_gaps(stage: str, demo_round: Round) -> None:
    drafts = sa.select(Application.user_id).where(
        Application.round_id == demo_round.id, Application.state == ApplicationState.DRAFT
    )
    found = [
        len(draft_gaps(dossiers.of(user_id, demo_round.id).draft(NOW)))
        for user_id in db.session.scalars(drafts).all()
    ]
    assert len(found) > 5
    assert sum(1 for gaps in found if gaps) > 0.8 * len(found)


def test_every_receipt_verifies(stage: str) -> None:
    numbers = db.session.scalars(sa.select(Submission.number)).all()
    assert len(set(numbers)) == len(numbers) > 80
    for number in numbers:
        checked = check_receipt(number)
        assert checked is not None
        assert checked.problems == ()


def test_readers_have_read_as_far_as_the_stage_suggests(stage: str, demo_round: Round) -> None:
    reads = db.session.scalars(
        sa.select(StreamApplication.reads)
        .join(Stream)
        .join(Application, Application.id == StreamApplication.application_id)
        .where(
            Stream.round_id == demo_round.id,
            StreamApplication.submission_id.is_not(None),
            Application.state == ApplicationState.SUBMITTED,
        )
    ).all()
    share = sum(1 for count in reads if count) / len(reads)
    low, high = {"open": (0.01, 0.35), "review": (0.4, 0.85), "decided": (0.9, 1.0)}[stage]
    assert low <= share <= high
    states = set(db.session.scalars(sa.select(Review.state)))
    assert states == set(ReviewState)


def test_decisions_show_only_in_a_round_that_is_decided(stage: str, demo_round: Round) -> None:
    count = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(Decision)
        .join(StreamApplication)
        .join(Stream)
        .where(Stream.round_id == demo_round.id)
    )
    assert (count > 0) is (stage == "decided")


def test_no_stream_accepts_more_people_than_it_has_places(stage: str) -> None:
    accepted = db.session.execute(
        sa.select(Stream.places, sa.func.count())
        .join(StreamApplication, StreamApplication.stream_id == Stream.id)
        .join(Decision, Decision.stream_application_id == StreamApplication.id)
        .where(Decision.outcome == "accept")
        .group_by(Stream.id, Stream.places)
    ).all()
    assert accepted
    assert all(count <= places for places, count in accepted)


def test_somebody_came_too_late_and_somebody_was_given_longer(stage: str) -> None:
    draft = db.session.scalars(sa.select(LateDraft)).one()
    assert draft.extension_asked_at > draft.received_at >= draft.closed_at
    assert draft.content
    extension = db.session.scalars(sa.select(Extension)).one()
    assert extension.granted_at < extension.closes_at
    if stage != "open":
        used = sa.select(Submission).join(Application, Application.id == Submission.application_id)
        used = used.where(Application.user_id == extension.user_id).order_by(Submission.id.desc())
        submission = db.session.scalars(used).first()
        assert draft.closed_at - timedelta(days=4) < submission.received_at < extension.closes_at
        assert (
            read(submission.content)
            .streams[0]
            .closes_at.startswith(f"{extension.closes_at:%Y-%m-%d}")
        )


def test_letters_went_to_shown_applicants_only(stage: str) -> None:
    letters = db.session.execute(sa.select(OutboxMessage.recipient, OutboxMessage.kind)).all()
    referees = {address for address, kind in letters if kind == "reference_request"}
    assert all(address.endswith(".referee@example.org") for address in referees)
    letters = [each for each in letters if each[1] != "reference_request"]
    kinds = {"receipt", "decision"} if stage == "decided" else {"receipt"}
    assert {kind for _, kind in letters} == kinds
    assert {recipient for recipient, _ in letters} == {"applicant2@example.org"}


def test_what_was_asked_and_changed_is_in_the_audit_log(stage: str) -> None:
    actions = set(db.session.scalars(sa.select(AuditEvent.action)))
    assert actions >= {
        "round.created", "round.published", "round.released", "application.started",
        "application.submitted", "application.withdrawn", "application.refused_late",
        "extension.asked", "extension.granted", "review.submitted", "decision.made",
        "announcement.published", "enquiry.asked",
    }  # fmt: skip
    assert db.session.scalars(sa.select(Enquiry.id).where(Enquiry.answered_at.is_not(None))).first()


def test_nothing_lies_in_the_future(stage: str) -> None:
    for column in (
        User.created_at, Application.saved_at, Submission.recorded_at, Review.saved_at,
        AuditEvent.at, Decision.decided_at, Enquiry.asked_at, LateDraft.received_at,
    ):  # fmt: skip
        latest = db.session.scalar(sa.select(sa.func.max(column)))
        assert latest is None or latest <= NOW + timedelta(seconds=1), column


def test_nobody_ticks_that_none_applies_together_with_one_that_does(stage: str) -> None:
    ticked = [
        answer.answer.split("\n")
        for text in db.session.scalars(sa.select(Submission.content))
        for stream in read(text).streams
        for answer in stream.answers
        if answer.kind == "choices" and answer.answer
    ]
    alone = [options for options in ticked if any(each.startswith("None of") for each in options)]

    assert ticked
    assert [options for options in alone if len(options) > 1] == []
