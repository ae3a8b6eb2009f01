"""What reaches a view of an address or a form: no character and no number that a database cannot hold."""

from collections.abc import Iterable
from typing import Any

from flask import Flask, Request, abort, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.routing import IntegerConverter, Map

from portal import clock

LARGEST_ID = 2**31 - 1


class _Texts(ImmutableMultiDict[str, str]):
    """Values as sent, without NUL: PostgreSQL takes none, and nobody types one."""

    def __init__(self, mapping: Any = None) -> None:
        if isinstance(mapping, MultiDict):
            mapping = list(mapping.items(multi=True))
        elif hasattr(mapping, "items"):
            mapping = list(mapping.items())
        pairs: Iterable[tuple[str, Any]] = mapping or ()
        super().__init__([(name, _without_nul(value)) for name, value in pairs])


def _without_nul(value: Any) -> Any:
    return value.replace("\x00", "") if isinstance(value, str) else value


class PortalRequest(Request):
    """`received_at` is the instant this request arrived: before its body is read, however slowly that comes."""

    parameter_storage_class = _Texts

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.received_at = clock.now()
        super().__init__(*args, **kwargs)


class _Id(IntegerConverter):
    """`<int:...>` in a rule: an address with a larger number leads nowhere, on both databases."""

    def __init__(self, rules: Map, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max", LARGEST_ID)
        super().__init__(rules, *args, **kwargs)


def init_requests(app: Flask) -> None:
    """Call it before any route is registered."""
    app.request_class = PortalRequest
    app.url_map.converters["int"] = _Id

    @app.before_request
    def refuse_impossible_address() -> None:
        if "\x00" in request.path:
            abort(404)
