"""Two hundred kills: who submits and who sends the mail die at once, at moments of chance, and no letter is lost.

    .venv/bin/python -m bench.mail [--kills 200] [--write]

Each life forks two processes from this one: one in which people submit, one after the other, with now and then a change
that is undone; and one that sends what the outbox holds to a mail server. Both get kill -9 within a second. What
the mail server took is compared with what was acknowledged and what the database holds. PORTAL_TEST_DATABASE_URL, an
address of a PostgreSQL server, tries it there instead of on SQLite.
"""

import argparse
import os
import random
import signal
import smtplib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from aiosmtpd.controller import Controller
from flask import Flask

from bench import report
from bench.storm import servers, world
from portal import clock, paths, tasks
from portal.adapters import letters
from portal.app import create_app
from portal.config import Settings
from portal.extensions import db
from portal.models import OutboxMessage, Round, Submission
from portal.services import outbox, submissions
from portal.services.applications import Mail
from portal.services.submissions import Receipt
from portal.services.work import writing
from tests.support.databases import fresh_database

PAGE = paths.CHECKOUT / "docs" / "performance.md"
COMMAND = "python -m bench.mail"
BACKLOG = (
    80  # letters that wait at the beginning of each life, so that a kill meets a sender at work
)
EACH_LIFE = 3  # people who may submit in one life
LONGEST_LIFE = 0.8  # seconds
LETTERHEAD = Mail("Programme", "https://portal.example.org", "help@example.org")
NONE = "**0**"
UNDONE = "undone@example.org"


class _Undo(Exception):
    """The change is not to be."""


@dataclass
class Account:
    """What is known of all lives so far."""

    lives: int = 0
    at_work: int = 0  # kills that met a sender with letters before it
    acknowledged: list[str] = field(default_factory=list)
    unmarked: list[int] = field(default_factory=list)  # of each life: letters taken, not marked
    read: int = 0  # how far the mail server's notes were read


def run(kills: int, seed: int) -> dict[str, str]:
    """What became of the mail, by what is counted. About a second a kill."""
    folder_of_all = tempfile.TemporaryDirectory()
    with folder_of_all as name, fresh_database("mail_bench", Path(name)) as address:
        folder = Path(name)
        port, taken = servers.free_port(), folder / "taken"
        taken.touch()
        environ = {
            **servers.environ(folder, None, port), "PORTAL_DATABASE_URL": address, "PORTAL_WORKERS": "1",
            "PORTAL_REDIS_URL": "",
        }  # fmt: skip
        (folder / "data").mkdir(mode=0o700)
        with forked(lambda: _mail_server(port, taken)):
            servers.wait_for(port)
            world.make(environ, world.Plan(people=kills * EACH_LIFE + 1, stragglers=0), folder)
            app = create_app(Settings.from_environ(environ))
            with app.app_context():
                account = _lives(app, kills, folder, port, random.Random(seed))
                _drain(app)
                return _verdict(account, _read(taken))


def _lives(app: Flask, kills: int, folder: Path, port: int, rng: random.Random) -> Account:
    people = [person.user_id for person in world.load(folder)]
    round_id = db.session.scalars(sa.select(Round.id)).one()
    account = Account()
    _submit(people.pop(), round_id)  # what is compiled once a process is compiled before the forks
    tasks.deliver(app.extensions["settings"])
    for life in range(kills):
        _fill_up(life)
        theirs = people[life * EACH_LIFE : (life + 1) * EACH_LIFE]
        db.session.remove()
        db.engine.dispose()  # no two processes share a connection
        read, write = os.pipe()
        with (
            forked(lambda theirs=theirs, write=write: _write(theirs, round_id, write)),
            forked(lambda: _send(app)),
        ):
            os.close(write)
            time.sleep(rng.uniform(0.0, LONGEST_LIFE))
        with os.fdopen(read) as told:  # whole lines: what an applicant would have read
            account.acknowledged += [each for each in told.read().split("\n")[:-1] if each]
        _let_settle(port)
        _note(account, _read(folder / "taken"))
    return account


