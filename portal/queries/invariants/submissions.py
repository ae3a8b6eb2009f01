"""Rules about the immutable record: its digest, its content, and the letter that went out with it."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.adapters.signing import fingerprint_of, verifies
from portal.domain.instants import iso
from portal.domain.reading import reading
from portal.domain.submissions import is_genuine, read, signed_text
from portal.models import (
    Application,
    AuditEvent,
    Offering,
    OutboxMessage,
    SigningKey,
    StreamApplication,
    Submission,
    SubmissionChoice,
)
from portal.queries.invariants.invariant import Invariant, rule

AT_ONCE = 200  # submissions in memory: one has some twenty thousand characters
# What is forgotten has no content to compare; that it is really gone is a rule of its own.
REMEMBERED = Application.forgotten_at.is_(None)


def _changed(session: Session) -> Iterator[int]:
    statement = (
        sa.select(Submission.id, Submission.salt, Submission.content, Submission.digest)
        .join(Application, Application.id == Submission.application_id)
        .where(REMEMBERED)
        .execution_options(yield_per=AT_ONCE)
    )
    for key, salt, content, claimed in session.execute(statement):
        if not is_genuine(salt, content, claimed):
            yield key


def _other_content(session: Session) -> Iterator[int]:
    """The columns and choices beside the content repeat what is in it."""
    ranked: dict[int, list[tuple[int, int]]] = {}
    choices = sa.select(
        SubmissionChoice.submission_id, SubmissionChoice.rank, SubmissionChoice.offering_id
    )
    for key, rank, offering_id in session.execute(choices):
        ranked.setdefault(key, []).append((rank, offering_id))
    statement = (
        sa.select(Submission.id, Submission.number, Submission.received_at, Submission.content)
        .join(Application, Application.id == Submission.application_id)
        .where(REMEMBERED)
        .execution_options(yield_per=AT_ONCE)
    )
    for key, number, received_at, text in session.execute(statement):
        content = read(text)
        inside = sorted((choice.rank, choice.offering_id) for choice in content.choices)
        if (
            content.number != number
            or content.received_at != iso(received_at)
            or inside != sorted(ranked.get(key, []))
        ):
            yield key


def _other_words(session: Session) -> Iterator[int]:
    statement = (
        sa.select(
            StreamApplication.id,
            StreamApplication.stream_id,
            StreamApplication.words,
            Submission.content,
        )
        .join(Submission, Submission.id == StreamApplication.submission_id)
        .join(Application, Application.id == Submission.application_id)
        .where(REMEMBERED)
        .execution_options(yield_per=AT_ONCE)
    )
    for key, stream_id, words, text in session.execute(statement):
        if reading(read(text), stream_id).words != words:
            yield key


def _not_signed(session: Session) -> Iterator[int]:
    """A signature that does not verify, or none although a key was in use."""
    keys = {key.id: key for key in session.scalars(sa.select(SigningKey))}
    first = min((key.created_at for key in keys.values()), default=None)
    columns = (
        Submission.id,
        Submission.number,
        Submission.received_at,
        Submission.recorded_at,
        Submission.digest,
        Submission.signature,
        Submission.signing_key_id,
    )
    statement = sa.select(*columns).execution_options(yield_per=AT_ONCE)
    for key, number, received_at, recorded_at, claimed, signature, signed_by in session.execute(
        statement
    ):
        if not signature and signed_by is None:
            if first is not None and recorded_at >= first:
                yield key
            continue
        text = signed_text(number, received_at, recorded_at, claimed)
        if signed_by not in keys or not verifies(keys[signed_by].public_key, signature, text):
            yield key


def _other_fingerprint(session: Session) -> Iterator[int]:
    for key in session.scalars(sa.select(SigningKey)):
        try:
            same = fingerprint_of(key.public_key) == key.fingerprint
        except ValueError:
            same = False
        if not same:
            yield key.id


def _gap_in_choices() -> sa.Select[int]:
    return (
        sa.select(SubmissionChoice.submission_id)
        .group_by(SubmissionChoice.submission_id)
        .having(
            sa.or_(
                sa.func.min(SubmissionChoice.rank) != 1,
                sa.func.max(SubmissionChoice.rank) != sa.func.count(),
            )
        )
    )


def _choice_of_another_stream() -> sa.Select[int]:
    return (
        sa.select(SubmissionChoice.submission_id)
        .join(Offering, Offering.id == SubmissionChoice.offering_id)
        .where(Offering.stream_id != SubmissionChoice.stream_id)
    )


def _recorded_before_received() -> sa.Select[int]:
    return sa.select(Submission.id).where(Submission.recorded_at < Submission.received_at)


def _read_before_it_came() -> sa.Select[int]:
    return (
        sa.select(StreamApplication.id)
        .join(Submission, Submission.application_id == StreamApplication.application_id)
        .group_by(StreamApplication.id, StreamApplication.first_received_at)
        .having(StreamApplication.first_received_at < sa.func.min(Submission.received_at))
    )


def _receipt_of_nothing() -> sa.Select[int]:
    named = sa.exists().where(
        OutboxMessage.dedupe_key == sa.literal("receipt:").concat(Submission.number)
    )
    return sa.select(OutboxMessage.id).where(OutboxMessage.kind == "receipt", ~named)


def _without_event() -> sa.Select[int]:
    events = (
        sa.select(sa.func.count())
        .where(
            AuditEvent.action == "application.submitted",
            AuditEvent.subject_type == "application",
            AuditEvent.subject_id == Submission.application_id,
        )
        .scalar_subquery()
    )
    return (
        sa.select(Submission.application_id)
        .group_by(Submission.application_id)
        .having(sa.func.count() > events)
    )


INVARIANTS = (
    Invariant(
        "words-agree",
        "stream application",
        "its count of words is another than that of what is read",
        _other_words,
    ),
    Invariant(
        "digest-recomputes", "submission", "its content is not what its receipt says", _changed
    ),
    Invariant(
        "signature-verifies",
        "submission",
        "its signature is missing, or not that of its number, instants and digest",
        _not_signed,
    ),
    Invariant(
        "key-is-itself",
        "signing key",
        "its fingerprint is not that of the key",
        _other_fingerprint,
    ),
    Invariant(
        "content-agrees",
        "submission",
        "its content and the columns beside it disagree",
        _other_content,
    ),
    rule(
        "submitted-choices-count-from-one",
        "submission",
        "the ranks of its choices are not 1, 2, 3 ...",
        _gap_in_choices,
    ),
    rule(
        "submitted-choice-in-stream",
        "submission",
        "a choice of it names a stream that does not offer it",
        _choice_of_another_stream,
    ),
    rule(
        "recorded-after-received",
        "submission",
        "it was recorded before it was received",
        _recorded_before_received,
    ),
    rule(
        "received-when-submitted",
        "stream application",
        "it was received before anything was submitted",
        _read_before_it_came,
    ),
    rule(
        "receipt-names-submission",
        "letter",
        "it is a receipt of a submission that is not there",
        _receipt_of_nothing,
    ),
    rule(
        "submission-is-audited",
        "application",
        "it was submitted more often than the audit log says",
        _without_event,
    ),
)
