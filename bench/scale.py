"""How quick pages are with 10,000 applications: the pages that people open in a seeded portal, timed.

Every page is timed among all others, one after the other, round after round, so that a busy moment of the machine
meets them alike. The yardstick is a bare Flask page (one row by the same engine, one small template) in the same
process and the same run: figures of two machines compare by their ratio to it.
"""

import http.client
import io
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from bench.asks import BARE, Ask, asks
from bench.world import (
    SECRET,
    Who,
    World,
    bare_app,
    make_world,
    postgres_url,
    sqlite_url,
)
from portal.app import create_app
from portal.config import Settings
from portal.extensions import db, limiter
from portal.models import StreamApplication

WARM = 5


# -- timing ----------------------------------------------------------------------------------


@dataclass
class Figure:
    """What was measured of one kind of request. `ms` and `cpu_ms` hold one number for each timed request."""

    ask: Ask
    statements: int = 0
    size: int = 0  # bytes of the body
    ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return median(self.ms)

    @property
    def p95(self) -> float:
        return sorted(self.ms)[int(len(self.ms) * 0.95)]


@dataclass(frozen=True)
class Answer:
    """`size` in bytes; `ms` on the clock, `cpu_ms` computed in this process (None where another one answers)."""

    status: int
    size: int
    ms: float
    cpu_ms: float | None = None


Send = Callable[[Ask, str, bytes | None, Who], Answer]


def measure(world: World, send: Send, runs: int, statements: bool = True) -> list[Figure]:
    """All requests, `runs` times each in turn after some to warm up; Raises AssertionError for an unexpected answer."""
    figures = [Figure(ask) for ask in asks(world)]
    for number in range(-WARM, runs):
        for figure in figures:
            counting = statements and number == -1
            with _counted(world.app) if counting else _not_counted() as sent:
                answer = _once(world, figure.ask, send)
            wanted = (200,) if figure.ask.form is None else (200, 302, 303)
            assert answer.status in wanted, f"{figure.ask.label}: answered {answer.status}"
            figure.size = answer.size
            if counting:
                figure.statements = len(sent)
            if number >= 0:
                figure.ms.append(answer.ms)
                if answer.cpu_ms is not None:
                    figure.cpu_ms.append(answer.cpu_ms)
    return figures


def _once(world: World, ask: Ask, send: Send) -> Answer:
    path = ask.path if isinstance(ask.path, str) else ask.path()
    who = world.people[ask.who]
    body = None
    if ask.form is not None:
        body = urlencode(
            {**ask.form(), **({"csrf_token": who.token} if who.token else {})}
        ).encode()
    return send(ask, path, body, who)


@contextmanager
def _counted(app: Flask) -> Iterator[list[str]]:
    """The statements that a block sends, without those that only begin and end transactions."""
    sent: list[str] = []

    def note(_c: Any, _cu: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def _not_counted() -> Iterator[list[str]]:
    yield []


@contextmanager
def in_process(world: World) -> Iterator[Send]:
    """Calls the application without a server between: what is timed is the work of the portal alone."""
    with world.app.app_context():
        bare = bare_app(db.engine)

    def send(ask: Ask, path: str, body: bytes | None, who: Who) -> Answer:
        app = bare if ask.bare else world.app
        environ = _environ("/" if ask.bare else path, body, who)
        answered: list[str] = []

        def start(status: str, _headers: Any, _error: Any = None) -> Any:
            answered.append(status)

        began, computed = time.perf_counter(), time.thread_time()
        parts = app(environ, start)
        size = sum(len(part) for part in parts)
        close = getattr(parts, "close", None)
        if close:
            close()
        ms, cpu_ms = (time.perf_counter() - began) * 1000, (time.thread_time() - computed) * 1000
        return Answer(int(answered[0][:3]), size, ms, cpu_ms)

    yield send


def _environ(path: str, body: bytes | None, who: Who) -> dict[str, Any]:
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": "GET" if body is None else "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_COOKIE": who.cookie,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body or b""),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if body is not None:
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
    return environ


def served() -> DispatcherMiddleware:
    """What the measured gunicorn serves: the portal of the environment's settings, the bare page beside it."""
    app = create_app()
    limiter.enabled = False
    with app.app_context():
        bare = bare_app(db.engine)
        db.engine.dispose()
    return DispatcherMiddleware(app, {BARE: bare})


@contextmanager
def over_http(world: World) -> Iterator[Send]:
    """A real gunicorn on a free port, and one connection to it that is kept alive."""
    port = _free_port()
    with _gunicorn(world, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

        def send(ask: Ask, path: str, body: bytes | None, who: Who) -> Answer:
            headers = {"Cookie": who.cookie} if who.cookie else {}
            if body is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            method = "GET" if body is None else "POST"
            began = time.perf_counter()
            connection.request(method, f"{path}/" if ask.bare else path, body, headers)
            answer = connection.getresponse()
            size = len(answer.read())
            return Answer(answer.status, size, (time.perf_counter() - began) * 1000)

        yield send
        connection.close()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def _gunicorn(world: World, port: int) -> Iterator[None]:
    settings: Settings = world.app.extensions["settings"]
    environment = {
        **os.environ,
        "PORTAL_MODE": "demo",
        "PORTAL_DATABASE_URL": world.url,
        "PORTAL_SECRET_KEY": SECRET,
        "PORTAL_BASE_URL": f"http://127.0.0.1:{port}",
        "PORTAL_DATA_DIR": str(settings.data_dir),
    }
    command = [
        sys.executable, "-m", "gunicorn", "bench.scale:served()", "--bind", f"127.0.0.1:{port}",
        "--worker-class", "gthread", "--threads", "8", "--keep-alive", "30", "--log-level", "error",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=environment, cwd=Path(__file__).parent.parent)
    try:
        _wait_for(port, process)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("gunicorn did not start")
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("gunicorn did not answer within 30 seconds")


# -- the whole run ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """One database, measured without a server between and through gunicorn."""

    database: str
    world: World
    inside: list[Figure]
    outside: list[Figure]
    megabytes: float
    in_stream: int


def run(server: str | None, applicants: int, runs: int) -> Run:
    """Seed and measure on SQLite, or on a database of its own beside `server` (an address of PostgreSQL)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database: AbstractContextManager[str] = (
            postgres_url(server) if server else sqlite_url(folder)
        )
        with database as url:
            world = make_world(url, folder, applicants)
            try:
                return _run(world, runs)
            finally:
                with world.app.app_context():
                    db.engine.dispose()


def _run(world: World, runs: int) -> Run:
    with in_process(world) as send:
        inside = measure(world, send, runs)
    with over_http(world) as send:
        outside = measure(world, send, runs, statements=False)
    with world.app.app_context():
        name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[db.engine.dialect.name]
        in_stream = db.session.scalar(
            sa.select(sa.func.count()).where(
                StreamApplication.stream_id == world.stream_id,
                StreamApplication.submission_id.is_not(None),
            )
        )
        size = {
            "SQLite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            "PostgreSQL": "SELECT pg_database_size(current_database())",
        }
        stored = db.session.scalar(sa.text(size[name])) or 0
        db.session.remove()
    return Run(name, world, inside, outside, stored / 1e6, in_stream or 0)
