"""What stands before a story begins: a round that is open, two streams, and what they ask. All of it is invented."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask_security import hash_password

from portal.domain.questions import Kind
from portal.domain.work_tests import HandIn
from portal.extensions import db
from portal.models import Criterion, Direction, KeyDate, Offering, Question, Round, Stream
from tests.browser.site import Site
from tests.support.builders import Builder

PASSWORD = "seven green lanterns"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CLOSES = NOW + timedelta(days=14)
ROUND = "summer-2027"
ROUND_NAME = "Summer 2027"

QUESTIONS = (
    ("Which result would change your mind about this direction?", 150),
    ("What would you do in the first week?", 120),
)

# One more question of each kind that is no text, which the journey answers.
KINDS = (
    ("Which would you rather do first?", Kind.CHOICE, ["Measure", "Build"]),
    ("What have you worked with?", Kind.CHOICES, ["PyTorch", "JAX", "Neither"]),
    ("Have you trained a model yourself?", Kind.YES_NO, []),
    ("How many experiments did your longest project take?", Kind.NUMBER, []),
    ("From which day could you start?", Kind.DATE, []),
    ("A result of yours that can be read", Kind.LINK, []),
    ("A report of one of them", Kind.FILE, []),
)
TASK = "A small replication"


@dataclass(frozen=True)
class Offer:
    stream: str
    directions: Sequence[str]
    questions: Sequence[tuple[str, int]] = ()


STREAMS = (
    Offer("Inside Models", ("model-diffing", "sparse-autoencoders", "being-useful"), QUESTIONS),
    Offer("Thinking Models", ("understanding-thinking-models",)),
)


def open_round(site: Site) -> None:
    """A round that has been open for a week and closes in two, with the streams above."""
    with site.database():
        round_ = Round(
            slug=ROUND,
            name=ROUND_NAME,
            summary="Twelve weeks of research with a mentor.",
            place="Berkeley or London",
            published_at=NOW - timedelta(days=30),
            opens_at=NOW - timedelta(days=7),
            closes_at=CLOSES,
            release_at=NOW + timedelta(days=45),
            created_at=NOW - timedelta(days=40),
        )
        round_.key_dates = [
            KeyDate(at=NOW + timedelta(days=3), label="Questions and answers, live")
        ]
        round_.criteria = [
            Criterion(slug="fit", label="Research fit", position=0),
            Criterion(slug="skill", label="Technical strength", position=1),
        ]
        db.session.add(round_)
        db.session.flush()
        for offer in STREAMS:
            _add_stream(round_, offer)
        db.session.commit()


def asks_for_more(site: Site) -> None:
    """The first stream asks questions of every kind and a task for a PDF; the round takes a reference."""
    with site.database():
        stream = _stream(STREAMS[0].stream)
        stream.questions += [
            Question(prompt=prompt, kind=kind, options=options, position=n, minutes=2)
            for n, (prompt, kind, options) in enumerate(KINDS, len(stream.questions))
        ]
        stream.round.max_referees = 1
        Builder(NOW).work_test(stream, TASK, hand_in=HandIn.FILE)
        db.session.commit()


def task(site: Site, **values: object) -> str:
    """A task of the first stream; the path of its page."""
    with site.database():
        test = Builder(NOW).work_test(_stream(STREAMS[0].stream), TASK, **values)
        return f"/apply/{ROUND}/work-tests/{test.id}"


def another_application(site: Site, name: str = "Tomasz Adeyemi") -> None:
    """Somebody else's, submitted to the first stream, so that a reader has a next one."""
    with site.database():
        build = Builder(NOW)
        first = _stream(STREAMS[0].stream)
        build.submitted(build.user(name), first.round, [first])


def account(site: Site, name: str, lead_of: str = "") -> None:
    """A confirmed account with the password that people here have; the lead of a stream if one is named."""
    with site.database():
        build = Builder(NOW)
        user = build.member(_stream(lead_of), name=name) if lead_of else build.user(name)
        user.password = hash_password(PASSWORD)
        db.session.commit()


def _stream(name: str) -> Stream:
    return db.session.scalars(sa.select(Stream).where(Stream.name == name)).one()


def _add_stream(round_: Round, offer: Offer) -> None:
    stream = Stream(
        round_id=round_.id,
        slug=offer.stream.lower().replace(" ", "-"),
        name=offer.stream,
        text="We meet once a week and write every day.",
        steps="Two people read each application.",
        places=3,
    )
    stream.questions = [
        Question(prompt=prompt, kind=Kind.LONG_TEXT, word_limit=limit, minutes=10, position=n)
        for n, (prompt, limit) in enumerate(offer.questions)
    ]
    db.session.add(stream)
    db.session.flush()
    ids = dict(db.session.execute(sa.select(Direction.slug, Direction.id)).all())
    for position, slug in enumerate(offer.directions):
        db.session.add(
            Offering(
                stream_id=stream.id,
                round_id=round_.id,
                direction_id=ids[slug],
                position=position,
            )
        )
