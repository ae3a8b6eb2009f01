"""`portal` as it runs in production, in processes of its own, beside a mail server whose mood a test sets."""

import asyncio
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import IO, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from portal.cli import cli
from portal.extensions import db
from tests.support.serving import free_port


class Post:
    """A mail server that answers as its `mood` says, and remembers what it took: (recipient, Message-ID)."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []
        self.mood: str = "takes"
        self.asked = threading.Event()
        self.wake = threading.Event()
        self.on_taken: Callable[[], None] = lambda: None

    async def handle_DATA(  # the name aiosmtpd asks for
        self, server: SMTP, _session: Any, envelope: Any
    ) -> str:
        self.asked.set()
        if self.mood == "sleeps":
            while not self.wake.is_set():
                await asyncio.sleep(0.02)
        if self.mood == "refuses":
            return "451 not now"
        if self.mood == "drops":
            assert server.transport is not None
            server.transport.abort()
            return "451 nobody hears this"
        message = message_from_bytes(envelope.content)
        self.received += [(to, message["Message-ID"]) for to in envelope.rcpt_tos]
        self.on_taken()
        await asyncio.sleep(0.002)  # so that two senders meet
        return "250 taken"


@dataclass
class Production:
    """Where a portal of the test's own keeps its things, and what it is told."""

    post: Post
    environ: dict[str, str]

    def start(self, *arguments: str) -> "Forked":
        """`portal ARGUMENTS` in a process of its own, forked from this one: an interpreter takes seconds to start."""

        def run() -> None:
            os.environ.clear()
            os.environ.update(self.environ)
            cli(list(arguments), standalone_mode=False)

        return forked(run)

    def deliver(self) -> str:
        """One worker, to its end; what it says of itself."""
        words, status = self.start("worker", "--once").end()
        assert status == 0, words
        return words


@dataclass
class Forked:
    """A process that was forked from the tests, and what it says."""

    pid: int
    words: IO[str]

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def end(self) -> tuple[str, int]:
        """What it said, once it has ended, and its status: negative for the signal that ended it."""
        with self.words:
            said = self.words.read()
        return said, os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def forked(work: Callable[[], None]) -> Forked:
    """Do `work` in a process of its own. It inherits no connection to the database."""
    db.session.remove()
    db.engine.dispose()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(read)
            sys.stdout = sys.stderr = os.fdopen(write, "w")
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)
    os.close(write)
    return Forked(child, os.fdopen(read))


def bare_environ() -> dict[str, str]:
    """What a portal in a process of its own is started with, before its settings.

    It may keep compiled modules, even where this process may not: starting it takes a third of the time then.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PORTAL_") and name != "PYTHONDONTWRITEBYTECODE"
    }


@contextmanager
def production(folder: Path, database_url: str) -> Iterator[Production]:
    """The settings of a portal with one web worker, and its mail server."""
    post, port = Post(), free_port()
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    given = {
        "PORTAL_SECRET_KEY": "c2f1f7a09be14f06a1d5f07a9d7e3b64c7f0",
        "PORTAL_BASE_URL": "https://portal.example.org",
        "PORTAL_DATA_DIR": str(folder / "data"),
        "PORTAL_DATABASE_URL": database_url,
        "PORTAL_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "PORTAL_MAIL_FROM": "portal@example.org",
        "PORTAL_CONTACT_ADDRESS": "help@example.org",
        "PORTAL_WORKERS": "1",
    }
    (folder / "data").mkdir(mode=0o700, exist_ok=True)
    try:
        yield Production(post, {**bare_environ(), **given})
    finally:
        post.wake.set()
        controller.stop()
