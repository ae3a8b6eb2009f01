"""What an applicant does, through the services, with the least that each of them needs."""

from datetime import timedelta

import sqlalchemy as sa

from portal.extensions import db
from portal.models import Application, StreamApplication, Submission
from portal.queries import applications as dossiers
from portal.services import applications, submissions
from portal.services.applications import Mail
from tests.conftest import NOW
from tests.web.applicant.conftest import ANSWERS

MAIL = Mail("Programme", "http://localhost", "help@example.org")
CLOSES = NOW + timedelta(days=14)
EARLY = NOW + timedelta(days=3)


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
