"""Requests as nobody sends them by hand: every form and address of the pages, with odd things in their places.

What is drawn, Hypothesis decides, among others from what `oddities` lists.
"""

import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes

from flask import Flask
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.access.asking import token_for, undone
from tests.access.conftest import World
from tests.support.oddities import (
    BODIES,
    ESCAPES,
    HEADERS,
    INSTANTS,
    LONG,
    NAMES,
    NUMBERS,
    TEXTS,
)
from tests.support.recorded import Sent, browser_of

odd = st.one_of(
    st.sampled_from(NUMBERS),
    st.sampled_from(INSTANTS),
    st.sampled_from(TEXTS),
    st.sampled_from(TEXTS),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=20),
    st.integers().map(lambda number: str(number).encode()),
)
# Rare, because they take longest: about one value in twenty.
odd = st.one_of(*[odd] * 19, st.sampled_from(LONG))


@dataclass(frozen=True)
class Odd:
    """A request as it goes out: an address that is encoded already, and the bytes of its body."""

    sent: Sent
    target: str
    body: bytes
    mimetype: str = "application/x-www-form-urlencoded"
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        long = self.body if len(self.body) < 600 else self.body[:600] + b"..."
        return f"{self.sent.person}: {self.sent.method} {self.target[:300]} {self.mimetype} {long!r} {self.headers}"


def query_names(folder: Path) -> list[str]:
    """The names that the pages ask an address for, read out of their source."""
    asked = re.compile(r"args\.get(?:list)?\(\s*\"(\w+)\"")
    return sorted(
        {name for each in folder.rglob("*.py") for name in asked.findall(each.read_text())}
    )


@st.composite
def requests(draw: st.DrawFn, shown: list[Sent], names: list[str]) -> Odd:
    """One of the requests that pages offer, with one to four odd things in it."""
    sent = draw(st.sampled_from(shown))
    pairs = [(name, value.encode()) for name, value in sent.fields]
    path, query, body, kind = sent.address, "", None, "application/x-www-form-urlencoded"
    path, _, query = path.partition("?")
    for _ in range(draw(st.integers(1, 4))):
        where = draw(st.integers(0, 29))
        if where == 0:
            path = draw(_path(path))
        elif where == 1 and sent.method != "GET":
            kind, body = draw(st.sampled_from(BODIES))
        elif where < 4 or sent.method == "GET":
            query += "&" + draw(_query(names))
        else:
            draw(_change(pairs))
    target = path + (f"?{query.strip('&')}" if query else "")
    encoded = b"&".join(
        _encoded(name.encode("utf-8", "surrogatepass")) + b"=" + _encoded(value)
        for name, value in pairs
    )
    return Odd(
        sent, target, encoded if body is None else body, kind, draw(st.sampled_from(HEADERS))
    )


def _encoded(value: bytes) -> bytes:
    return quote_from_bytes(value, safe="").encode()


@st.composite
def _change(draw: st.DrawFn, pairs: list[tuple[str, bytes]]) -> None:
    """One field with another value, another name, twice, or missing; or one that nobody asked for."""
    how = draw(st.integers(0, 9)) if pairs else 9
    at = draw(st.integers(0, max(0, len(pairs) - 1)))
    if how < 6:
        pairs[at] = (pairs[at][0], draw(odd))
    elif how == 6:
        del pairs[at]
    elif how == 7:
        pairs.append((pairs[at][0], draw(odd)))
    elif how == 8:
        digits = draw(st.sampled_from(["\u00b2", "9" * 30, "0", "-1", "\u0664", "99999"]))
        pairs[at] = (re.sub(r"\d+", digits, pairs[at][0]), pairs[at][1])
    else:
        pairs.append((draw(st.sampled_from(NAMES)), draw(odd)))


@st.composite
def _query(draw: st.DrawFn, names: list[str]) -> str:
    name = draw(st.sampled_from(names))
    if draw(st.integers(0, 5)) == 0:
        return f"{name}={draw(st.sampled_from(ESCAPES))}"
    value = draw(odd)
    return f"{name}={quote_from_bytes(value[:20_000], safe='')}"


@st.composite
def _path(draw: st.DrawFn, path: str) -> str:
    """One part of the address is another one."""
    parts = path.split("/")
    at = draw(st.integers(1, len(parts) - 1))
    value = draw(st.one_of(odd, st.sampled_from(ESCAPES).map(str.encode)))
    parts[at] = quote(value[:3000], safe="%")
    return "/".join(parts)


def answer_to(app: Flask, world: World, odd_one: Odd) -> TestResponse:
    """What the portal says; what the view raises is raised. The world is the same afterwards."""
    client = browser_of(app, world, odd_one.sent.person)
    more: dict[str, Any] = {"headers": dict(odd_one.headers)}
    if odd_one.sent.method != "GET":
        more["headers"].setdefault("X-CSRFToken", token_for(app, client))
        more |= {"data": odd_one.body, "content_type": odd_one.mimetype}
    raw = odd_one.target if odd_one.target.startswith("/") else "/"
    with undone(app):
        path, _, query = raw.partition("?")
        # As a server hands it over: the path decoded, as latin-1; the query as it came.
        told = {"PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "QUERY_STRING": query}
        response = client.open("/", method=odd_one.sent.method, environ_overrides=told, **more)
        response.get_data()
        response.close()
        return response


def outcome_of(app: Flask, world: World, asked: Odd) -> tuple[str, str]:
    """What is wrong with the answer ("" where nothing is), and its status; an exception is a 500 to the person."""
    try:
        answer = answer_to(app, world, asked)
    except Exception as error:
        raised = traceback.extract_tb(error.__traceback__)
        ours = [each for each in raised if "portal" in Path(each.filename).parts] or list(raised)
        at = ours[-1]
        what = f"{type(error).__name__}: {str(error)[:200]} ({Path(at.filename).name}:{at.lineno})"
        return what, "500"
    broken = answer.status_code >= 500
    return f"status {answer.status_code}" if broken else "", str(answer.status_code)


@contextmanager
def replaced(app: Flask, endpoint: str, view: Callable[..., Any]) -> Iterator[None]:
    """Another view in the place of an endpoint's own: for controls."""
    kept = app.view_functions[endpoint]
    app.view_functions[endpoint] = view
    try:
        yield
    finally:
        app.view_functions[endpoint] = kept
