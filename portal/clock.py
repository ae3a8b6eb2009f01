"""The one source of "now": aware UTC. Rules never call it; the web and the commands do, and pass it down."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _system() -> datetime:
    return datetime.now(UTC)


_read: Callable[[], datetime] = _system


def now() -> datetime:
    """The present instant in UTC, to the microsecond."""
    return _read()


@contextmanager
def set_to(instant: datetime) -> Iterator[None]:
    """Hold the clock at `instant` (aware) for the length of a block. For tests."""
    global _read
    if instant.tzinfo is None:
        raise ValueError("the clock takes aware instants only")
    before, _read = _read, lambda: instant.astimezone(UTC)
    try:
        yield
    finally:
        _read = before
