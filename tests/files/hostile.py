"""Files that nobody's CV is: each named, made when it is asked for, and refused.

`HOSTILE` maps a name onto what the browser would call the file and what makes its bytes.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from pypdf import PdfReader, PdfWriter

from tests.files.bombs import BOMBS
from tests.files.writing import document, plain, stream, with_object_stream

JS = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
SCRIPT_TAG = b"<script>alert(1)</script>"
HONEST = document(plain())


@dataclass(frozen=True)
class Hostile:
    file_name: str
    make: Callable[[], bytes]


def _zip(comment: bytes = b"", **members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.comment = comment
    return target.getvalue()


def _encrypted(algorithm: str, user: str, owner: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(HONEST)))
    writer.encrypt(user, owner, algorithm=algorithm)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def _padded(data: bytes, at: int, mark: bytes) -> bytes:
    """The file with `mark` at a place where the reader of another format looks for it."""
    filler = b"x" * (at - 20)
    made = document({9: stream(filler + mark + bytes(600)), **plain()})
    place = made.index(mark)
    return document(
        {9: stream(filler[: len(filler) - (place - at)] + mark + bytes(600)), **plain()}
    )


def _annotation(content: bytes, more: dict[int, bytes] | None = None) -> bytes:
    head = b"<< /Type /Annot /Rect [0 0 99 99] "
    return document(
        plain(page=b"/Annots [5 0 R]", more={5: head + content + b" >>", **(more or {})})
    )


def _action(content: bytes) -> bytes:
    return _annotation(b"/Subtype /Link /A << " + content + b" >>")


def _opening(content: bytes) -> bytes:
    return document(plain(catalog=b"/OpenAction " + content))


def _unnamed_revision() -> bytes:
    """A script in an object that the newest table no longer names, as after an edit."""
    made = document({**plain(), 5: b"<< /Type /Action " + JS[3:]})
    return made.replace(b"0000000000 65535 f", b"0000000000 65535 f", 1).replace(
        b"xref\n0 6", b"xref\n0 5", 1
    )


KINDS: dict[str, tuple[str, bytes]] = {
    "web page": ("cv.pdf", b"<!doctype html><title>CV</title>" + SCRIPT_TAG),
    "vector picture": ("cv.pdf", b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT_TAG + b"</svg>"),
    "word document": ("cv.pdf", _zip(**{"word/document.xml": b"<w:document/>"})),
    "windows program": ("cv.pdf", b"MZ\x90\x00" + bytes(400)),
    "linux program": ("cv.pdf", b"\x7fELF\x02\x01\x01" + bytes(400)),
    "picture": ("cv.pdf", b"\x89PNG\r\n\x1a\n" + bytes(400)),
    "plain text": ("cv.pdf", b"My name is on the next line."),
    "postscript": ("cv.pdf", b"%!PS-Adobe-3.0\nshowpage\n%%EOF\n"),
    "empty": ("cv.pdf", b""),
    "white space": ("cv.pdf", b" \n" * 500),
    "beginning and end only": ("cv.pdf", b"%PDF-1.7\n%%EOF\n"),
    "in sixteen bits": ("cv.pdf", HONEST.decode("latin-1").encode("utf-16")),
    "version of no standard": ("cv.pdf", HONEST.replace(b"%PDF-1.7", b"%PDF-9.x", 1)),
    "called a web page": ("a.pdf.html", HONEST),
    "called a program": ("cv.pdf.exe", HONEST),
    "called a document": ("cv.docx", HONEST),
    "called nothing": ("cv", HONEST),
    "called an ending": (".pdf", HONEST),
    "called backwards": ("cv\u202efdp.exe", HONEST),
    "called with a hidden end": ("cv.pdf\x00.exe", HONEST),
    "web page ahead": ("cv.pdf", b"<html>" + SCRIPT_TAG + HONEST),
    "script for a shell ahead": ("cv.pdf", b"#!/bin/sh\nexit\n" + HONEST),
    "program ahead": ("cv.pdf", b"MZ" + bytes(300) + HONEST),
    "rubbish ahead": ("cv.pdf", bytes(900) + HONEST),
    "web page in the first line": ("cv.pdf", HONEST.replace(b"%\xe2", b"%<html>" + SCRIPT_TAG + b"\xe2", 1)),
    "archive behind": ("cv.pdf", HONEST + _zip(**{"evil.txt": b"1"})),
    "archive around": ("cv.pdf", HONEST + _zip(b"\nstartxref\n9\n%%EOF\n", **{"evil.txt": b"1"})),
    "web page behind": ("cv.pdf", HONEST + SCRIPT_TAG),
    "code of a server behind": ("cv.pdf", HONEST + b"<?php system($_GET[0]);"),
    "packed program inside": ("cv.pdf", document(plain(more={5: stream(b"Rar!\x1a\x07\x00evil")}))),
    "packed folder inside": ("cv.pdf", document(plain(more={5: stream(b"7z\xbc\xaf\x27\x1cevil")}))),
    "truncated": ("cv.pdf", HONEST[: len(HONEST) // 2]),
    "truncated at the end": ("cv.pdf", HONEST[:-7]),
    "without a table": ("cv.pdf", b"%PDF-1.7\n" + b"rubbish\n" * 40 + b"startxref\n9\n%%EOF\n"),
}  # fmt: skip

MADE: dict[str, Callable[[], bytes]] = {
    "folder on tape": lambda: _padded(HONEST, 257, b"ustar"),
    "disc": lambda: _padded(HONEST, 32769, b"CD001"),
    "password, old": lambda: _encrypted("RC4-128", "secret", "owner"),
    "password, new": lambda: _encrypted("AES-256", "secret", "owner"),
    "protected without a password": lambda: _encrypted("AES-128", "", "owner"),
    "script on opening": lambda: _opening(JS),
    "script by name": lambda: document(
        plain(catalog=b"/Names << /JavaScript << /Names [(a) %s] >> >>" % JS)
    ),
    "script on turning a page": lambda: document(plain(page=b"/AA << /O %s >>" % JS)),
    "script on a click": lambda: _annotation(b"/Subtype /Link /A " + JS),
    "script in a field": lambda: document(
        plain(
            catalog=b"/AcroForm << /Fields [5 0 R] >>",
            more={5: b"<< /FT /Tx /T (a) /AA << /K %s >> >>" % JS},
        )
    ),
    "script in disguise": lambda: _opening(JS.replace(b"Java", b"J#61va").replace(b"/JS", b"/J#53")),
    "script in a packed object": lambda: with_object_stream(
        {2: plain()[2], 3: plain()[3], 4: plain()[4]},
        {1: b"<< /Type /Catalog /Pages 2 0 R /OpenAction 5 0 R >>", 5: JS},
    ),
    "script in a stream": lambda: document(
        plain(catalog=b"/OpenAction << /S /JavaScript /JS 5 0 R >>", more={5: stream(b"1")})
    ),
    "script that no table names": _unnamed_revision,
    "script in a link": lambda: _action(b"/S /URI /URI (java\\tscript:alert\\(1\\))"),
    "script in a film": lambda: _action(b"/S /Rendition /OP 0 /JS (1)"),
    "starts a program": lambda: _action(b"/S /Launch /F (cmd.exe)"),
    "starts a program next": lambda: _action(
        b"/S /GoTo /D [3 0 R /Fit] /Next << /S /Launch /F (cmd.exe) >>"
    ),
    "sends a form": lambda: _action(b"/S /SubmitForm /F (http://example.org)"),
    "fills in a form": lambda: _action(b"/S /ImportData /F (a.fdf)"),
    "leads to another machine": lambda: _action(
        b"/S /GoToR /F (\\\\\\\\example.org\\\\share\\\\a.pdf) /D [0 /Fit]"
    ),
    "leads into an attachment": lambda: _action(b"/S /GoToE /T << /R /C /N (a.pdf) >>"),
    "opens a web page": lambda: _opening(b"<< /S /URI /URI (https://example.org) >>"),
    "attachment": lambda: document(
        plain(
            catalog=b"/Names << /EmbeddedFiles << /Names [(a) 5 0 R] >> >>",
            more={
                5: b"<< /Type /Filespec /F (a.exe) /EF << /F 6 0 R >> >>",
                6: stream(b"MZ", b"/Type /EmbeddedFile"),
            },
        )
    ),
    "attachment on a page": lambda: _annotation(
        b"/Subtype /FileAttachment /FS << /F (a.exe) /EF << /F 6 0 R >> >>", {6: stream(b"MZ")}
    ),
    "folder of files": lambda: document(plain(catalog=b"/Collection << /View /D >>")),
    "content from elsewhere": lambda: document(
        plain(more={5: stream(b"", b"/F (http://example.org/a)")})
    ),
    "film": lambda: _annotation(b"/Subtype /RichMedia /RichMediaContent << /Assets << >> >>"),
    "old film": lambda: _annotation(b"/Subtype /Movie /Movie << /F (a.avi) >>"),
    "sound": lambda: _annotation(b"/Subtype /Sound /Sound 6 0 R", {6: stream(b"\0", b"/R 8000")}),
    "screen": lambda: _annotation(b"/Subtype /Screen"),
    "solid": lambda: _annotation(b"/Subtype /3D /3DD 6 0 R", {6: stream(b"\0", b"/Subtype /U3D")}),
    "form of forms": lambda: document(plain(catalog=b"/AcroForm << /XFA 5 0 R >>", more={5: stream(b"<xdp/>")})),
    "form in parts": lambda: document(
        plain(catalog=b"/AcroForm << /XFA [(a) 5 0 R] >>", more={5: stream(b"<xdp/>")})
    ),
}  # fmt: skip

HOSTILE: dict[str, Hostile] = {
    **{name: Hostile(called, lambda data=data: data) for name, (called, data) in KINDS.items()},
    **{name: Hostile("cv.pdf", make) for name, make in MADE.items()},
    **{name: Hostile("cv.pdf", make) for name, make in BOMBS.items()},
}
