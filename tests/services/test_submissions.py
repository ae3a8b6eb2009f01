"""Submitting: one immutable record, the streams that read it, one receipt, whatever is pressed twice."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.applications import ApplicationState
from portal.domain.rounds import DEFAULT_GRACE, Arrival
from portal.domain.submissions import is_genuine, read
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import (
    Application,
    AuditEvent,
    LateDraft,
    OutboxMessage,
    StreamApplication,
    Submission,
    SubmissionChoice,
)
from portal.queries import applications as dossiers
from portal.queries.receipts import check_receipt
from portal.services import applications, submissions
from portal.services.applications import Mail
from portal.services.desk import Late
from portal.services.submissions import Incomplete, Receipt
from tests.conftest import NOW
from tests.web.applicant.conftest import ANSWERS

MAIL = Mail("Programme", "http://localhost", "help@example.org")
CLOSES = NOW + timedelta(days=14)
EARLY = NOW + timedelta(days=3)


@pytest.fixture
def round_(make):
    return make.round(closes_at=CLOSES)


@pytest.fixture
def iris(make):
    return make.user("Iris Okafor", time_zone="Africa/Nairobi")


def write(user, round_, *streams, received_at=NOW):
    """A complete working copy that chooses these streams."""
    for slug, answers in ANSWERS.items():
        applications.save_section(user.id, round_.id, slug, answers, 0, received_at=received_at)
    choose(user, round_, *streams, received_at=received_at)
    for stream in streams:
        if stream.questions:
            answer(user, round_, stream, "Before.", received_at=received_at)


def choose(user, round_, *streams, received_at=NOW):
    ids = [stream.offerings[0].id for stream in streams]
    version = dossiers.of(user.id, round_.id).version("directions")
    applications.save_ranking(user.id, round_.id, ids, version, received_at=received_at)


def answer(user, round_, stream, text, received_at=NOW):
    slug = f"stream-{stream.slug}"
    version = dossiers.of(user.id, round_.id).version(slug)
    given = {f"q{question.id}": text for question in stream.questions}
    return applications.save_section(
        user.id, round_.id, slug, given, version, received_at=received_at
    )


def submit(user, round_, key="key-0001", received_at=NOW):
    return submissions.submit(
        user.id,
        round_.id,
        key,
        MAIL,
        received_at=received_at,
        recorded_at=received_at + timedelta(milliseconds=40),
    )


def record(number):
    return db.session.scalars(sa.select(Submission).where(Submission.number == number)).one()


def met_by(user, stream):
    """The stream application as the stream's queue would find it."""
    return db.session.scalars(
        sa.select(StreamApplication)
        .join(Application)
        .where(Application.user_id == user.id, StreamApplication.stream_id == stream.id)
    ).one()


def count(model):
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def test_submission_holds_answers_beside_the_texts_they_answer(make, round_, iris):
    stream = make.stream(round_, "Interpretability", questions=["What would you try first?"])
    write(iris, round_, stream)

    content = read(record(submit(iris, round_).number).content)

    assert content.answer("about", "full_name") == "Iris Okafor"
    asked = content.stream(stream.id).answers[0]
    assert (asked.question, asked.answer) == ("What would you try first?", "Before.")
    direction = stream.offerings[0].direction
    choice = content.choices[0]
    assert (choice.rank, choice.title) == (1, direction.title)
    assert (choice.summary, choice.text) == (direction.summary, direction.body)


def test_submission_is_recomputed_years_later_whatever_changed_around_it(make, round_, iris):
    stream = make.stream(round_, questions=["What would you try first?"])
    write(iris, round_, stream)
    number = submit(iris, round_).number
    stream.questions[0].prompt = "Something else?"
    stream.offerings[0].direction.title = "Renamed"
    db.session.commit()

    row = record(number)
    assert is_genuine(row.salt, row.content, row.digest)
    assert check_receipt(number.lower().replace("-", " ")).problems == ()


@pytest.mark.parametrize("column", ["content", "salt", "digest"])
def test_altered_record_no_longer_matches_its_receipt(make, round_, iris, column):
    write(iris, round_, make.stream(round_))
    number = submit(iris, round_).number
    altered = {"content": sa.func.replace(Submission.content, "Iris", "Ines")}
    altered = altered.get(column, "00" * 32)
    db.session.execute(sa.update(Submission).values({column: altered}))
    db.session.commit()
    db.session.expire_all()

    assert check_receipt(number).problems


def test_altered_choices_no_longer_match_the_receipt(make, round_, iris):
    write(iris, round_, make.stream(round_), make.stream(round_))
    number = submit(iris, round_).number
    db.session.execute(sa.delete(SubmissionChoice).where(SubmissionChoice.rank == 2))
    db.session.commit()
    db.session.expire_all()

    assert check_receipt(number).problems == ("the listed choices are not those of the content",)


def test_same_key_answers_with_the_same_receipt_even_after_the_deadline(make, round_, iris):
    write(iris, round_, make.stream(round_))
    first = submit(iris, round_)

    assert submit(iris, round_) == first
    assert submit(iris, round_, received_at=CLOSES + timedelta(days=3)) == first
    assert count(Submission) == 1
    assert count(OutboxMessage) == 1
    assert count(LateDraft) == 0


