"""The number of the request being served, for logs and the audit log; empty outside one."""

from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")


def set_request_id(number: str) -> None:
    _current.set(number)


def request_id() -> str:
    return _current.get()
