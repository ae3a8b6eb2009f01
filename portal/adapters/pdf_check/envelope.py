"""The bytes of a PDF from outside: where it begins and ends, what else it could be taken for, and words no PDF needs.

Readers disagree on what is part of a PDF. What is looked for here is found wherever it stands, also where the
document's own tables do not lead.
"""

import io
import re
import zipfile

from portal.adapters.pdf_check.refusal import (
    ACTION,
    ATTACHMENT,
    DAMAGED,
    MEDIA,
    NOT_A_PDF,
    SCRIPT,
    TWO_IN_ONE,
    XFA,
    Unacceptable,
)

MOST_OBJECTS = 50_000
_BEGINNING = re.compile(rb"%PDF-[12]\.\d[\s\x00]")
_END = re.compile(rb"startxref[\s\x00]+\d+[\s\x00]+(?:%[^\r\n]*[\r\n]+)?%%EOF[\s\x00]*\Z")
_MARKUP = re.compile(
    rb"<(?:!doctype|html|head|body|script|svg|iframe|img|\?php|\?xml|%)", re.IGNORECASE
)
_OBJECT = re.compile(rb"\d\s+\d+\s+obj\b")
_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
_TEXT = re.compile(rb"\((?:[^()\\]|\\.)*\)", re.DOTALL)
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
# Kinds of files that are found by a mark in the middle, and how far into a file their readers look for it.
_ANYWHERE = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
_AT = ((257, b"ustar"), (128, b"DICM"), (32769, b"CD001"))
_WORDS = (
    (re.compile(rb"/S\s*/(?:JavaScript|Rendition)\b|/JavaScript\s*<<"), SCRIPT),
    (re.compile(rb"/S\s*/(?:Launch|SubmitForm|ImportData|GoToE|GoToR)\b"), ACTION),
    (re.compile(rb"/EmbeddedFiles?\b|/FileAttachment\b"), ATTACHMENT),
    (re.compile(rb"/RichMedia\b|/S\s*/(?:Movie|Sound)\b|/Subtype\s*/(?:3D|U3D|PRC)\b"), MEDIA),
    (re.compile(rb"/XFA\s*[\[\d]"), XFA),
)


def check(data: bytes) -> None:
    """Raises `Unacceptable` unless `data` begins and ends like one PDF and is nothing else beside it."""
    if not _BEGINNING.match(data):
        raise Unacceptable(TWO_IN_ONE if b"%PDF-" in data[:2048] else NOT_A_PDF)
    _check_end(data)
    _check_other_kinds(data)
    plain = _outside_streams(data)
    if sum(1 for _ in _OBJECT.finditer(plain)) > MOST_OBJECTS:
        raise Unacceptable(f"It is made of more than {MOST_OBJECTS:,} parts.")
    for pattern, reason in _WORDS:
        if pattern.search(plain):
            raise Unacceptable(reason)


def _check_end(data: bytes) -> None:
    last = data.rfind(b"%%EOF")
    if last < 0:
        raise Unacceptable(DAMAGED)
    if data[last + 5 :].strip(b"\x00\t\n\x0c\r "):
        raise Unacceptable(
            "Something that is not part of a PDF follows its end, or its end is missing."
        )
    if not _END.search(data, max(0, last - 200)):
        raise Unacceptable(DAMAGED)


def _check_other_kinds(data: bytes) -> None:
    if _MARKUP.search(data, 0, 1024) or any(mark in data for mark in _ANYWHERE):
        raise Unacceptable(TWO_IN_ONE)
    if any(data.startswith(mark, at) for at, mark in _AT):
        raise Unacceptable(TWO_IN_ONE)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if archive.infolist():
                raise Unacceptable(TWO_IN_ONE)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        pass  # as it should be


def _outside_streams(data: bytes) -> bytes:
    """The objects without the data in their streams and without texts, names written out."""
    plain = _TEXT.sub(b"()", _STREAM.sub(b"", data))
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), plain)
