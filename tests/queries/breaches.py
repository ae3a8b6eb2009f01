"""One planted breach for each rule of `portal.queries.invariants` about applications, what was submitted and rounds;
`PLANTS` by the rule's name. The other subjects have files of their own beside this one."""

from datetime import timedelta

import sqlalchemy as sa

from portal.domain.applications import ApplicationState
from portal.extensions import db
from portal.models import (
    Answer,
    Application,
    AuditEvent,
    Choice,
    Extension,
    LateDraft,
    Offering,
    OutboxMessage,
    Question,
    Round,
    SigningKey,
    Stream,
    StreamApplication,
    StreamMentor,
    Submission,
    SubmissionChoice,
    User,
)
from tests.conftest import NOW
from tests.queries.planting import (
    Plants,
    another_submission,
    change,
    first,
    of,
    received,
    rounds,
    submitted,
)
from tests.support.tampering import tamper

PLANTS = Plants()
breach = PLANTS.breach


@breach("submitted-has-submission")
def _() -> int:
    return change(Application, submitted(), current_submission_id=None)


@breach("draft-has-no-submission")
def _() -> int:
    return change(Application, submitted(), state=ApplicationState.DRAFT)


@breach("submission-is-own")
def _() -> int:
    key = submitted()
    return change(Application, key, current_submission_id=another_submission(key))


@breach("submission-is-newest")
def _() -> int:
    key = db.session.scalars(
        sa.select(Submission.application_id)
        .group_by(Submission.application_id)
        .having(sa.func.count() > 1)
    ).first()
    return change(
        Application,
        key,
        current_submission_id=first(Submission.id, Submission.application_id == key),
    )


@breach("withdrawal-has-instant")
def _() -> int:
    return change(Application, submitted(), withdrawn_at=NOW)


@breach("choices-count-from-one")
def _() -> int:
    key = first(Choice.id)
    change(Choice, key, rank=40)
    return of(Choice.application_id, Choice, key)


@breach("choice-in-round")
def _() -> int:
    past, present = rounds()
    offering = first(Offering.id, Offering.round_id == past)
    choice = db.session.scalars(
        sa.select(Choice.id)
        .join(Application, Application.id == Choice.application_id)
        .where(Application.round_id == present)
    ).first()
    return change(Choice, choice, offering_id=offering)


@breach("stream-in-round")
def _() -> int:
    past, present = rounds()
    key = db.session.scalars(
        sa.select(StreamApplication.id)
        .join(Application, Application.id == StreamApplication.application_id)
        .where(Application.round_id == present)
    ).first()
    return change(StreamApplication, key, stream_id=first(Stream.id, Stream.round_id == past))


@breach("stream-reads-own-submission")
def _() -> int:
    key = received()
    application_id = of(StreamApplication.application_id, StreamApplication, key)
    return change(StreamApplication, key, submission_id=another_submission(application_id))


@breach("stream-was-chosen")
def _() -> int:
    key = received()
    chosen = of(StreamApplication.stream_id, StreamApplication, key)
    taken = sa.select(StreamApplication.stream_id).where(
        StreamApplication.application_id
        == of(StreamApplication.application_id, StreamApplication, key)
    )
    round_id = of(Stream.round_id, Stream, chosen)
    other = first(Stream.id, Stream.round_id == round_id, Stream.id.not_in(taken))
    return change(StreamApplication, key, stream_id=other)


@breach("best-rank-agrees")
def _() -> int:
    return change(StreamApplication, received(), best_rank=9)


@breach("first-receipt-comes-first")
def _() -> int:
    return change(StreamApplication, received(), first_received_at=NOW)


@breach("answer-to-own-question")
def _() -> int:
    key = first(Answer.id)
    asked = of(Answer.question_id, Answer, key)
    stream_id = of(Question.stream_id, Question, asked)
    return change(Answer, key, question_id=first(Question.id, Question.stream_id != stream_id))


@breach("late-draft-was-late")
def _() -> int:
    return change(LateDraft, first(LateDraft.id), closed_at=NOW)


@breach("digest-recomputes")
def _() -> int:
    key = first(Submission.id)
    content = of(Submission.content, Submission, key)
    return change(Submission, key, content=content.replace("the", "teh", 1))