@contextmanager
def forked(work: Callable[[], object]) -> Iterator[int]:
    """`work` in a process of its own, which gets kill -9 at the end of the block."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            sys.stderr.write(f"{error!r}\n")
        finally:
            os._exit(0)
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


# -- what the processes do -------------------------------------------------------------------


def _mail_server(port: int, taken: Path) -> None:
    """Note what is taken, a line each, before saying so."""
    note = taken.open("a", buffering=1)

    class Handler:
        async def handle_DATA(  # noqa: N802  (aiosmtpd calls it so)
            self, _server: Any, _session: Any, envelope: Any
        ) -> str:
            message = message_from_bytes(envelope.content)
            for recipient in envelope.rcpt_tos:
                note.write(f"{recipient} {message['Message-ID']}\n")
            return "250 taken"

    Controller(Handler(), hostname="127.0.0.1", port=port).start()
    signal.pause()


def _write(people: list[int], round_id: int, told: int) -> None:
    for user_id in people:
        with suppress(_Undo), writing() as session:
            letter = letters.Letter("Never", "Dear nobody.\n")
            outbox.put(session, "note", letter, at=clock.now(), recipient=UNDONE)
            session.flush()
            raise _Undo
        if number := _submit(user_id, round_id):
            os.write(told, f"{number}\n".encode())
    time.sleep(60)


def _submit(user_id: int, round_id: int) -> str:
    """The number that the applicant is told."""
    now = clock.now()
    answer = submissions.submit(
        user_id, round_id, "key-of-a-press", LETTERHEAD, received_at=now, recorded_at=now
    )
    return answer.number if isinstance(answer, Receipt) else ""


def _send(app: Flask) -> None:
    while True:
        tasks.deliver(app.extensions["settings"])
        time.sleep(0.01)


# -- between two lives -----------------------------------------------------------------------


def _fill_up(life: int) -> None:
    """End the leases, as a quarter of an hour does, and let letters wait that receipts overtake."""
    with writing() as session:
        waiting = OutboxMessage.sent_at.is_(None)
        session.execute(
            sa.update(OutboxMessage).where(waiting).values(next_try_at=OutboxMessage.created_at)
        )
        count = session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage).where(waiting))
        letter = letters.Letter("Hello", "Dear you.\n")
        for n in range(BACKLOG - (count or 0)):
            outbox.put(
                session, "draft_reminder", letter, at=clock.now(), recipient=f"r{life}-{n}@example.org",
                once=f"reminder:{life}:{n}",
            )  # fmt: skip


def _let_settle(port: int) -> None:
    """Until the mail server has noted what a dead sender had handed over: it answers in the order of what comes."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as asked:
        for _ in range(3):
            asked.noop()


def _note(account: Account, taken: list[tuple[str, str]]) -> None:
    unsent = set(
        db.session.scalars(
            sa.select(OutboxMessage.message_id).where(OutboxMessage.sent_at.is_(None))
        )
    )
    account.lives += 1
    account.at_work += bool(unsent)
    account.unmarked.append(sum(message_id in unsent for _, message_id in taken[account.read :]))
    account.read = len(taken)


def _drain(app: Flask) -> None:
    """What is left, by a sender that nobody kills."""
    with writing() as session:
        session.execute(sa.update(OutboxMessage).values(next_try_at=OutboxMessage.created_at))
    tasks.deliver(app.extensions["settings"])


def _read(taken: Path) -> list[tuple[str, str]]:
    found = []
    for line in taken.read_text().splitlines():
        recipient, _, message_id = line.partition(" ")
        found.append((recipient, message_id))
    return found


# -- the verdict -----------------------------------------------------------------------------


def _verdict(account: Account, taken: list[tuple[str, str]]) -> dict[str, str]:
    db.session.remove()
    rows = {row.message_id: row for row in db.session.scalars(sa.select(OutboxMessage))}
    numbers = set(db.session.scalars(sa.select(Submission.number)))
    receipts = {
        (row.dedupe_key or "").removeprefix("receipt:")
        for row in rows.values()
        if row.kind == "receipt"
    }
    times = Counter(message_id for _, message_id in taken)
    copies = sum(times.values()) - len(times)
    lost = (
        len(set(account.acknowledged) - numbers)
        + len(numbers - receipts)
        + sum(message_id not in times for message_id in rows)
    )
    phantom = len(receipts - numbers) + sum(
        rows.get(message_id) is None
        or recipient in (UNDONE, "")
        or rows[message_id].recipient != recipient
        for recipient, message_id in taken
    )
    return {
        "kills": f"{account.lives:,}, {account.at_work:,} of them with letters waiting",
        "letters": f"{len(rows):,}, {len(numbers):,} of them receipts; {len(account.acknowledged):,} were acknowledged",
        "lost": f"**{lost}**",
        "phantom": f"**{phantom}**",
        "taken twice": f"{copies}, each with the Message-ID of the first",
        "taken and not marked, most in one kill": f"**{max(account.unmarked)}**",
        "copies beyond one a kill": f"**{max(0, copies - sum(account.unmarked))}**",
    }


def report_all(command: str, *, write: bool, kills: int = 200, seed: int = 1) -> bool:
    """Try it, print and perhaps write the figures; whether nothing was lost or doubled that should not."""
    began = time.monotonic()
    found = run(kills, seed)
    found["seconds"] = f"{time.monotonic() - began:.0f}"
    lines = [f"| {what} | {value} |" for what, value in found.items()]
    tables = [
        report.conditions(command, clock.now()),
        "\n".join(["| what | |", "| --- | ---: |", *lines]),
    ]
    print("\n\n".join(tables))
    if write:
        report.write(PAGE, tables, "mail")
    return all(found[what] == NONE for what in ("lost", "phantom", "copies beyond one a kill"))


def main() -> None:
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument(
        "--seed", type=int, default=1, help="of the moments at which they are killed"
    )
    parser.add_argument("--write", action="store_true", help="put the figures into the page")
    given = parser.parse_args()
    kept = report_all(COMMAND, write=given.write, kills=given.kills, seed=given.seed)
    sys.exit(not kept)


if __name__ == "__main__":
    main()
