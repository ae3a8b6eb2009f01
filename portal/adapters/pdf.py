"""Whether a PDF is one that may be kept and read: judged in child processes of their own, with limits.

A file is whatever somebody chose to send. So it is never opened in a process that serves or holds a secret: a child
knows neither settings nor sockets, has a limit on everything, and is replaced after some files and any failure. The
children of one server process start when the first file comes and stay warm.
"""

import atexit
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-P", "-m", "portal.adapters.pdf_check")
CHILDREN = 2  # of one server process: one may be busy with a bomb
FILES_EACH = 200  # then a child is replaced, whatever it has gathered
LONGEST_CHECK = 10  # seconds of the clock for one file
LONGEST_START = 20  # seconds for a child to be ready
PATIENCE = 25.0  # seconds to wait for a free child

TOO_LONG = "It takes too long to read: it is more tangled inside than a document needs to be."
TANGLED = "It cannot be read: it is more tangled inside than a document needs to be."
BUSY = "Too many files are being checked at the moment."
INTERRUPTED = "The check of it was interrupted."


@dataclass(frozen=True)
class Fit:
    pages: int


@dataclass(frozen=True)
class Unfit:
    """`reason` is a sentence for the applicant. `passing`: the check could not be made, trying again helps."""

    reason: str
    passing: bool = False


class PdfChecker:
    """Children that judge one file at a time each. Safe to share between threads, and to inherit by a fork."""

    def __init__(
        self, children: int = CHILDREN, seconds: int = LONGEST_CHECK, patience: float = PATIENCE
    ) -> None:
        self._children, self._seconds, self._patience = children, seconds, patience
        self._begin()
        os.register_at_fork(after_in_child=self._begin)
        atexit.register(self.close)

    def _begin(self) -> None:
        """Start with no children: after a fork the ones we know are our parent's, and it ends them."""
        self._free = threading.Semaphore(self._children)
        self._lock = threading.Lock()
        self._idle: list[_Child] = []

    def check(self, path: Path) -> Fit | Unfit:
        """Judge the file at `path`: never raises for what is in it, and answers within the limits above."""
        if not self._free.acquire(timeout=self._patience):
            return Unfit(BUSY, passing=True)
        try:
            return self._asked(path)
        finally:
            self._free.release()

    def _asked(self, path: Path) -> Fit | Unfit:
        try:
            child = self._waiting() or _Child(self._seconds)
        except OSError:
            return Unfit(BUSY, passing=True)
        verdict = child.judge(path)
        if child.is_worn():
            child.end()
        else:
            with self._lock:
                self._idle.append(child)
        return verdict

    def _waiting(self) -> "_Child | None":
        with self._lock:
            child = self._idle.pop() if self._idle else None
        if child is None or child.is_alive():
            return child
        child.end()
        return None

    def close(self) -> None:
        """End the children that wait for work."""
        with self._lock:
            children, self._idle = self._idle, []
        for child in children:
            child.end()


class _Child:
    """One child process. Raises OSError where none can be started."""

    def __init__(self, seconds: int) -> None:
        self.seconds, self.files, self.failed = seconds, 0, False
        self.process = subprocess.Popen(  # noqa: S603  (our own module, and a number)
            [*COMMAND, str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},  # and none of our secrets
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the server
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._pipe_in, self._pipe_out = self.process.stdin.fileno(), self.process.stdout.fileno()
        self._spent_before = 0.0
        if "ready" not in self._next_answer(time.monotonic() + LONGEST_START):
            self.end()
            raise OSError("the child process does not start")

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def is_worn(self) -> bool:
        return self.failed or self.files >= FILES_EACH or not self.is_alive()

    def judge(self, path: Path) -> Fit | Unfit:
        self.files += 1
        self._spent_before = _processor_seconds(self.process.pid) or 0.0
        deadline = time.monotonic() + self.seconds
        answer: dict[str, Any] = {}
        with contextlib.suppress(OSError):  # it may have died a moment ago
            os.write(self._pipe_in, json.dumps(str(path.resolve())).encode() + b"\n")
            answer = self._next_answer(deadline)
        if "pages" in answer:
            return Fit(int(answer["pages"]))
        if "reason" in answer:
            return Unfit(str(answer["reason"]))
        self.failed = True
        return self._stopped() if time.monotonic() >= deadline else self._died()

    def _next_answer(self, deadline: float) -> dict[str, Any]:
        """The next line of the child; {} when it died or the deadline (of the monotonic clock) passed."""
        line = b""
        poll = select.poll()
        poll.register(self._pipe_out, select.POLLIN)
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                return {}
            piece = os.read(self._pipe_out, 4096)
            if not piece:
                return {}
            line += piece
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _stopped(self) -> Unfit:
        """Too slow. A child that was hardly given the processor says more about this machine than about the file."""
        spent = _processor_seconds(self.process.pid)
        starved = spent is not None and spent - self._spent_before < self.seconds / 2
        return Unfit(BUSY, passing=True) if starved else Unfit(TOO_LONG)

    def _died(self) -> Unfit:
        """Why: the system ends it for the time it takes; Python ends by itself; all else comes from outside."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=1)
        if self.process.returncode in (-signal.SIGXCPU, -signal.SIGALRM):
            return Unfit(TOO_LONG)
        if self.process.returncode in (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, None):
            return Unfit(INTERRUPTED, passing=True)
        return Unfit(TANGLED)

    def end(self) -> None:
        """End it, whatever it is doing. Nothing is left behind."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


def _processor_seconds(pid: int) -> float | None:
    """What a process has used of the processor; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
