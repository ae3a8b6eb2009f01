"""What reaches a view of an address or a form: no character and no number that a database cannot hold, and no more
bytes than it has a use for."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeVar, cast

from flask import Flask, Request, abort, current_app, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.routing import IntegerConverter, Map

from portal import clock
from portal.domain.files import MEGABYTE

LARGEST_ID = 2**31 - 1
FILES_AT_ONCE = 5  # as many files of the largest size as one form may carry
IN_MEMORY = 500_000  # bytes of a file; a larger one waits on the disk

ARRIVAL = re.compile(r"(\d{1,10}\.\d{3}) (\d{1,6}\.\d{3})")  # nginx: $msec $request_time
LONGEST_WAY = timedelta(hours=1)

View = TypeVar("View", bound=Callable[..., Any])


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


class CappedFile:
    """A file of a form as far as it is wanted: what is over `most` bytes is read off the line and dropped.

    So the rest of a form arrives although one file in it is too large. A disk that is full shows when it is read.
    """

    def __init__(self, most: int) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        self._room = most
        self._failure: OSError | None = None

    def write(self, data: bytes) -> int:
        kept = data[: self._room]
        self._room -= len(kept)
        try:
            if kept and self._failure is None:
                self._file.write(kept)
        except OSError as failure:
            self._failure = failure
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """Raises the OSError that kept the file from being written."""
        if self._failure is not None:
            raise self._failure
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0 if self._failure else self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()


class PortalRequest(Request):
    """`received_at` is the instant this request arrived: before its body is read, however slowly that comes.

    Where a proxy collects the request first, it arrived there, when the proxy says in `arrival_header`: so neither a
    slow line nor a queue before the portal makes anybody late.
    """

    parameter_storage_class = _Texts
    arrival_header = ""
    # No form of ours comes as JSON: read as one it would bring numbers, lists and depths that no field can hold.
    is_json = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        now = clock.now()
        super().__init__(*args, **kwargs)
        self._files_of_form: list[CappedFile] = []
        told = self.headers.get(self.arrival_header, "") if self.arrival_header else ""
        self.received_at = _arrival(told, now)

    def _get_file_stream(self, *_described: Any, **_more: Any) -> IO[bytes]:
        """Where a file of a form goes: one byte more than is allowed is enough to tell that it is too large."""
        file = CappedFile(_largest_file() + 1)
        self._files_of_form.append(file)
        return cast("IO[bytes]", file)

    def close(self) -> None:
        """Also what a form that broke off had brought so far."""
        super().close()
        for file in self._files_of_form:
            file.close()


class _Id(IntegerConverter):
    """`<int:...>` in a rule: an address with a larger number leads nowhere, on both databases."""

    def __init__(self, rules: Map, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max", LARGEST_ID)
        super().__init__(rules, *args, **kwargs)


def _arrival(told: str, now: datetime) -> datetime:
    """What a proxy says: the time by its clock and for how long it has had the request, both in seconds.

    Such as "1795260000.120 12.345". What is no such thing, in the future or older than an hour is not believed.
    """
    match = ARRIVAL.fullmatch(told)
    if match is None:
        return now
    at = datetime.fromtimestamp(0, UTC) + timedelta(seconds=float(match[1]) - float(match[2]))
    return at if now - LONGEST_WAY <= at <= now else now


def takes_files(view: View) -> View:
    """Declare that a view's form carries files: other requests are refused from a size that no text has."""
    view.__portal_takes_files__ = True  # type: ignore[attr-defined]
    return view


def _largest_file() -> int:
    return int(current_app.extensions["settings"].max_file_mb) * MEGABYTE


def init_requests(app: Flask, arrival_header: str = "") -> None:
    """Call it before any route is registered. `arrival_header` is believed, so a proxy in front must set it."""
    app.request_class = type("Request", (PortalRequest,), {"arrival_header": arrival_header})
    app.url_map.converters["int"] = _Id

    @app.before_request
    def refuse_impossible_address() -> None:
        if "\x00" in request.path:
            abort(404)

    @app.before_request
    def make_room_for_files() -> None:
        # Before anything reads the form: the check of its token already does.
        view = current_app.view_functions.get(request.endpoint or "")
        if hasattr(view, "__portal_takes_files__") and request.mimetype == "multipart/form-data":
            text = current_app.config["MAX_CONTENT_LENGTH"]
            request.max_content_length = text + FILES_AT_ONCE * _largest_file()
