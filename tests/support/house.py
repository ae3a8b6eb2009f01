"""The house rules of a page, checked on every page that any test fetches."""

import contextvars
import re
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import html5lib
import sqlalchemy as sa
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.extensions import db

# Forms that send text by POST and change nothing, on pages that set no cookie and so can hold no token.
READ_ONLY_FORMS = {"/find"}
# Pages behind a link that is a secret: whoever has it may write, and there is no session to misuse.
BEHIND_A_LINK = ("/reference/", "/unsubscribe/")
HEADERS = {
    "Content-Security-Policy": "default-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "",
}
HEADERS_BEHIND_A_LINK = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
# What every policy of ours forbids, besides what is inline.
FORBIDS = ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'")
LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "form": "action"}
LOADING_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}

# Saves by itself answer with a part of the page, whoever asks: no form leads a person there.
ALWAYS_A_PART = re.compile(r"/apply/[^/]+/(?:work-tests/)?[^/]+/draft")


class HouseClient(FlaskClient):
    """A test client that fails a test whose page breaks a house rule, names the rule, and says what to do."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        # What clients that check nothing left behind is not this request's.
        self.application.extensions.get("unrecorded", []).clear()
        # An empty context: a request must not share `g` or the session with the test that makes it.
        response = contextvars.Context().run(super().open, *args, **kwargs)
        left = self.application.extensions.get("left_uncommitted")
        if left:
            problem = left.pop()
            left.clear()
            raise AssertionError(f"{response.request.path}: {problem}; only services commit")
        unrecorded = self.application.extensions.get("unrecorded")
        if unrecorded:
            problem = unrecorded.pop()
            unrecorded.clear()
            raise AssertionError(f"{response.request.path}: {problem}; record it in the service")
        db.session.expire_all()
        check_headers(response)
        if response.mimetype == "text/html" and response.request.method != "HEAD":
            asked_for_part = response.request.headers.get("HX-Request")
            always_part = ALWAYS_A_PART.fullmatch(response.request.path)
            if (asked_for_part or always_part) and "<html" not in response.text:
                check_fragment(response)
            else:
                check_page(response)
        return response

    def page(self, path: str, status: int = 200, **kwargs: Any) -> BeautifulSoup:
        """The page at `path`, parsed; fails if its status is another."""
        response = self.get(path, **kwargs)
        assert response.status_code == status, f"{path}: {response.status_code}, wanted {status}"
        return BeautifulSoup(response.text, "html5lib")

    def submit(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """POST a form as a browser would: with the token that the page at `page` (default: `path`) carries."""
        source = kwargs.pop("page", path)
        soup = BeautifulSoup(self.get(source).text, "html5lib")
        token = soup.find("input", attrs={"name": "csrf_token"})
        assert token is not None, f"{source} has no form with a token"
        return self.post(path, data={**(data or {}), "csrf_token": token["value"]}, **kwargs)


def check_headers(response: TestResponse) -> None:
    path = response.request.path
    # What people handed in is stricter than any page: it may not even load what is our own.
    handed_in = path.startswith("/files/") and response.status_code in (200, 206, 304)
    wanted = HEADERS | (
        {"Content-Security-Policy": "sandbox; default-src 'none'"} if handed_in else {}
    )
    if path.startswith(BEHIND_A_LINK):
        wanted = wanted | HEADERS_BEHIND_A_LINK
    for name, beginning in wanted.items():
        value = response.headers.get(name)
        assert value is not None, f"{path}: no {name} header"
        assert value.startswith(beginning), f"{path}: {name} is {value!r}"
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy, f"{path}: the CSP allows {policy!r}"
    for directive in () if handed_in else FORBIDS:
        assert directive in policy, f"{path}: the CSP lacks {directive}: {policy!r}"


def check_page(response: TestResponse) -> None:
    """Valid HTML, one h1 that stands in the title, labels, unique ids, tokens, nothing inline, nothing foreign."""
    path, text = response.request.path, response.text
    parser = html5lib.HTMLParser()
    parser.parse(text)
    assert not parser.errors, f"{path}: not valid HTML: {parser.errors[:3]}"
    soup = BeautifulSoup(text, "html5lib")
    _check_heading(path, soup)
    _check_ids(path, soup)
    _check_labels(path, soup)
    _check_forms(path, soup)
    _check_inline(path, soup)
    _check_foreign(path, soup)


def check_fragment(response: TestResponse) -> None:
    """What is put into a page that stands: nothing inline, nothing foreign, every id once."""
    path, soup = response.request.path, BeautifulSoup(response.text, "html5lib")
    _check_ids(path, soup)
    _check_inline(path, soup)
    _check_foreign(path, soup)


def _words(text: str) -> str:
    return " ".join(text.split())


def _check_heading(path: str, soup: BeautifulSoup) -> None:
    headings = soup.find_all("h1")
    assert len(headings) == 1, f"{path}: {len(headings)} h1 elements, wanted one"
    title = _words(soup.title.text if soup.title else "")
    heading = _words(headings[0].text)
    assert heading, f"{path}: the h1 is empty"
    assert heading in title, f"{path}: the title {title!r} does not hold the h1 {heading!r}"
    assert soup.select_one("html[lang]"), f"{path}: no language on html"


def _check_ids(path: str, soup: BeautifulSoup) -> None:
    ids = Counter(tag["id"] for tag in soup.find_all(id=True))
    twice = [name for name, count in ids.items() if count > 1]
    assert not twice, f"{path}: ids used twice: {twice}"
    for tag in soup.find_all(True):
        for attribute in ("aria-describedby", "aria-labelledby", "aria-controls", "for"):
            for name in str(tag.get(attribute, "")).split():
                assert name in ids, f"{path}: {attribute}={name!r} points at nothing"


def _check_labels(path: str, soup: BeautifulSoup) -> None:
    labelled = {label["for"] for label in soup.find_all("label", attrs={"for": True})}
    for field in soup.find_all(["input", "select", "textarea"]):
        if field.get("type") in ("hidden", "submit", "button"):
            continue
        named = field.get("aria-label") or field.get("aria-labelledby")
        inside = field.find_parent("label") is not None
        assert named or inside or field.get("id") in labelled, f"{path}: no label for {field}"


def _check_forms(path: str, soup: BeautifulSoup) -> None:
    for form in soup.find_all("form"):
        if str(form.get("method", "get")).lower() != "post":
            continue
        target = urlsplit(str(form.get("action") or path)).path
        if target in READ_ONLY_FORMS or target.startswith(BEHIND_A_LINK):
            continue
        token = form.find("input", attrs={"name": "csrf_token"})
        assert token is not None, f"{path}: a form without a token: {form}"
        assert token.get("value"), f"{path}: an empty token in {form}"


def _check_inline(path: str, soup: BeautifulSoup) -> None:
    assert not soup.find_all("style"), f"{path}: a style element; use the theme"
    for tag in soup.find_all(True):
        assert not tag.has_attr("style"), f"{path}: a style attribute on {tag.name}; use a class"
        events = [name for name in tag.attrs if name.startswith("on")]
        assert not events, f"{path}: {events} on {tag.name}; use a module"
    for script in soup.find_all("script"):
        data = script.get("type") in ("application/ld+json", "application/json")
        assert script.get("src") or data, f"{path}: an inline script; use a file"


def _check_foreign(path: str, soup: BeautifulSoup) -> None:
    for name, attribute in LOADS.items():
        for tag in soup.find_all(name):
            _own(path, tag, attribute)
    for link in soup.find_all("link"):
        if LOADING_LINKS & set(link.get("rel") or []):
            _own(path, link, "href")


def _own(path: str, tag: Tag, attribute: str) -> None:
    address = str(tag.get(attribute) or "")
    assert not urlsplit(address).netloc or address.startswith("http://127.0.0.1"), (
        f"{path}: {tag.name} loads {address} from elsewhere"
    )


def watch_uncommitted(app: Flask) -> None:
    """Record, at the end of each request, rows that a view changed and no service committed."""
    left: list[str] = []
    app.extensions["left_uncommitted"] = left

    @event.listens_for(Session, "after_flush")
    def note_flush(session: Session, _context: object) -> None:
        session.info["flushed"] = True

    @event.listens_for(Session, "after_commit")
    @event.listens_for(Session, "after_rollback")
    def forget_flush(session: Session) -> None:
        session.info.pop("flushed", None)

    @app.teardown_appcontext
    def look(_error: BaseException | None) -> None:
        session = db.session()
        if session.new or session.dirty or session.deleted or session.info.get("flushed"):
            left.append("rows were changed and not committed")


class QueryCount:
    """How many statements a block sent, and which, without those that record who read; `page` leaves out the session,
    the viewer and savepoints."""

    IGNORED = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "PRAGMA")
    FOR_EVERY_PAGE = ("FROM sign_ins", "FROM stream_members")

    def __init__(self, engine: sa.Engine) -> None:
        self.engine, self.statements = engine, list[str]()

    def _note(self, _c: Any, _cu: Any, statement: str, _p: Any, context: Any, *_: Any) -> None:
        if context is not None and context.execution_options.get("evidence"):
            return
        if not statement.lstrip().startswith(self.IGNORED):
            self.statements.append(statement)

    def __enter__(self) -> "QueryCount":
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)

    @property
    def page(self) -> int:
        return len(
            [s for s in self.statements if not any(mark in s for mark in self.FOR_EVERY_PAGE)]
        )
