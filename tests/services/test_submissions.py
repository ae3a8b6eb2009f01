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
from portal.services import applications, delivery
from portal.services.desk import Late
from portal.services.reminders import send_due_reminders
from portal.services.submissions import Incomplete
from tests.conftest import NOW
from tests.support.applicant import (
    CLOSES,
    EARLY,
    MAIL,
    answer,
    record,
    submit,
    write,
)
from tests.web.applicant.conftest import ANSWERS


@pytest.fixture
def round_(make):
    return make.round(closes_at=CLOSES)


@pytest.fixture
def iris(make):
    return make.user("Iris Okafor", time_zone="Africa/Nairobi")


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


def test_reminder_that_waits_is_called_off_by_submitting_and_others_are_not(make, round_, iris):
    other = make.round(closes_at=CLOSES)
    write(iris, round_, make.stream(round_))
    write(iris, other, make.stream(other))
    near = CLOSES - timedelta(hours=2)
    assert send_due_reminders(near) == 2
    submit(iris, round_, received_at=near)
    subjects = [each.subject for each in delivery.claim(near + timedelta(minutes=1))]
    reminders = [each for each in subjects if each.startswith("Not submitted")]
    assert len(subjects) == 2, subjects
    assert not any(round_.name in each for each in reminders), subjects
    assert any(other.name in each for each in reminders), subjects
