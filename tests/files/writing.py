"""A PDF written object by object, so that any part of it can be wrong."""

import zlib
from collections.abc import Iterable
from functools import cache

Objects = dict[int, bytes]

PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> /Contents 4 0 R %s >>"
)
CATALOG = b"<< /Type /Catalog /Pages 2 0 R %s >>"
TREE = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
FIRST_FREE = 5


def stream(data: bytes, head: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), head, data)


def packed(data: bytes, head: bytes = b"") -> bytes:
    return stream(zlib.compress(data), b"/Filter /FlateDecode " + head)


@cache
def zeros(megabytes: int) -> bytes:
    """That many million zeros, packed a thousandfold."""
    packer = zlib.compressobj(1)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(megabytes)) + packer.flush()


def packed_zeros(megabytes: int, head: bytes = b"") -> bytes:
    return stream(zeros(megabytes), b"/Filter /FlateDecode " + head)


def plain(catalog: bytes = b"", page: bytes = b"", more: Objects | None = None) -> Objects:
    """The objects of a document of one page; what is given stands in its catalog, its page, or beside them."""
    return {
        1: CATALOG % catalog,
        2: TREE,
        3: PAGE % page,
        4: stream(b"q 1 0 0 1 0 0 cm Q"),
        **(more or {}),
    }


def body(objects: Objects, version: bytes = b"1.7") -> tuple[bytes, dict[int, int]]:
    written, places = b"%PDF-" + version + b"\n%\xe2\xe3\xcf\xd3\n", {}
    parts = [written]
    at = len(written)
    for number, content in objects.items():
        places[number] = at
        part = b"%d 0 obj\n%s\nendobj\n" % (number, content)
        parts.append(part)
        at += len(part)
    return b"".join(parts), places


def document(objects: Objects, trailer: bytes = b"", version: bytes = b"1.7") -> bytes:
    """The whole file, with a table of where each object stands."""
    written, places = body(objects, version)
    size = max(objects) + 1
    table = [b"xref\n0 %d\n0000000000 65535 f \n" % size]
    for number in range(1, size):
        at = places.get(number)
        table.append(b"%010d 00000 n \n" % at if at is not None else b"0000000000 00000 f \n")
    end = b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n"
    return written + b"".join(table) + end % (size, trailer, len(written))


def with_object_stream(
    objects: Objects, inside: Objects, head: bytes = b"", held: bytes | None = None
) -> bytes:
    """A file whose `inside` lies in one packed object stream; `held` stands in for that stream."""
    holder = max([*objects, *inside]) + 1
    table = holder + 1
    index, content = b"", b""
    for number, each in inside.items():
        index += b"%d %d " % (number, len(content))
        content += each + b" "
    first = b"/Type /ObjStm /N %d /First %d " % (len(inside), len(index))
    objects = {**objects, holder: held or packed(index + content, first + head)}
    written, places = body(objects)
    places[table] = len(written)
    rows = [b"\0" * 8]
    order = list(inside)
    for number in range(1, table + 1):
        if number in inside:
            rows.append(_row(2, holder, order.index(number)))
        else:
            rows.append(_row(1, places[number], 0) if number in places else b"\0" * 8)
    return written + _table(table, b"".join(rows), table + 1, len(written))


def _row(kind: int, second: int, third: int) -> bytes:
    return bytes([kind]) + second.to_bytes(4, "big") + third.to_bytes(3, "big")


def _table(number: int, rows: bytes, size: int, at: int) -> bytes:
    head = b"/Type /XRef /W [1 4 3] /Size %d /Root 1 0 R" % size
    end = b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % at
    return b"%d 0 obj\n%s%s" % (number, packed(rows, head), end)


def with_table_stream(objects: Objects, table: bytes) -> bytes:
    """A file whose table of objects is the given stream."""
    written, _ = body(objects)
    number = max(objects) + 1
    end = b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(written)
    return written + b"%d 0 obj\n%s" % (number, table) + end


def many(first: int, contents: Iterable[bytes]) -> Objects:
    return dict(enumerate(contents, first))
