"""Reminding 50,000 people who have not submitted: what a look at them costs, and how fast their letters are written.

    .venv/bin/python -m bench.reminders [--people 50000] [--write]

PORTAL_TEST_DATABASE_URL, an address of a PostgreSQL server, measures there instead of on SQLite.
"""

import argparse
import random
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import flask_migrate
import sqlalchemy as sa
from sqlalchemy import event

from bench import report
from bench.storm import world
from portal import clock, paths
from portal.adapters import signing
from portal.app import create_app
from portal.config import Mode, Settings
from portal.domain.applications import DIRECTIONS, ApplicationState
from portal.domain.reminders import BEFORE, keys_of
from portal.extensions import db
from portal.models import Application, Choice, OutboxMessage, Round, SectionAnswers, Stream, User
from portal.services import reminders
from portal.services.reference import load_reference
from tests.support.databases import fresh_database

PAGE = paths.CHECKOUT / "docs" / "performance.md"
COMMAND = "python -m bench.reminders"
WRITTEN = 4_000  # letters that are written by the portal itself; the other people count as reminded before
AT_ONCE = 5_000  # rows of one statement, while people are made


def people(count: int, now: datetime) -> None:
    """Drafts with everything in them, of people who began nine days ago, each with two streams."""
    offerings, rng, begun = world._round(now), random.Random(1), now - timedelta(days=9)
    round_id = db.session.scalars(sa.select(Round.id)).one()
    for start in range(1, count + 1, AT_ONCE):
        ids = range(start, min(start + AT_ONCE, count + 1))
        users, applications, sections, choices = [], [], [], []
        for key in ids:
            name, address = f"Person {key}", f"p{key}@example.org"
            users.append(
                {
                    "id": key, "email": address, "email_key": address, "name": name,
                    "fs_uniquifier": secrets.token_hex(16), "confirmed_at": begun, "consented_at": begun,
                    "created_at": begun,
                }
            )  # fmt: skip
            applications.append(
                {
                    "id": key, "round_id": round_id, "user_id": key, "state": ApplicationState.DRAFT,
                    "created_at": begun, "saved_at": begun,
                }
            )  # fmt: skip
            sections += [
                {"application_id": key, "section": slug, "answers": given, "saved_at": begun}
                for slug, given in {**world._answers(name, rng), DIRECTIONS: {}}.items()
            ]
            choices += [
                {"application_id": key, "offering_id": offering, "rank": rank}
                for rank, offering in enumerate(rng.sample(offerings, 2), 1)
            ]
        for model, rows in (
            (User, users),
            (Application, applications),
            (SectionAnswers, sections),
            (Choice, choices),
        ):
            db.session.execute(sa.insert(model), rows)
        db.session.commit()


def reminded(keys: range, closes_at: datetime, before: timedelta, now: datetime) -> None:
    """Letters to these people that went out before: rows as the portal writes them, with a short text."""
    hours = int(before / timedelta(hours=1))
    for start in range(keys.start, keys.stop, AT_ONCE):
        rows = [
            {
                "message_id": f"<{key}-{hours}@example.org>", "kind": reminders.KIND, "user_id": key,
                "dedupe_key": f"{keys_of(key)}{closes_at.isoformat()}:{hours}",
                "recipient": f"p{key}@example.org", "subject": "Reminder", "text": "Dear you.\n" * 40,
                "html": "<p>Dear you.</p>" * 80, "created_at": now, "next_try_at": now, "sent_at": now,
            }
            for key in range(start, min(start + AT_ONCE, keys.stop))
        ]  # fmt: skip
        db.session.execute(sa.insert(OutboxMessage), rows)
        db.session.commit()


@contextmanager
def counted() -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def look(now: datetime) -> tuple[int, float, int]:
    """Letters written, seconds, statements."""
    db.session.remove()
    with counted() as said:
        began = time.perf_counter()
        letters = reminders.send_due_reminders(now)
        return letters, time.perf_counter() - began, len(said)


def measure(count: int, now: datetime) -> list[str]:
    people(count, now)
    first, last = max(BEFORE), min(BEFORE)
    closes_at = now + first
    db.session.execute(sa.update(Round).values(closes_at=closes_at))
    db.session.commit()
    reminded(range(WRITTEN + 1, count + 1), closes_at, first, now)
    rows = [("the portal writes those that are due", look(now)), ("all are reminded", look(now))]
    reminded(range(1, count + 1), closes_at, last, now)
    rows.append(("all are reminded of the last hours", look(closes_at - last)))
    by_itself = db.session.scalars(sa.select(Stream).order_by(Stream.id)).first()
    assert by_itself is not None
    by_itself.closes_at = closes_at + timedelta(days=1)
    db.session.commit()
    rows.append(("the same, one stream closes later than the round", look(closes_at - last)))
    heads = "| a look, when | letters | seconds | statements |\n| --- | ---: | ---: | ---: |"
    lines = [f"| {what} | {n:,} | {took:.2f} | {said} |" for what, (n, took, said) in rows]
    letters, seconds, _ = rows[0][1]
    return [
        f"**{count:,} drafts on {db.engine.dialect.name}**, {letters / seconds:,.0f} letters a second",
        "\n".join([heads, *lines]),
    ]


def run(count: int) -> list[str]:
    with tempfile.TemporaryDirectory() as name, fresh_database("reminders", Path(name)) as address:
        settings = Settings(
            mode=Mode.TEST, database_url=address, secret_key="a key of measurements only, long enough",
            base_url="https://portal.example.org", data_dir=Path(name),
        )  # fmt: skip
        signing.make_key(settings.data_dir)
        app = create_app(settings)
        with app.app_context():
            flask_migrate.upgrade()
            now = clock.now()
            load_reference(paths.SEEDS / "reference", now)
            tables = measure(count, now)
            db.session.remove()
            db.engine.dispose()
    return tables


def report_all(command: str, *, write: bool, count: int = 50_000) -> None:
    tables = [report.conditions(command, clock.now()), *run(count)]
    print("\n\n".join(tables))
    if write:
        report.write(PAGE, tables, "reminders")


def main() -> None:
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--people", type=int, default=50_000, help="who has not submitted")
    parser.add_argument("--write", action="store_true", help="put the figures into the page")
    given = parser.parse_args()
    report_all(COMMAND, write=given.write, count=given.people)


if __name__ == "__main__":
    main()
