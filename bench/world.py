"""A portal full of invented people to measure, three of them signed in, and the bare page it is compared with."""

import secrets
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import flask_migrate
import sqlalchemy as sa
from flask import Flask, render_template
from itsdangerous import URLSafeTimedSerializer
from jinja2 import DictLoader
from sqlalchemy.orm import Session

from portal import clock, paths
from portal.app import create_app
from portal.config import Mode, Settings
from portal.demo.seeding import seed
from portal.domain.applications import ApplicationState
from portal.domain.permissions import StreamRole
from portal.extensions import db, limiter
from portal.models import (
    Application,
    Direction,
    Extension,
    Review,
    Round,
    SignIn,
    StreamApplication,
    StreamMember,
    User,
)
from portal.services.reference import load_reference
from portal.web.account.security import SESSION_TOKEN, digest_of

SECRET = "a key of measurements only, long enough to pass"


# -- the yardstick ---------------------------------------------------------------------------


def bare_app(engine: sa.Engine) -> Flask:
    """A Flask application of one page: one row by primary key, one small template, nothing else."""
    app = Flask("bare")
    app.jinja_loader = DictLoader(
        {"bare.html": "<!doctype html><title>{{ row.name }}</title><h1>{{ row.name }}</h1>"}
    )

    @app.get("/")
    def page() -> str:
        with Session(engine) as session:
            row = session.get_one(Round, 1)
            return render_template("bare.html", row=row)

    return app


# -- a portal with people in it --------------------------------------------------------------


@dataclass(frozen=True)
class Who:
    """Somebody signed in: the cookie that their browser sends, and the token that their forms carry."""

    cookie: str = ""
    token: str = ""


ANONYMOUS = Who()


@dataclass(frozen=True)
class World:
    """A seeded portal. Ids are of the busiest stream's lead, an admin, and an applicant who may still write."""

    app: Flask
    url: str
    seeding_seconds: float
    rows: Mapping[str, int]
    round_slug: str
    round_id: int
    stream_id: int
    queue: Sequence[int]
    reader_id: int
    applicant_id: int
    direction: str
    people: Mapping[str, Who]


def settings_for(url: str, folder: Path, port: int = 8000) -> Settings:
    return Settings(
        mode=Mode.DEMO,
        database_url=url,
        secret_key=SECRET,
        base_url=f"http://127.0.0.1:{port}",
        data_dir=folder,
    )


def make_world(url: str, folder: Path, applicants: int) -> World:
    """Migrate, load the reference content, seed a round in review, and sign three people in."""
    app = create_app(settings_for(url, folder))
    limiter.enabled = False
    with app.app_context():
        flask_migrate.upgrade()
        now = clock.now()
        load_reference(paths.SEEDS / "reference", now)
        began = time.perf_counter()
        report = seed("review", applicants, 7, now, progress=sys.stderr.isatty())
        seconds = time.perf_counter() - began
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("ANALYZE")
        return _world(app, url, seconds, report.rows, report.round_slug)


def _world(app: Flask, url: str, seconds: float, rows: Mapping[str, int], slug: str) -> World:
    round_id = db.session.scalars(sa.select(Round.id).where(Round.slug == slug)).one()
    stream_id, reader_id = _busiest(round_id)
    applicant_id = _applicant(round_id)
    admin_id = db.session.scalars(sa.select(User.id).where(User.is_admin)).first()
    assert admin_id is not None
    queue = _unread(stream_id, reader_id)
    people = {
        name: _sign_in(app, user_id)
        for name, user_id in (
            ("reader", reader_id),
            ("admin", admin_id),
            ("applicant", applicant_id),
        )
    }
    direction = db.session.scalars(sa.select(Direction.slug).order_by(Direction.id)).first()
    world = World(
        app, url, seconds, rows, slug, round_id, stream_id, queue, reader_id, applicant_id,
        direction or "", {**people, "": ANONYMOUS},
    )  # fmt: skip
    db.session.remove()
    return world


def _busiest(round_id: int) -> tuple[int, int]:
    """The stream with the most applications in a round, and its lead."""
    row = db.session.execute(
        sa.select(StreamApplication.stream_id, sa.func.count())
        .join(Application, Application.id == StreamApplication.application_id)
        .where(Application.round_id == round_id, StreamApplication.submission_id.is_not(None))
        .group_by(StreamApplication.stream_id)
        .order_by(sa.func.count().desc())
    ).first()
    assert row is not None
    lead = db.session.scalars(
        sa.select(StreamMember.user_id).where(
            StreamMember.stream_id == row[0], StreamMember.role == StreamRole.LEAD
        )
    ).first()
    assert lead is not None
    return row[0], lead


def _unread(stream_id: int, reader_id: int) -> list[int]:
    """Applications of the stream that the reader has not begun to read, to review one after the other."""
    own = sa.select(Review.stream_application_id).where(Review.reader_id == reader_id)
    rows = db.session.scalars(
        sa.select(StreamApplication.id)
        .join(Application, Application.id == StreamApplication.application_id)
        .where(
            StreamApplication.stream_id == stream_id,
            StreamApplication.submission_id.is_not(None),
            StreamApplication.id.not_in(own),
            Application.state == ApplicationState.SUBMITTED,
        )
        .order_by(StreamApplication.id)
    )
    return list(rows)


def _applicant(round_id: int) -> int:
    """Someone who submitted, with a later deadline of their own, since the round is closed in review."""
    application = db.session.scalars(
        sa.select(Application)
        .where(Application.round_id == round_id, Application.state == ApplicationState.SUBMITTED)
        .order_by(Application.id)
        .offset(20)
    ).first()
    assert application is not None
    now = clock.now()
    db.session.add(
        Extension(
            round_id=round_id,
            user_id=application.user_id,
            closes_at=now + timedelta(days=7),
            reason="Measured.",
            granted_at=now,
        )
    )
    db.session.commit()
    return application.user_id


def _sign_in(app: Flask, user_id: int) -> Who:
    user, now = db.session.get_one(User, user_id), clock.now()
    token, csrf = secrets.token_urlsafe(16), secrets.token_hex(20)
    db.session.add(
        SignIn(user_id=user_id, token_digest=digest_of(token), created_at=now, seen_at=now)
    )
    db.session.commit()
    session = {
        "_user_id": user.fs_uniquifier, "_fresh": True, SESSION_TOKEN: token, "csrf_token": csrf,
    }  # fmt: skip
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    cookie = f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(session)}"
    form_token = URLSafeTimedSerializer(SECRET, salt="wtf-csrf-token").dumps(csrf)
    return Who(cookie, str(form_token))


# -- databases -------------------------------------------------------------------------------


@contextmanager
def sqlite_url(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder}/portal.db"


@contextmanager
def postgres_url(server: str) -> Iterator[str]:
    """A database of its own on this server, dropped afterwards."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"portal_bench_{secrets.token_hex(4)}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    try:
        yield engine.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
        engine.dispose()
