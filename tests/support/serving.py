"""A real `portal serve` in a process of its own, and a browser that speaks to it."""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

PATIENCE = 300.0  # seconds, on a machine that is busy with much else


def answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port below those that systems hand out, so that no other connection gets it before the server does."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        if not answers(port):
            return port


def eventually(holds: Callable[[], object], what: str) -> None:
    """Wait until it holds. Raises AssertionError with `what` if it never does."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, what
        time.sleep(0.05)


@dataclass(frozen=True)
class Serving:
    """The server, what runs below it, and what they said."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def worker(self) -> int | None:
        """The process id of the job worker; None while there is none."""
        for pid in _below(self.process.pid):
            with suppress(OSError):
                if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    return pid
        return None

    def kill_worker(self) -> None:
        """kill -9 for the job worker, and wait for the one that comes in its place."""
        former = self.worker()
        assert former is not None, self.said()
        os.kill(former, signal.SIGKILL)
        eventually(lambda: self.worker() not in (None, former), "no other worker was started")

    def kill_all(self) -> None:
        """kill -9 for everything: the server first, so that it starts nothing again."""
        for pid in (self.process.pid, *_below(self.process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def said(self) -> str:
        return self.log.read_text()[-4000:]


def _below(pid: int) -> list[int]:
    found = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *_below(child)]
    return found


@contextmanager
def serving(environ: Mapping[str, str]) -> Iterator[Serving]:
    """`portal serve` with these settings, once it takes connections; stopped at the end, if it still runs."""
    port, log = free_port(), Path(environ["PORTAL_DATA_DIR"]) / "server.log"
    command = [sys.executable, "-m", "portal", "serve", "--port", str(port)]
    with log.open("ab") as words:
        process = subprocess.Popen(command, env=dict(environ), stdout=words, stderr=words)
    served = Serving(process, port, log)
    try:
        until = time.monotonic() + PATIENCE
        while not answers(port):
            assert process.poll() is None, served.said()
            assert time.monotonic() < until, f"the server does not come up: {served.said()}"
            time.sleep(0.05)
        yield served
    finally:
        process.terminate()
        process.wait(timeout=60)


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    text: str


@dataclass
class Browser:
    """Keeps its cookies and asks as somebody who came by https; no answer within `timeout` seconds is an error."""

    port: int
    host: str
    cookies: dict[str, str] = field(default_factory=dict)
    timeout: float = 60
    source: str = "127.0.0.1"  # which address of this machine it asks from

    def ask(self, path: str, form: Mapping[str, str] | None = None, **headers_too: str) -> Answer:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=self.timeout, source_address=(self.source, 0)
        )
        headers = {
            **{name.replace("_", "-"): value for name, value in headers_too.items()},
            "Host": self.host,
            "Referer": f"https://{self.host}/",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Connection": "close",
        }
        try:
            if form is None:
                connection.request("GET", path, headers=headers)
            else:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                connection.request("POST", path, urlencode(form), headers)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie", []):
                self.cookies.update({key: each.value for key, each in SimpleCookie(line).items()})
            return Answer(answer.status, answer.getheader("Location", ""), answer.read().decode())
        finally:
            connection.close()
