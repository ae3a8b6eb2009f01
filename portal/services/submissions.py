"""Submitting: one transaction that makes the immutable record, points the streams at it, and queues the receipt.

A retry of the same submit, told by its idempotency key, answers with the same receipt whenever it comes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from portal.adapters import signing
from portal.domain.anonymity import (
    Identity,
    identity_of,
    new_code,
    search_text,
    words_to_read,
)
from portal.domain.applications import (
    SECTIONS,
    ApplicationState,
    draft_gaps,
    may_submit,
)
from portal.domain.instants import iso
from portal.domain.questions import Field, Gap, Kind
from portal.domain.reading import applicant_name
from portal.domain.reminders import keys_of
from portal.domain.rounds import Arrival
from portal.domain.sent_late import may_submit_as_sent
from portal.domain.submissions import (
    Content,
    GivenAnswer,
    GivenChoice,
    GivenFile,
    GivenSection,
    GivenStream,
    canonical,
    digest,
    new_number,
    new_salt,
    read,
    signed_text,
)
from portal.domain.verdict import ALLOWED, Refused, Verdict
from portal.models import Application, Stream, StreamApplication, Submission, SubmissionChoice
from portal.queries.applications import Dossier, stream_fields
from portal.queries.sent_late import stands_as_sent_at
from portal.services import outbox
from portal.services.applications import Mail
from portal.services.desk import Desk, Late, judge, open_desk, record, stream_application
from portal.services.signing_keys import kept_key
from portal.services.work import writing


@dataclass(frozen=True)
class Receipt:
    number: str


@dataclass(frozen=True)
class Incomplete:
    """The working copy cannot be submitted yet; what is missing, in the order of the form. Nothing was written."""

    refusal: Refused
    missing: tuple[Gap, ...]


def submit(
    user_id: int,
    round_id: int,
    idempotency_key: str,
    mail: Mail,
    *,
    received_at: datetime,
    recorded_at: datetime,
    as_sent_at: datetime | None = None,
) -> Receipt | Incomplete | Refused | Late:
    """Submit the working copy as it stands. Nothing new to submit is answered with the receipt there is.

    With `as_sent_at` only if it still says what its writer sent until then (`domain.sent_late`).

    The newest submission counts for each stream whose effective deadline it met; a stream whose deadline had passed
    keeps the one it has, unless its choice was removed. Both instants are aware; the rule uses `received_at` alone.
    """
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        made = _made_with(desk, idempotency_key) or _already_sent(desk)
        if made is not None:
            return Receipt(made)
        arrival = judge(desk, desk.dossier.submit_deadline(), "submit", working_copy(desk))
        if not isinstance(arrival, Arrival):
            return arrival
        as_shown = _as_shown(desk, as_sent_at)
        if isinstance(as_shown, Refused):
            return as_shown
        application = desk.dossier.application
        missing = draft_gaps(desk.dossier.draft(received_at))
        state = application.state if application else ApplicationState.DRAFT
        allowed = may_submit(state, missing)
        if isinstance(allowed, Refused):
            return Incomplete(allowed, tuple(missing)) if missing else allowed
        assert application is not None  # without rows something is missing
        submission = _keep(desk, application, idempotency_key, recorded_at)
        _take(desk, application, submission)
        _send_receipt(desk, submission, mail)
        return Receipt(submission.number)


def _take(desk: Desk, application: Application, submission: Submission) -> None:
    """Let a submission count."""
    _hand_to_streams(desk, application, submission)
    application.state = ApplicationState.SUBMITTED
    application.submitted_at = desk.at
    application.current_submission_id = submission.id
    _note(desk, submission)


def _as_shown(desk: Desk, as_sent_at: datetime | None) -> Verdict:
    """Whether the working copy is what the page of a late text showed; a page that showed none asks for nothing."""
    if as_sent_at is None:
        return ALLOWED
    return may_submit_as_sent(as_sent_at, stands_as_sent_at(desk.dossier))


def _made_with(desk: Desk, key: str) -> str | None:
    """The number of the submission that was made with this key."""
    if desk.dossier.application is None:
        return None
    return desk.session.scalar(
        sa.select(Submission.number).where(
            Submission.application_id == desk.dossier.application.id,
            Submission.idempotency_key == key,
        )
    )


def _already_sent(desk: Desk) -> str | None:
    """The number of the newest submission, if submitting now would only repeat it: Back and Submit in another window.

    Every word of it, the questions' too, must be the same, and no stream that still accepts may read another.
    """
    dossier, submission = desk.dossier, desk.dossier.submission
    application = dossier.application
    if application is None or submission is None or application.state != ApplicationState.SUBMITTED:
        return None
    given = read(submission.content)
    again = content_of(dossier, submission.number, submission.received_at)
    if _words(again) != _words(given):
        return None
    readers = {row.stream_id: row.submission_id for row in application.stream_applications}
    for stream in dossier.chosen_streams():
        if dossier.accepts(stream, desk.at) and readers.get(stream.id) != submission.id:
            return None
    return submission.number


def _words(content: Content) -> Content:
    """A content without what a deadline that was moved since would change in it, and without the form it is kept in."""
    streams = tuple(replace(each, closes_at="", arrival="") for each in content.streams)
    return replace(content, streams=streams, version=0)


def working_copy(desk: Desk) -> dict[str, object]:
    """The whole working copy as plain values, for a late draft."""
    dossier, draft = desk.dossier, desk.dossier.draft(desk.at)
    return {
        "sections": {slug: dict(answers) for slug, answers in draft.sections.items()},
        "ranked": [offering.direction.title for offering in dossier.choices()],
        "streams": {part.slug: dict(part.answers or {}) for part in draft.streams},
    }


def content_of(dossier: Dossier, number: str, received_at: datetime) -> Content:
    """What is submitted: every answer beside the text it answers, every choice with its direction's text."""
    return Content(
        number=number,
        round_slug=dossier.round.slug,
        round_name=dossier.round.name,
        received_at=iso(received_at),
        sections=tuple(_given_sections(dossier)),
        choices=tuple(
            GivenChoice(
                rank=rank,
                offering_id=offering.id,
                stream_id=offering.stream_id,
                slug=offering.direction.slug,
                title=offering.direction.title,
                summary=offering.direction.summary,
                text=offering.direction.body,
            )
            for rank, offering in enumerate(dossier.choices(), 1)
        ),
        streams=tuple(_given_stream(dossier, s, received_at) for s in dossier.chosen_streams()),
    )


