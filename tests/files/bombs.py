"""Files that are small and would cost whoever opens them all memory or all time; and pages that are none."""

import zlib
from collections.abc import Callable

from tests.files.writing import (
    CATALOG,
    PAGE,
    document,
    many,
    packed,
    packed_zeros,
    plain,
    stream,
    with_object_stream,
    with_table_stream,
    zeros,
)

FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] "


def _tree(kids: bytes, more: dict[int, bytes] | None = None) -> bytes:
    tree = b"<< /Type /Pages /Kids [" + kids + b"] /Count 1 >>"
    return document({**plain(), 2: tree, **(more or {})})


def _pages(number: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (5 + n) for n in range(number))
    return _tree(kids, many(5, (PAGE % b"" for _ in range(number))))


def _deep_tree(depth: int) -> bytes:
    branch = [b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (6 + n) for n in range(depth)]
    return _tree(b"5 0 R", {**many(5, branch), 5 + depth: PAGE % b""})


def _nested(opening: bytes, closing: bytes, depth: int) -> bytes:
    return document(plain(more={5: opening * depth + b"1" + closing * depth}))


def _laughs(levels: int, each: int) -> bytes:
    """Drawings that draw the next one several times: each level multiplies."""
    forms = []
    for n in range(levels):
        below = b"/Resources << /XObject << /X %d 0 R >> >>" % (6 + n)
        forms.append(stream(b"/X Do " * each, FORM + below))
    forms.append(stream(b"0 0 1 1 re f", FORM))
    page = (PAGE % b"").replace(b"/Resources << >>", b"/Resources << /XObject << /X 5 0 R >> >>")
    return document({**plain(), 3: page, 4: stream(b"/X Do"), **many(5, forms)})


def _many_packed(number: int) -> bytes:
    """Objects that hardly take a byte each, in one packed stream."""
    index = b"10 0 " * number
    head = b"/Type /ObjStm /N %d /First %d " % (number, len(index))
    rows = bytes(8) + (b"\2" + (5).to_bytes(4, "big") + bytes(3)) * number
    table = b"/Type /XRef /W [1 4 3] /Index [9 %d] /Size %d /Root 1 0 R" % (number + 1, number + 10)
    held = packed(index + b"1 " * number, head)
    return with_table_stream(plain(more={5: held}), packed(rows, table))


def _bomb_in_object_stream() -> bytes:
    head = b"/Type /ObjStm /N 1 /First 5 "
    return with_object_stream(plain(), {8: b"1"}, held=packed_zeros(700, head))


def _table_bomb() -> bytes:
    return with_table_stream(
        plain(), packed_zeros(700, b"/Type /XRef /W [1 4 3] /Size 9 /Root 1 0 R")
    )


BOMBS: dict[str, Callable[[], bytes]] = {
    "unpacks to 700 MB": lambda: document({**plain(), 4: packed_zeros(700)}),
    "unpacks to 700 MB in twelve parts": lambda: document(
        plain(more=many(5, [packed_zeros(60)] * 12))
    ),
    "packed twice": lambda: document(
        {
            **plain(),
            4: stream(zlib.compress(zeros(60)), b"/Filter [/FlateDecode /FlateDecode]"),
        }
    ),
    "packed object bomb": _bomb_in_object_stream,
    "packed table bomb": _table_bomb,
    "old packing": lambda: document(
        plain(more={5: stream(b"\x80\x0b\x60\x50" * 90_000, b"/Filter /LZWDecode")})
    ),
    "old packing of lengths": lambda: document(
        plain(more={5: stream(b"\x81\x00" * 200_000, b"/Filter /RunLengthDecode")})
    ),
    "picture of ten thousand million points": lambda: document(
        plain(
            more={
                5: stream(
                    b"\0", b"/Subtype /Image /Width 100000 /Height 100000 /BitsPerComponent 8"
                )
            }
        )
    ),
    "sixty thousand objects": lambda: document(plain(more=many(5, [b"null"] * 60_000))),
    "a million packed objects": lambda: _many_packed(1_000_000),
    "no page": lambda: _tree(b""),
    "no tree of pages": lambda: document({1: b"<< /Type /Catalog >>", 4: stream(b"")}),
    "no catalog": lambda: document({2: CATALOG % b""}),
    "fifty-one pages": lambda: _pages(51),
    "one page a million times": lambda: _tree(b"3 0 R " * 1_000_000),
    "page tree in a circle": lambda: _tree(b"2 0 R"),
    "page tree in a wide circle": lambda: _tree(
        b"5 0 R", {5: b"<< /Type /Pages /Kids [6 0 R] >>", 6: b"<< /Type /Pages /Kids [5 0 R] >>"}
    ),
    "page tree two thousand deep": lambda: _deep_tree(2_000),
    "page without a size": lambda: document(
        {**plain(), 3: b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>"}
    ),
    "page as large as a country": lambda: document(
        {**plain(), 3: (PAGE % b"").replace(b"595 842", b"9999999 9999999")}
    ),
    "lists in lists": lambda: _nested(b"[", b"]", 100_000),
    "dictionaries in dictionaries": lambda: _nested(b"<< /A ", b" >>", 200),
    "contents in a circle": lambda: document(
        plain(
            catalog=b"/Outlines 5 0 R",
            more={5: b"<< /First 6 0 R >>", 6: b"<< /Title (a) /Parent 5 0 R /Next 6 0 R >>"},
        )
    ),
    "drawings of drawings": lambda: _laughs(9, 10),
    "drawing of itself": lambda: document(
        plain(
            more={
                5: stream(b"/X Do", FORM + b"/Resources << /XObject << /X 5 0 R >> >>"),
            }
        )
    ),
}
