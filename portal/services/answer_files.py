"""Files in answers: which of what a form sent counts, and the rows of those that do.

An answer to a question for a file is the reference of one. Files are prepared (checked and stored) before the
transaction; here they only get their rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.domain.applications import SECTION_BY_SLUG
from portal.domain.questions import Kind
from portal.queries.applications import Dossier, stream_fields
from portal.services.desk import Desk
from portal.services.files import Prepared, attach


@dataclass(frozen=True)
class Uploads:
    """What a form sent for its questions for a file: new files by field, and the fields to empty."""

    new: Mapping[str, Prepared] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()


NO_UPLOADS = Uploads()


def file_fields(dossier: Dossier, slug: str) -> list[str]:
    """The questions for a file that a section asks now."""
    stream = dossier.stream_of_section(slug)
    fields = stream_fields(stream) if stream else SECTION_BY_SLUG[slug].fields
    return [each.name for each in fields if each.kind is Kind.FILE]


def with_files(desk: Desk, slug: str, typed: Mapping[str, str], uploads: Uploads) -> dict[str, str]:
    """The answers of a section with a reference for each question for a file.

    A reference that somebody posts counts only if it names a file of their own in this round. Nothing, or anything
    else, leaves the answer as it stands: only a new file replaces one, and only its own button removes it.
    """
    dossier = desk.dossier
    current, given = dossier.answers(slug) or {}, dict(typed)
    for name in file_fields(dossier, slug):
        sent = uploads.new.get(name)
        if sent is not None:
            given[name] = _known(dossier, sent) or sent.ref
        elif name in uploads.removed:
            given[name] = ""
        elif not (given.get(name) and given[name] in dossier.files):
            given[name] = current.get(name, "")
    return given


def _known(dossier: Dossier, sent: Prepared) -> str | None:
    """The reference under which this very file came before: a double click must not make a second one of it."""
    same = (sent.sha256, sent.name)
    rows = dossier.files.values()
    return next((row.ref for row in rows if (row.sha256, row.name) == same), None)


def keep_files(desk: Desk, uploads: Uploads) -> None:
    """Write the rows of the new files, in the transaction of the answers (or the late draft) that name them."""
    for sent in uploads.new.values():
        if _known(desk.dossier, sent) is None:
            attach(desk.session, desk.user.id, desk.dossier.round.id, sent, at=desk.at)
