"""What a PDF unpacks to: counted piece by piece, never held, and stopped at a limit."""

import zlib
from typing import Any

from pypdf.errors import PyPdfError
from pypdf.filters import ASCII85Decode, ASCIIHexDecode
from pypdf.generic import ArrayObject, StreamObject

from portal.adapters.pdf_check.refusal import Unacceptable

MOST_IN_STREAM = 64_000_000  # bytes; a page's text or a font has some hundred thousand
MOST_IN_PICTURE = 160_000_000  # bytes; A4 at 600 dots an inch in colour has 104 million
MOST_POINTS = 120_000_000  # of one picture
MOST_IN_ALL = 600_000_000  # bytes
MOST_OLD_PACKED = 200_000  # bytes of LZW or run lengths, whose unpacked size only unpacking tells
PIECE = 4_000_000  # bytes unpacked at once
BOMB = "It unpacks to far more than a document needs."

_TEXT_LIKE = {"/ASCII85Decode", "/A85", "/ASCIIHexDecode", "/AHx"}
_FLATE = {"/FlateDecode", "/Fl"}
_OLD = {"/LZWDecode", "/LZW", "/RunLengthDecode", "/RL"}


class Budget:
    """What is left of the bytes that a whole document may unpack to."""

    def __init__(self) -> None:
        self.left = MOST_IN_ALL

    def check(self, found: Any) -> None:
        """Count one object. Raises `Unacceptable` once a stream, or all of them, are too large."""
        if not isinstance(found, StreamObject):
            return
        picture = _looked_up(found, "/Subtype") == "/Image"
        if picture and _points(found) > MOST_POINTS:
            raise Unacceptable("It holds a picture that is too large to be shown.")
        filters = _filters(found)
        packed = [name for name in filters if name in _FLATE | _OLD]
        if len(packed) > 1 or len(filters) > 3 or "/Crypt" in filters:
            raise Unacceptable("Parts of it are packed several times over.")
        raw = found._data if isinstance(found._data, bytes) else b""
        if any(name in _OLD for name in packed) and len(raw) > MOST_OLD_PACKED:
            raise Unacceptable("Parts of it are packed in an outdated way.")
        if any(name in _FLATE for name in packed):
            self._spend(_plain(raw, filters), MOST_IN_PICTURE if picture else MOST_IN_STREAM)

    def _spend(self, raw: bytes, most: int) -> None:
        unpacker, total = zlib.decompressobj(), 0
        while raw:
            try:
                total += len(piece := unpacker.decompress(raw, PIECE))
            except zlib.error:
                break  # what does not unpack does no harm
            if total > most or total > self.left:
                raise Unacceptable(BOMB)
            if not piece:
                break
            raw = unpacker.unconsumed_tail
        self.left -= total


def _points(picture: StreamObject) -> int:
    sides = [_looked_up(picture, key) for key in ("/Width", "/Height")]
    width, height = (abs(int(side)) if isinstance(side, int | float) else 0 for side in sides)
    return width * height


def _filters(stream: StreamObject) -> list[str]:
    named = _looked_up(stream, "/Filter")
    several = named if isinstance(named, ArrayObject) else [named]
    return [str(each.get_object()) for each in several if each is not None]


def _looked_up(stream: StreamObject, key: str) -> Any:
    value = dict.get(stream, key)
    return value.get_object() if value is not None else None


def _plain(raw: bytes, filters: list[str]) -> bytes:
    """The packed bytes, where they were first written as letters."""
    for name in filters:
        if name not in _TEXT_LIKE:
            break
        decoder = ASCIIHexDecode if name in ("/ASCIIHexDecode", "/AHx") else ASCII85Decode
        try:
            decoded = decoder.decode(raw)
        except (PyPdfError, ValueError):
            return b""
        raw = decoded if isinstance(decoded, bytes) else decoded.encode("latin-1", "replace")
    return raw
