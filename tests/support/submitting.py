"""A submitted application made straight in the tables, in the format of `domain.submissions`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from portal.domain import submissions
from portal.domain.anonymity import Identity, identity_of, new_code, search_text, words_to_read
from portal.domain.applications import SECTIONS, ApplicationState
from portal.domain.reading import applicant_name
from portal.domain.rounds import Arrival
from portal.domain.submissions import (
    Content,
    GivenAnswer,
    GivenChoice,
    GivenSection,
    GivenStream,
)
from portal.extensions import db
from portal.models import (
    Application,
    Offering,
    Round,
    Stream,
    StreamApplication,
    Submission,
    SubmissionChoice,
    User,
)

ANSWERS = {
    "country": "Portugal",
    "adult": "yes",
    "returning": "no",
    "position": "Second-year PhD student",
    "story": "I trained small transformers and wrote down what failed.",
    "hours": "full",
    "whole_programme": "yes",
    "interests": "I want to find out what probes measure, starting with a tiny model.",
}


def submit(
    user: User,
    round_: Round,
    streams: Sequence[Stream],
    *,
    received_at: datetime,
    answers: Mapping[str, str],
    stream_answer: str,
) -> Application:
    """Submit once more if the user has an application in this round already."""
    application = db.session.scalar(
        sa.select(Application).where(
            Application.round_id == round_.id, Application.user_id == user.id
        )
    )
    if application is None:
        application = Application(
            round_id=round_.id, user_id=user.id, created_at=received_at, saved_at=received_at
        )
        db.session.add(application)
        db.session.flush()
    content = _content(user, round_, streams, received_at, {**ANSWERS, **answers}, stream_answer)
    submission = _submission(application, content, received_at)
    application.state = ApplicationState.SUBMITTED
    application.submitted_at = application.submitted_at or received_at
    application.current_submission_id = submission.id
    for stream in streams:
        _show_to(stream, application, submission, content)
    db.session.commit()
    return application


def _content(
    user: User,
    round_: Round,
    streams: Sequence[Stream],
    received_at: datetime,
    answers: Mapping[str, str],
    stream_answer: str,
) -> Content:
    offerings = [offering for stream in streams for offering in stream.offerings]
    return Content(
        number=submissions.new_number(),
        round_slug=round_.slug,
        round_name=round_.name,
        received_at=received_at.isoformat(),
        sections=tuple(
            GivenSection(
                section.slug,
                section.title,
                tuple(
                    GivenAnswer(
                        field.name,
                        field.label,
                        answers.get(field.name, user.name if field.name == "full_name" else ""),
                        field.kind.value,
                    )
                    for field in section.fields
                ),
            )
            for section in SECTIONS
        ),
        choices=tuple(_choice(rank, each) for rank, each in enumerate(offerings, start=1)),
        streams=tuple(_stream(stream, received_at, stream_answer) for stream in streams),
    )


def _choice(rank: int, offering: Offering) -> GivenChoice:
    direction = offering.direction
    return GivenChoice(
        rank,
        offering.id,
        offering.stream_id,
        direction.slug,
        direction.title,
        direction.summary,
        direction.body,
    )


def _stream(stream: Stream, received_at: datetime, answer: str) -> GivenStream:
    return GivenStream(
        stream.id,
        stream.slug,
        stream.name,
        received_at.isoformat(),
        "on_time",
        tuple(
            GivenAnswer(f"q{question.id}", question.prompt, answer, question.kind.value)
            for question in stream.questions
        ),
    )


def _submission(application: Application, content: Content, received_at: datetime) -> Submission:
    text = submissions.canonical(content)
    salt = submissions.new_salt()
    submission = Submission(
        application_id=application.id,
        number=content.number,
        idempotency_key=content.number,
        received_at=received_at,
        recorded_at=received_at,
        arrival=Arrival.ON_TIME,
        applicant_name=applicant_name(content),
        search_text=search_text(content, _withheld(application, content)),
        content=text,
        salt=salt,
        digest=submissions.digest(salt, text),
    )
    submission.choices = [
        SubmissionChoice(rank=each.rank, offering_id=each.offering_id, stream_id=each.stream_id)
        for each in content.choices
    ]
    db.session.add(submission)
    db.session.flush()
    return submission


def _withheld(application: Application, content: Content) -> Identity | None:
    user = db.session.get_one(User, application.user_id)
    round_ = db.session.get_one(Round, application.round_id)
    return identity_of(content, user.name, user.email) if round_.anonymised else None


def _show_to(
    stream: Stream, application: Application, submission: Submission, content: Content
) -> None:
    row = db.session.scalar(
        sa.select(StreamApplication).where(
            StreamApplication.application_id == application.id,
            StreamApplication.stream_id == stream.id,
        )
    )
    if row is None:
        row = StreamApplication(
            application_id=application.id,
            stream_id=stream.id,
            first_received_at=submission.received_at,
            saved_at=submission.received_at,
        )
        db.session.add(row)
    row.submission_id = submission.id
    row.best_rank = min(each.rank for each in content.choices if each.stream_id == stream.id)
    who = _withheld(application, content)
    row.words = words_to_read(content, stream.id, who)
    if who is not None:
        row.code = row.code or new_code()
    db.session.flush()