def _given_sections(dossier: Dossier) -> list[GivenSection]:
    given = []
    for section in SECTIONS:
        answers = dossier.answers(section.slug) or {}
        given.append(
            GivenSection(
                section.slug,
                section.title,
                tuple(_given_answer(dossier, field, answers) for field in section.fields),
            )
        )
    return given


def _given_stream(dossier: Dossier, stream: Stream, received_at: datetime) -> GivenStream:
    deadline = dossier.deadline_of(stream)
    answers = (dossier.part(stream, received_at)).answers or {}
    return GivenStream(
        stream_id=stream.id,
        slug=stream.slug,
        name=stream.name,
        closes_at=iso(deadline.closes_at),
        arrival=deadline.judge(received_at).value,
        answers=tuple(_given_answer(dossier, field, answers) for field in stream_fields(stream)),
    )


def _given_answer(dossier: Dossier, field: Field, answers: Mapping[str, str]) -> GivenAnswer:
    text = answers.get(field.name, "")
    stored = dossier.files.get(text) if field.kind is Kind.FILE and text else None
    file = GivenFile(stored.name, stored.size, stored.sha256) if stored else None
    return GivenAnswer(field.name, field.label, text, field.kind.value, field.version, file)


def _keep(
    desk: Desk, application: Application, idempotency_key: str, recorded_at: datetime
) -> Submission:
    """Write the immutable record."""
    number, salt = new_number(), new_salt()
    content = content_of(desk.dossier, number, desk.at)
    text = canonical(content)
    proof, signer = digest(salt, text), signing.signer()
    submission = Submission(
        application_id=application.id,
        number=number,
        idempotency_key=idempotency_key,
        received_at=desk.at,
        recorded_at=recorded_at,
        arrival=_arrival(content),
        applicant_name=applicant_name(content)[:200],
        search_text=search_text(content, _withheld(desk, content)),
        content=text,
        salt=salt,
        digest=proof,
        signature=signer.sign(signed_text(number, desk.at, recorded_at, proof)),
        signing_key_id=kept_key(desk.session, signer, recorded_at),
    )
    submission.choices = [
        SubmissionChoice(rank=c.rank, offering_id=c.offering_id, stream_id=c.stream_id)
        for c in content.choices
    ]
    held = dict.fromkeys(answer.answer for answer in content.files())
    submission.files = [desk.dossier.files[ref] for ref in held]
    desk.session.add(submission)
    desk.session.flush()
    return submission


