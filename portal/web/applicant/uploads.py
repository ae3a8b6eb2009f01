"""Questions for a file: what a form sent for them, the words for a refusal, and what the browser checks itself."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO, cast

from flask import current_app, request
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import StringField
from wtforms.widgets import FileInput

from portal.domain import files as rules
from portal.domain.questions import Field, Kind
from portal.domain.throttle import FILES_BY_ACCOUNT, FILES_BY_ACCOUNT_A_DAY
from portal.domain.verdict import Refused
from portal.queries.applications import Dossier
from portal.services import files, throttle
from portal.services.answer_files import Uploads
from portal.services.files import Prepared, Upload
from portal.services.throttle import Counted
from portal.web.guard import own_id, received_at, settings


class FileAnswer(StringField):
    """`data` is the reference of a file that was sent before; `sent` the new one that the browser chose, if any."""

    widget = FileInput()
    sent: FileStorage | None = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        chosen = [value for value in valuelist if isinstance(value, FileStorage) and value.filename]
        self.sent = chosen[0] if chosen else None
        self.data = next((value for value in valuelist if isinstance(value, str)), "")


@dataclass(frozen=True)
class Sent:
    """The files of one form: those to keep, and by field in words why one was not taken."""

    uploads: Uploads
    problems: Mapping[str, str]


def sent_with(form: FlaskForm, fields: Sequence[Field]) -> Sent:
    """Check and store the files that came with a form. It opens no transaction, and none may be open."""
    new: dict[str, Prepared] = {}
    problems: dict[str, str] = {}
    asked = [each.name for each in fields if each.kind is Kind.FILE]
    for name in asked:
        chosen = form[name].sent
        if chosen is None:
            continue
        result = prepared(chosen)
        if isinstance(result, Refused):
            problems[name] = in_one(result)
        else:
            new[name] = result
    removed = frozenset(request.form.getlist("remove")) & frozenset(asked)
    return Sent(Uploads(new, removed), problems)


def prepared(chosen: FileStorage) -> Prepared | Refused:
    """Check and store a file, unless its sender sent too many. A try is counted before it is judged, as that costs."""
    left = throttle.take(_tries(), received_at())
    if left:
        return rules.too_many(left)
    return files.prepare(Upload(chosen.filename or "", cast("BinaryIO", chosen.stream)))


def _tries() -> tuple[Counted, ...]:
    """What a file counts against. The key is a digest, so that the counts name nobody."""
    secret = f"files {current_app.secret_key!r}".encode()

    def key(span: str) -> str:
        return hmac.new(secret, f"{span} {own_id()}".encode(), sha256).hexdigest()

    return (FILES_BY_ACCOUNT, key("hour")), (FILES_BY_ACCOUNT_A_DAY, key("day"))


def show_file_problems(form: FlaskForm, problems: Mapping[str, str]) -> None:
    for name, words in problems.items():
        form[name].errors = [words]


def in_one(refusal: Refused) -> str:
    """A refusal as one line at a field."""
    return f"{refusal.what} {refusal.why} {refusal.next}"


@dataclass(frozen=True)
class FilePart:
    """What the control of a question for a file shows: the file there is now, and one sent but not saved (`yours`)."""

    now: Any | None
    yours: Any | None


def file_parts(
    dossier: Dossier, slug: str, fields: Sequence[Field], yours: Mapping[str, str] | None = None
) -> dict[str, FilePart]:
    """By field, what stands there now. Sends a statement only where something does."""
    now = dossier.files_in(fields, dossier.answers(slug) or {})
    own = dossier.files_in(fields, yours or {})
    return {
        name: FilePart(now.get(name), own.get(name) if own.get(name) != now.get(name) else None)
        for name in (each.name for each in fields if each.kind is Kind.FILE)
    }


def browser_checks() -> dict[str, Any]:
    """The limit in bytes, and the server's own words, so that the browser can refuse at once in the same ones."""
    limit = settings().max_file_mb * rules.MEGABYTE
    named = rules.not_a_pdf("other")
    assert named is not None
    return {
        "limit": limit,
        "megabytes": settings().max_file_mb,
        "type": in_one(named),
        "size": in_one(rules.too_large(limit)),
        "empty": in_one(rules.empty()),
        "content": in_one(rules.unfit("Its content is not that of a PDF.")),
    }
