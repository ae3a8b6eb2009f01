"""Hashing passwords, a few at once: it costs a core for some 30 ms and 19 MiB each, and a flood of sign-ins must leave
threads for everybody else. Whoever finds the queue full hears so at once instead of holding a thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.exceptions import ServiceUnavailable

LONGEST_WAIT = 3.0  # seconds for a turn
COME_BACK_IN = 5  # seconds


class Busy(ServiceUnavailable):
    """No room to hash: answered as 503 with `Retry-After`, and nothing was decided or changed."""

    def __init__(self) -> None:
        super().__init__(retry_after=COME_BACK_IN)


class FewAtOnce:
    """The library's password hashes behind a gate: at most `at_once` are computed in this process, and `waiting`
    more wait for their turn. What is no hash goes past the gate."""

    def __init__(self, context: Any, *, at_once: int, waiting: int) -> None:
        self._context = context
        self._turns = threading.BoundedSemaphore(at_once)
        self._room = at_once + waiting
        self._inside = 0
        self._door = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def hash(self, *args: Any, **kwargs: Any) -> Any:
        with self.turn():
            return self._context.hash(*args, **kwargs)

    def verify(self, *args: Any, **kwargs: Any) -> Any:
        with self.turn():
            return self._context.verify(*args, **kwargs)

    def refuse_if_full(self) -> None:
        """For whoever is about to write something before a hash: raises `Busy` as the hash would."""
        if self._inside >= self._room:
            raise Busy

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place among those that wait. Raises `Busy` if there is none."""
        with self._door:
            self.refuse_if_full()
            self._inside += 1
        try:
            yield
        finally:
            with self._door:
                self._inside -= 1

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Raises `Busy` if too many wait already, or if no turn comes in time."""
        with self.place():
            if not self._turns.acquire(timeout=LONGEST_WAIT):
                raise Busy
            try:
                yield
            finally:
                self._turns.release()


def room_to_wait(threads: int, at_once: int) -> int:
    """How many may wait of a process's threads, so that a quarter of them (two, if there are as many) stays free."""
    kept_free = max(2, threads // 4)
    return max(0, threads - kept_free - at_once)