@breach("signature-verifies")
def _() -> int:
    key = first(Submission.id)
    other = of(Submission.signature, Submission, first(Submission.id, Submission.id != key))
    return change(Submission, key, signature=other)


@breach("key-is-itself")
def _() -> int:
    return change(SigningKey, first(SigningKey.id), fingerprint="0" * 64)


@breach("content-agrees")
def _() -> int:
    return change(Submission, first(Submission.id), number="R-0000-0000-0000")


@breach("submitted-choices-count-from-one")
def _() -> int:
    key = first(SubmissionChoice.submission_id)
    db.session.execute(
        sa.update(SubmissionChoice)
        .where(SubmissionChoice.submission_id == key, SubmissionChoice.rank == 1)
        .values(rank=40)
    )
    return key


@breach("submitted-choice-in-stream")
def _() -> int:
    key = first(SubmissionChoice.submission_id)
    stream_id = db.session.scalar(
        sa.select(SubmissionChoice.stream_id).where(
            SubmissionChoice.submission_id == key, SubmissionChoice.rank == 1
        )
    )
    db.session.execute(
        sa.update(SubmissionChoice)
        .where(SubmissionChoice.submission_id == key, SubmissionChoice.rank == 1)
        .values(stream_id=first(Stream.id, Stream.id != stream_id))
    )
    return key


@breach("words-agree")
def _() -> int:
    return change(StreamApplication, received(), words=1)


@breach("recorded-after-received")
def _() -> int:
    key = first(Submission.id)
    received_at = of(Submission.received_at, Submission, key)
    return change(Submission, key, recorded_at=received_at - timedelta(seconds=1))


@breach("received-when-submitted")
def _() -> int:
    return change(StreamApplication, received(), first_received_at=NOW - timedelta(days=900))


@breach("receipt-names-submission")
def _() -> int:
    key = first(OutboxMessage.id, OutboxMessage.kind == "receipt")
    return change(OutboxMessage, key, dedupe_key="receipt:R-0000-0000-0000")


@breach("submission-is-audited")
def _() -> int:
    key = first(AuditEvent.id, AuditEvent.action == "application.submitted")
    application_id = of(AuditEvent.subject_id, AuditEvent, key)
    tamper("DELETE FROM audit_events WHERE id = :key", key=key)
    return application_id


@breach("one-primary-mentor")
def _() -> int:
    key = first(StreamMentor.stream_id)
    db.session.execute(
        sa.update(StreamMentor).where(StreamMentor.stream_id == key).values(is_primary=False)
    )
    return key


@breach("stream-closes-after-opening")
def _() -> int:
    key = first(Stream.id)
    opens_at = of(Round.opens_at, Round, of(Stream.round_id, Stream, key))
    return change(Stream, key, closes_at=opens_at)


@breach("opening-has-deadline")
def _() -> int:
    extra = Round(slug="x", name="X", opens_at=NOW, created_at=NOW)
    db.session.add(extra)
    db.session.flush()
    return extra.id


@breach("released-after-closing")
def _() -> int:
    key = rounds()[1]
    return change(Round, key, released_at=of(Round.opens_at, Round, key))


@breach("release-is-audited")
def _() -> int:
    key = rounds()[1]
    tamper(
        "DELETE FROM audit_events WHERE action = 'round.released' AND subject_id = :key", key=key
    )
    return key


@breach("extension-is-audited")
def _() -> int:
    tamper("DELETE FROM audit_events WHERE action = 'extension.granted'")
    return first(Extension.id)


@breach("extension-in-round")
def _() -> int:
    past, _present = rounds()
    stream_id = first(Stream.id, Stream.round_id == past)
    return change(Extension, first(Extension.id), stream_id=stream_id)


@breach("late-draft-in-round")
def _() -> int:
    past, _present = rounds()
    stream_id = first(Stream.id, Stream.round_id == past)
    return change(LateDraft, first(LateDraft.id), stream_id=stream_id)


@breach("address-is-folded")
def _() -> int:
    return change(User, first(User.id), email_key="Somebody.Else@EXAMPLE.org")
