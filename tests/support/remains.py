"""Words that stand nowhere else, in everything that a portal holds about one person; and where they can be found."""

import base64
import io
from collections.abc import Iterator
from hashlib import md5, sha1, sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from reportlab.pdfgen.canvas import Canvas

from portal.domain.holdings import HOLDINGS
from portal.extensions import db
from portal.queries.subjects import Subject, rows_of, table_of

NAME = "Quilla Zebrafinch-Ñandú"
ADDRESS = "quilla.zebrafinch@example.org"
APART = (
    "audit_events",
    "mentors",
    "erasures",
    "users",
)  # painted by what happens, or not about texts


def in_pdf(name: str) -> list[str]:
    """Text and author of somebody's PDF."""
    first = name.split()[0]
    return [f"Vellichor of {first}", f"Metadata of {first}"]


def a_telling_pdf(name: str) -> bytes:
    """Its text and its author can be read in the raw bytes."""
    text, author = in_pdf(name)
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1, pageCompression=0)
    canvas.setAuthor(author)
    canvas.drawString(72, 720, text)
    canvas.save()
    return target.getvalue()


def paint(subject: Subject) -> list[str]:
    """Put a canary of its own into every text that an erasure must empty or delete; the canaries, by column."""
    painted = []
    for holding in HOLDINGS:
        if holding.table in APART:
            continue
        table = table_of(holding.table)
        keys = db.session.execute(
            sa.select(*table.primary_key.columns).where(rows_of(table, subject))
        ).all()
        names = [name for name in _texts(table) if not holding.kept or name in holding.blank]
        assert keys or not names, f"the world has no row of {holding.table}"
        for name in names:
            canary = f"cny {holding.table} {name}".replace("_", "-")
            length = getattr(table.c[name].type, "length", None)
            if length and len(canary) > length - 6:
                canary = f"c{len(painted)}ny-{name}"[: length - 6]
            painted.append(canary)
            for number, key in enumerate(keys):
                _put(table, key, name, canary, number)
    db.session.commit()
    return painted


def _texts(table: sa.Table) -> Iterator[str]:
    """Columns of free text or JSON: no enumeration, no key that points elsewhere or by which rows are found."""
    found_by = ("dedupe_key", "email_key", "key", "ref", "section")
    for column in table.columns:
        free = isinstance(column.type, sa.String | sa.JSON) and not isinstance(column.type, sa.Enum)
        if free and column.name not in found_by:
            yield column.name


def _put(table: sa.Table, key: Any, name: str, canary: str, number: int) -> None:
    value: Any = f"{canary} {number}"
    if isinstance(table.c[name].type, sa.JSON):
        value = {"text": value}
    where = [column == part for column, part in zip(table.primary_key.columns, key, strict=True)]
    db.session.execute(sa.update(table).where(*where).values({name: value}))


# -- looking for them ------------------------------------------------------------------------------


def forms(canary: str) -> set[bytes]:
    """The canary in the ways in which software writes a text."""
    found = {canary, canary.casefold(), canary.upper(), quote(canary), quote(canary, safe="")}
    found |= {canary.replace(" ", "+"), canary.encode("unicode_escape").decode()}
    raw = {each.encode(code) for each in found for code in ("utf-8", "utf-16-le", "utf-16-be")}
    return raw | {part for offset in range(3) for part in [_base64(canary, offset)] if part}


def _base64(text: str, offset: int) -> bytes:
    """What every base64 of something with this text at this offset has in common."""
    coded = base64.b64encode(b"\0" * offset + text.encode())
    return coded[4 if offset else 0 : -4]


def digests(address: str) -> set[bytes]:
    kinds = (md5, sha1, sha256)
    return {
        kind(text.encode()).hexdigest().encode()
        for kind in kinds
        for text in (address, address.upper())
    }


def everything(data_dir: Path) -> bytes:
    """Every byte the portal keeps: the database as it lies on the disk, its log, files, and what else is there."""
    parts = [path.read_bytes() for path in sorted(data_dir.rglob("*")) if path.is_file()]
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            parts += _relations(connection)
    return b"\n".join(parts)


def _relations(connection: sa.Connection) -> Iterator[bytes]:
    """The files of every table and index of this database."""
    connection.exec_driver_sql("CHECKPOINT")
    paths = connection.scalars(
        sa.text(
            "SELECT pg_relation_filepath(c.oid) FROM pg_class c WHERE c.relkind IN ('r', 't', 'i')"
            " AND pg_relation_filepath(c.oid) IS NOT NULL AND c.oid >= 16384"
        )
    ).all()
    for path in paths:
        yield bytes(connection.scalar(sa.text("SELECT pg_read_binary_file(:p)"), {"p": path}))


def hits(haystack: bytes, needles: set[bytes]) -> set[bytes]:
    folded = haystack.lower()
    return {needle for needle in needles if needle in haystack or needle.lower() in folded}
