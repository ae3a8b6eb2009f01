"""Hostile words in every text column that people write, row by row.

Which of the sixty stand where turns with each value: a long text holds a third of them, a line as many as its length
admits. Three paintings whose `turn` differs by twenty put all sixty into each long text.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from portal import clock
from portal.domain.submissions import digest
from portal.models import AuditEvent, Base, Submission
from portal.services.work import writing
from tests.support.payloads import PAYLOADS
from tests.support.written import WRITTEN

IN_PROSE = 20  # payloads in one long text
LONGEST_LINE = 200  # characters, where the schema gives no length
# What pages look up by its words: sections of the form, versions, kinds, references, instants and slugs.
KEEPS = {
    "kind", "slug", "field", "arrival", "number", "received_at", "closes_at", "round_slug", "sha256", "ref", "file",
}  # fmt: skip


@dataclass
class Brush:
    """`used` says which payloads went into which kind of column."""

    turn: int
    used: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def prose(self) -> str:
        chosen = [self._next("prose") for _ in range(IN_PROSE)]
        return "\n\n".join(chosen)

    def line(self, length: int, kind: str = "line") -> str:
        """One payload, and more while they fit. Those that do not fit wait for a longer place."""
        text = ""
        for _ in range(len(PAYLOADS)):
            following = PAYLOADS[self.turn % len(PAYLOADS)]
            candidate = f"{text} {following.text}".strip(" ")
            if len(candidate) > length and text:
                break
            self.turn += 1
            if len(candidate) <= length and following.is_line:
                text = candidate
                self.used[kind].add(following.text)
        return text

    def nested(self, value: Any, name: str = "") -> Any:
        """The same structure with hostile words in place of its texts."""
        if isinstance(value, dict):
            return {key: self.nested(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.nested(inner) for inner in value]
        if isinstance(value, str) and value and name not in KEEPS:
            return self.line(LONGEST_LINE, "nested")
        return value

    def address(self, number: object) -> str:
        """As hostile as an address that the portal takes can be: quoted first parts and spaces are refused."""
        return f"'/onfocus='alert`{number}`/zq{{{{7*7}}}}zq${{7*7}}@example.org"

    def _next(self, kind: str) -> str:
        payload = PAYLOADS[self.turn % len(PAYLOADS)]
        self.turn += 1
        self.used[kind].add(payload.text)
        return payload.text


def paint(turn: int) -> Brush:
    """Every row that stands, in every column of WRITTEN; and the log. The brush says what went where."""
    brush = Brush(turn)
    with writing() as session:
        for kind, columns in WRITTEN.items():
            for name in columns.split():
                table, column = name.split(".")
                _paint_column(session, brush, kind, Base.metadata.tables[table].c[column])
        _log(session, brush)
    return brush


def _paint_column(session: Any, brush: Brush, kind: str, column: sa.Column[Any]) -> None:
    keys = list(column.table.primary_key)
    for *key, held in session.execute(sa.select(*keys, column)).all():
        if held is None:
            continue
        value = _value(brush, kind, column, key, held)
        same_row = [each == part for each, part in zip(keys, key, strict=True)]
        values = {column.name: value} | _sealed(column, session, same_row, value)
        session.execute(sa.update(column.table).where(*same_row).values(values))


def _value(brush: Brush, kind: str, column: sa.Column[Any], key: list[Any], held: Any) -> Any:
    if kind == "prose":
        return brush.prose()
    if kind == "address":
        return brush.address(key[0])
    if kind == "nested":
        if isinstance(held, str):  # content of a submission, which is JSON in a form of its own
            told = brush.nested(json.loads(held))
            return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return brush.nested(held)
    length = getattr(column.type, "length", None) or LONGEST_LINE
    if not column.unique:
        return brush.line(length)
    return f"{brush.line(length - 8)} {key[0]}"


def _sealed(
    column: sa.Column[Any], session: Any, same_row: list[Any], value: Any
) -> dict[str, Any]:
    """The digest of a content that was painted, so that its receipt still proves it."""
    if column is not Submission.__table__.c.content:
        return {}
    salt = session.scalar(sa.select(Submission.salt).where(*same_row))
    return {"digest": digest(salt, value)}


def _log(session: Any, brush: Brush) -> None:
    """One more event of each kind that the log holds, with hostile words for what it told."""
    seen: dict[tuple[str, str], AuditEvent] = {}
    for event in session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id)):
        kept = seen.setdefault((event.action, event.subject_type), event)
        if len(event.after) + len(event.before) > len(kept.after) + len(kept.before):
            seen[event.action, event.subject_type] = event
    for event in list(seen.values()):
        session.add(
            AuditEvent(
                at=clock.now(), actor_id=event.actor_id, action=event.action, subject_type=event.subject_type,
                subject_id=event.subject_id, round_id=event.round_id, reason=brush.prose(),
                before=brush.nested({**event.after, **event.before}),
                after=brush.nested({**event.before, **event.after, "named": "x"}),
            )
        )  # fmt: skip


def coverage(brushes: list[Brush]) -> Iterator[tuple[str, set[str]]]:
    """What was never used, by kind of column."""
    every = {payload.text for payload in PAYLOADS}
    lines = {payload.text for payload in PAYLOADS if payload.is_line}
    for kind, wanted in (("prose", every), ("line", lines), ("nested", lines)):
        used = set[str]().union(*(brush.used[kind] for brush in brushes))
        yield kind, wanted - used