def test_same_key_of_another_person_is_another_submission(make, round_, iris):
    stream, other = make.stream(round_), make.user("Other Person")
    write(iris, round_, stream)
    write(other, round_, stream)

    assert submit(iris, round_) != submit(other, round_)


def test_receipt_is_mailed_once_with_both_instants_choices_and_digest(make, round_, iris):
    stream = make.stream(round_, "Interpretability")
    write(iris, round_, stream)

    number = submit(iris, round_).number

    letter = db.session.scalars(sa.select(OutboxMessage)).one()
    assert letter.recipient == iris.email
    assert number in letter.subject
    for said in (
        "Sat 21 Nov 2026, 12:00 UTC",
        "Sat 21 Nov 2026, 15:00 (Africa/Nairobi)",
        "Sat 21 Nov 2026, 00:00 AoE",
        "Recorded: Sat 21 Nov 2026, 12:00 UTC",
        stream.offerings[0].direction.title,
        record(number).digest,
    ):
        assert said in letter.text, said


def test_incomplete_application_is_not_submitted_and_says_what_is_missing(make, round_, iris):
    write(iris, round_, make.stream(round_, questions=["Why?"]))
    answer(iris, round_, dossiers.of(iris.id, round_.id).round.streams[0], "")

    answered = submit(iris, round_)

    assert isinstance(answered, Incomplete)
    assert [gap.problem for gap in answered.missing] == ["Why? Not answered yet"]
    assert count(Submission) == 0


def test_under_age_is_told_before_submitting(make, round_, iris):
    write(iris, round_, make.stream(round_))
    applications.save_section(
        iris.id, round_.id, "about", {**ANSWERS["about"], "adult": "no"}, 1, received_at=NOW
    )

    answered = submit(iris, round_)

    assert isinstance(answered, Incomplete)
    assert [gap.field for gap in answered.missing] == ["adult"]


def test_withdrawn_application_is_not_submitted(make, round_, iris):
    write(iris, round_, make.stream(round_))
    submit(iris, round_)
    applications.withdraw(iris.id, round_.id, MAIL, received_at=NOW)

    assert isinstance(submit(iris, round_, "key-0002"), Refused)


def test_streams_learn_the_best_rank_and_how_much_there_is_to_read(make, round_, iris):
    first = make.stream(round_)
    second = make.stream(round_, directions=[make.direction(), make.direction()])
    write(iris, round_, first)
    ids = [second.offerings[1].id, first.offerings[0].id, second.offerings[0].id]
    applications.save_ranking(iris.id, round_.id, ids, 1, received_at=NOW)

    number = submit(iris, round_).number

    assert (met_by(iris, second).best_rank, met_by(iris, first).best_rank) == (1, 2)
    assert met_by(iris, first).submission_id == record(number).id
    assert met_by(iris, first).first_received_at == NOW
    assert met_by(iris, first).words > 0


def test_stream_that_has_closed_keeps_the_submission_it_had(make, round_, iris):
    closed, open_ = make.stream(round_, closes_at=EARLY), make.stream(round_)
    write(iris, round_, open_, closed)
    before = submit(iris, round_).number

    later = EARLY + DEFAULT_GRACE
    choose(iris, round_, closed, open_, received_at=later)
    after = submit(iris, round_, "key-0002", received_at=later).number

    assert met_by(iris, closed).submission_id == record(before).id
    assert met_by(iris, closed).best_rank == 2
    assert met_by(iris, open_).submission_id == record(after).id
    assert met_by(iris, open_).best_rank == 2
    arrivals = {s.stream_id: s.arrival for s in read(record(after).content).streams}
    assert arrivals == {closed.id: "late", open_.id: "on_time"}


def test_stream_that_had_closed_before_the_first_submit_never_reads_it(make, round_, iris):
    closed, open_ = make.stream(round_, closes_at=EARLY), make.stream(round_)
    write(iris, round_, open_, closed)

    submit(iris, round_, received_at=EARLY + DEFAULT_GRACE)

    readers = db.session.scalars(
        sa.select(StreamApplication.stream_id).where(StreamApplication.submission_id.is_not(None))
    ).all()
    assert readers == [open_.id]


def test_what_a_closed_stream_misses_does_not_hold_up_the_others(make, round_, iris):
    closed = make.stream(round_, questions=["Why?"], closes_at=EARLY)
    open_ = make.stream(round_)
    write(iris, round_, open_)
    choose(iris, round_, open_, closed)

    assert isinstance(submit(iris, round_), Incomplete)
    assert isinstance(submit(iris, round_, received_at=EARLY + DEFAULT_GRACE), Receipt)