def _fresh_code(desk: Desk) -> int:
    """A code that no application has."""
    while True:
        code = new_code()
        taken = sa.exists().where(StreamApplication.code == code)
        if not desk.session.scalar(sa.select(taken)):
            return code


def _withheld(desk: Desk, content: Content) -> Identity | None:
    """Whom the readers of an anonymised round are not told; None where they are."""
    if not desk.dossier.round.anonymised:
        return None
    return identity_of(content, desk.user.name, desk.user.email)


def _arrival(content: Content) -> Arrival:
    """In grace as soon as one stream was reached by its grace only."""
    arrivals = {stream.arrival for stream in content.streams}
    return Arrival.IN_GRACE if Arrival.IN_GRACE.value in arrivals else Arrival.ON_TIME


def _hand_to_streams(desk: Desk, application: Application, submission: Submission) -> None:
    """Point each stream that still accepts at this submission; take it from streams that are chosen no more."""
    dossier, content = desk.dossier, read(submission.content)
    who = _withheld(desk, content)
    best: dict[int, int] = {}
    for choice in content.choices:
        best.setdefault(choice.stream_id, choice.rank)
    for row in application.stream_applications:
        if row.stream_id not in best:
            row.submission_id = row.best_rank = None
    for stream_id, rank in best.items():
        if not dossier.accepts(dossier.stream(stream_id), desk.at):
            continue
        row = stream_application(desk, application, stream_id)
        row.submission_id, row.best_rank = submission.id, rank
        row.first_received_at = row.first_received_at or desk.at
        row.words = words_to_read(content, stream_id, who)
        if who is not None:
            row.code = row.code or _fresh_code(desk)


def _note(desk: Desk, submission: Submission) -> None:
    after = {
        "number": submission.number,
        "received_at": submission.received_at,
        "recorded_at": submission.recorded_at,
        "digest": submission.digest,
        "offerings": [choice.offering_id for choice in submission.choices],
    }
    subject = ("application", submission.application_id)
    record(desk, "application.submitted", subject, after=after, arrival=submission.arrival)


def _send_receipt(desk: Desk, submission: Submission, mail: Mail) -> None:
    outbox.queue(
        desk.session,
        "receipt",
        at=submission.recorded_at,
        recipient=desk.user.email,
        user_id=desk.user.id,
        once=f"receipt:{submission.number}",
        programme=mail.programme,
        base_url=mail.base_url,
        contact=mail.contact,
        **receipt_values(desk.dossier, submission, desk.user.time_zone),
    )
    # A reminder that waits still would say that nothing was submitted.
    reminders, at = keys_of(submission.application_id), submission.recorded_at
    outbox.call_off(desk.session, desk.user.id, ("draft_reminder",), at=at, once=reminders)


def receipt_values(dossier: Dossier, submission: Submission, time_zone: str) -> dict[str, object]:
    """What the letter of a receipt says, beside what every letter names."""
    return {
        "round_name": dossier.round.name,
        "round_slug": dossier.round.slug,
        "number": submission.number,
        "received_at": submission.received_at,
        "recorded_at": submission.recorded_at,
        "digest": submission.digest,
        "signature": submission.signature,
        "choices": [
            (o.direction.title, o.stream.name, dossier.deadline_of(o.stream).closes_at)
            for o in dossier.choices()
        ],
        "release_at": dossier.round.release_at,
        "time_zone": time_zone,
    }
