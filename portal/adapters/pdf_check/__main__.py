"""The child process: a path on each line of its input, a verdict on each line of its output.

It limits itself before it reads anything: memory, time, files, no new privileges, and where the system lets it, no
network. An alarm ends it when a file takes too long, even if whoever asked is gone; it ends by itself when its input
closes, which is what happens when its parent dies, however that dies.
"""

import contextlib
import ctypes
import json
import logging
import os
import resource
import signal
import sys
from pathlib import Path

from portal.adapters.pdf_check.judge import judge
from portal.adapters.pdf_check.refusal import Unacceptable

MEMORY = 512 * 1024 * 1024  # bytes of address space
OPEN_FILES = 16
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000  # of unshare(2)
NO_NEW_PRIVILEGES = 38  # of prctl(2)


def main(seconds: int) -> None:
    """Judge files until the input ends. `seconds` of processor time, and of the clock a little more, for each."""
    _limit()
    logging.disable(logging.CRITICAL)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        _start_clock(seconds)
        answer = _answer(Path(json.loads(line)))
        signal.alarm(0)
        print(json.dumps(answer), file=answers, flush=True)


def _answer(path: Path) -> dict[str, object]:
    try:
        return {"pages": judge(path.read_bytes())}
    except Unacceptable as refusal:
        return {"reason": refusal.reason}


def _limit() -> None:
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        resource.setrlimit(kind, (most, most))
    with contextlib.suppress(OSError, AttributeError):  # not Linux: the other limits hold
        system = ctypes.CDLL(None)
        system.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        system.unshare(NEW_USER | NEW_NETWORK)


def _start_clock(seconds: int) -> None:
    """The system ends this process when a file takes longer; no code of ours has to run for it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, hard))
    signal.alarm(seconds + 2)


if __name__ == "__main__":
    main(int(sys.argv[1]))