@pytest.mark.parametrize("passed", [False, True], ids=["stream-open", "stream-closed"])
def test_removed_choice_takes_the_submission_from_its_stream(make, round_, iris, passed):
    removed, kept = make.stream(round_, closes_at=EARLY), make.stream(round_)
    write(iris, round_, kept, removed)
    submit(iris, round_)

    now = EARLY + DEFAULT_GRACE if passed else NOW
    choose(iris, round_, kept, received_at=now)
    assert met_by(iris, removed).submission_id is not None, "nothing changes before the submit"
    submit(iris, round_, "key-0002", received_at=now)

    assert met_by(iris, removed).submission_id is None
    assert met_by(iris, removed).best_rank is None


def test_removing_the_last_open_stream_can_be_submitted_while_it_accepts(make, round_, iris):
    closed, open_ = make.stream(round_, closes_at=EARLY), make.stream(round_)
    write(iris, round_, closed, open_)
    before = submit(iris, round_)
    later = EARLY + DEFAULT_GRACE
    choose(iris, round_, closed, received_at=later)

    assert isinstance(submit(iris, round_, "key-0002", received_at=later), Receipt)
    assert met_by(iris, open_).submission_id is None
    assert met_by(iris, closed).submission_id == record(before.number).id


def test_late_submit_keeps_the_whole_working_copy_and_changes_nothing(make, round_, iris):
    stream = make.stream(round_, questions=["Why?"])
    write(iris, round_, stream)

    answered = submit(iris, round_, received_at=CLOSES + DEFAULT_GRACE)

    assert isinstance(answered, Late)
    kept = db.session.get(LateDraft, answered.draft_id).content
    assert kept["sections"]["about"]["full_name"] == "Iris Okafor"
    assert kept["streams"][stream.slug] == {f"q{stream.questions[0].id}": "Before."}
    assert kept["ranked"] == [stream.offerings[0].direction.title]
    application = db.session.scalars(sa.select(Application)).one()
    assert application.state is ApplicationState.DRAFT
    assert count(Submission) == 0


def test_submit_in_grace_counts_and_says_so_in_the_records_only(make, round_, iris):
    write(iris, round_, make.stream(round_))

    number = submit(iris, round_, received_at=CLOSES).number

    assert record(number).arrival is Arrival.IN_GRACE
    entry = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "application.submitted")
    ).one()
    assert entry.after["arrival"] == "in_grace"
    letter = db.session.scalars(sa.select(OutboxMessage)).one()
    assert "grace" not in letter.text


def test_working_copy_after_a_submit_is_unsent_until_it_is_submitted(make, round_, iris):
    stream = make.stream(round_, questions=["Why?"])
    write(iris, round_, stream)
    number = submit(iris, round_).number
    assert dossiers.of(iris.id, round_.id).unsent(NOW) == set()

    answer(iris, round_, stream, "After.")

    assert dossiers.of(iris.id, round_.id).unsent(NOW) == {f"stream-{stream.slug}"}
    assert read(record(number).content).stream(stream.id).answers[0].answer == "Before."
    submit(iris, round_, "key-0002")
    assert dossiers.of(iris.id, round_.id).unsent(NOW) == set()


def test_question_added_after_a_submit_is_no_change_of_the_applicants(make, round_, iris):
    stream = make.stream(round_)
    write(iris, round_, stream)
    submit(iris, round_)
    later = make.stream(round_, questions=["Later?"]).questions[0]
    later.stream_id, later.required = stream.id, False
    db.session.commit()
    db.session.expire_all()

    assert dossiers.of(iris.id, round_.id).unsent(NOW) == set()


def test_audit_of_a_submit_copies_no_text(make, round_, iris):
    write(iris, round_, make.stream(round_))
    submit(iris, round_)

    written = " ".join(str(event.after) for event in db.session.scalars(sa.select(AuditEvent)))
    assert "Iris" not in written
    assert "probe" not in written


def test_back_and_submit_again_without_a_change_is_the_same_submission(make, round_, iris):
    write(iris, round_, make.stream(round_))
    first = submit(iris, round_, key="first-key")

    again = submit(iris, round_, key="a-new-page", received_at=NOW + timedelta(minutes=5))
    late = submit(iris, round_, key="another-page", received_at=CLOSES + timedelta(days=1))

    assert again == late == first
    for model in (Submission, OutboxMessage):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 1
    assert db.session.scalars(sa.select(LateDraft)).all() == []


def test_the_same_words_are_submitted_again_for_a_stream_that_opened_again(make, round_, iris):
    early, other = make.stream(round_, closes_at=EARLY), make.stream(round_)
    write(iris, round_, early, other)
    first = submit(iris, round_, received_at=EARLY + timedelta(days=1))
    early.closes_at = CLOSES
    db.session.commit()

    again = submit(iris, round_, key="again-key", received_at=EARLY + timedelta(days=2))

    assert again != first
    assert record(again.number).id == db.session.scalar(
        sa.select(StreamApplication.submission_id).where(StreamApplication.stream_id == early.id)
    )


def test_an_answer_to_a_reworded_question_is_a_change(make, round_, iris):
    stream = make.stream(round_, questions=["What would you try first?"])
    write(iris, round_, stream)
    first = submit(iris, round_)
    stream.questions[0].prompt = "What would you try last?"
    db.session.commit()

    assert submit(iris, round_, key="again-key") != first
