"""The number of the request being served, for logs and the audit log; empty outside one."""

import re
import secrets
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")


_FOREIGN = re.compile(r"[^A-Za-z0-9._:-]")


def set_request_id(number: str) -> None:
    """The number that came with a request, without what could forge a line of a log; one of our own if none is left."""
    _current.set(_FOREIGN.sub("", number)[:40] or secrets.token_hex(8))


def request_id() -> str:
    return _current.get()
