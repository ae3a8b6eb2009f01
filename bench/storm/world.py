"""Before the storm: a round about to close, and people who have written everything and not yet submitted."""

import json
import os
import random
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import flask_migrate
import sqlalchemy as sa
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from portal import clock, paths
from portal.adapters import signing
from portal.app import create_app
from portal.config import Settings
from portal.domain.applications import DIRECTIONS, SECTIONS
from portal.domain.questions import Kind
from portal.extensions import db
from portal.models import (
    Application,
    Choice,
    Direction,
    Offering,
    Round,
    SectionAnswers,
    SignIn,
    Stream,
    User,
)
from portal.services.accounts import digest_of
from portal.services.reference import load_reference
from portal.web.account.events import SESSION_TOKEN

SLUG = "storm"
GRACE = timedelta(seconds=120)
WORDS = ("probe", "feature", "circuit", "model", "layer", "token", "steering", "monitor", "trace")


@dataclass(frozen=True)
class Person:
    """What the client knows of one applicant.

    `opens` and `at`: seconds after the storm's beginning when they open the check page and when they press submit.
    """

    user_id: int
    application_id: int
    name: str
    cookie: str
    token: str
    opens: float
    at: float
    slow: bool
    with_file: bool
    background: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """The storm: over `seconds` around the close, then stragglers around the end of the grace."""

    people: int = 2000
    stragglers: int = 100
    seconds: float = 60
    before_close: float = 40
    straggling: float = 20


def make(environ: Mapping[str, str], plan: Plan, folder: Path) -> None:
    """Migrate, make the round and its people, and write them down for the client. The round has no close yet."""
    settings = Settings.from_environ(environ)
    generous = os.umask(
        0o077
    )  # as every command does: the server refuses a database that lies open
    try:
        signing.make_key(settings.data_dir)  # as `portal init` does
        app = create_app(settings)
        with app.app_context():
            flask_migrate.upgrade()
            now = clock.now()
            load_reference(paths.SEEDS / "reference", now)
            people = _people(app, plan, now)
            db.session.remove()
            db.engine.dispose()
    finally:
        os.umask(generous)
    (folder / "people.json").write_text(json.dumps([asdict(person) for person in people]))


def load(folder: Path) -> list[Person]:
    """The people that `make` wrote down."""
    return [Person(**row) for row in json.loads((folder / "people.json").read_text())]


def set_close(environ: Mapping[str, str], closes_at: datetime) -> None:
    app = create_app(Settings.from_environ(environ))
    with app.app_context():
        db.session.execute(sa.update(Round).values(closes_at=closes_at))
        db.session.commit()
        db.engine.dispose()


def _people(app: Flask, plan: Plan, now: datetime) -> list[Person]:
    offerings = _round(now)
    rng = random.Random(1)
    count = plan.people + plan.stragglers
    users = [
        User(
            email=f"storm{n}@example.org", email_key=f"storm{n}@example.org", name=f"Storm Person {n}",
            fs_uniquifier=secrets.token_hex(16), confirmed_at=now, consented_at=now, created_at=now,
        )
        for n in range(count)
    ]  # fmt: skip
    db.session.add_all(users)
    db.session.flush()
    people = []
    for n, user in enumerate(users):
        answers = _answers(user.name, rng)
        application = _application(user, answers, rng.sample(offerings, 2), now)
        db.session.add(application)
        db.session.flush()
        cookie, token = _sign_in(app, user, now)
        people.append(
            Person(
                user.id, application.id, user.name, cookie, token, *_moments(plan, n, rng),
                slow=rng.random() < 0.3, with_file=n % 3 == 0, background=answers["background"],
            )
        )  # fmt: skip
    db.session.commit()
    return people


def _moments(plan: Plan, n: int, rng: random.Random) -> tuple[float, float]:
    """Most open the page just before they press; a straggler has had it open since the beginning."""
    if n < plan.people:
        at = rng.uniform(0, plan.seconds)
        return at - rng.uniform(0, min(at, 5)), at
    end = plan.before_close + GRACE.total_seconds()
    return rng.uniform(0, 20), rng.uniform(end - plan.straggling / 2, end + plan.straggling / 2)


def _round(now: datetime) -> list[int]:
    """A round that is open, with two streams that ask nothing of their own; its offerings."""
    directions = db.session.scalars(sa.select(Direction.id).order_by(Direction.id).limit(4)).all()
    round_ = Round(
        slug=SLUG, name="Storm", published_at=now - timedelta(days=9), opens_at=now - timedelta(days=8),
        closes_at=now + timedelta(days=1), grace_seconds=int(GRACE.total_seconds()), created_at=now,
    )  # fmt: skip
    round_.streams = [Stream(slug=f"s{n}", name=f"Stream {n}", places=5) for n in range(2)]
    db.session.add(round_)
    db.session.flush()
    offerings = [
        Offering(
            stream_id=round_.streams[n % 2].id, round_id=round_.id, direction_id=key, position=n
        )
        for n, key in enumerate(directions)
    ]
    db.session.add_all(offerings)
    db.session.flush()
    return [offering.id for offering in offerings]


def _answers(name: str, rng: random.Random) -> dict[str, dict[str, str]]:
    """Everything that is needed, in words of their own length."""

    def text(kind: Kind, words: int | None) -> str:
        if kind is Kind.YES_NO:
            return "yes"
        most = words or 12
        return f"{name}: " + " ".join(rng.choices(WORDS, k=rng.randrange(most // 2, most - 4)))

    return {
        section.slug: {
            field.name: field.choices[0][0] if field.choices else text(field.kind, field.words)
            for field in section.fields
            if field.required
        }
        for section in SECTIONS
    }


def _application(
    user: User, answers: Mapping[str, Mapping[str, str]], ranked: list[int], now: datetime
) -> Application:
    round_id = db.session.scalars(sa.select(Round.id)).one()
    application = Application(round_id=round_id, user_id=user.id, created_at=now, saved_at=now)
    application.sections = [
        SectionAnswers(section=slug, answers=dict(given), version=1, saved_at=now)
        for slug, given in {**answers, DIRECTIONS: {}}.items()
    ]
    application.choices = [
        Choice(offering_id=offering, rank=rank) for rank, offering in enumerate(ranked, 1)
    ]
    return application


def _sign_in(app: Flask, user: User, now: datetime) -> tuple[str, str]:
    """The cookie of somebody who is signed in, and the token that their forms carry."""
    token, csrf = secrets.token_urlsafe(16), secrets.token_hex(20)
    db.session.add(
        SignIn(user_id=user.id, token_digest=digest_of(token), created_at=now, seen_at=now)
    )
    session = {
        "_user_id": user.fs_uniquifier, "_fresh": True, SESSION_TOKEN: token, "csrf_token": csrf,
    }  # fmt: skip
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    cookie = f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(session)}"
    form_token = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps(csrf)
    return cookie, str(form_token)
