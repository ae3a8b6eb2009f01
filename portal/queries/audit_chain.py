"""Whether the audit log is what was recorded: the whole chain, and what was said of it elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.adapters import signing
from portal.domain.audit import (
    START,
    Anchor,
    Entry,
    Fault,
    anchor_text,
    faults,
)
from portal.models import AuditEvent, SigningKey

AT_ONCE = 1000
COLUMNS = tuple(getattr(AuditEvent, each.name) for each in fields(Entry))


@dataclass(frozen=True)
class Verdict:
    """What a look at the whole log found. `last_at` is the instant of its last event, if it has one."""

    count: int
    last_at: datetime | None
    problems: list[str]


def tip(session: Session) -> tuple[int, str]:
    """Position and digest of the last event."""
    last = session.execute(
        sa.select(AuditEvent.position, AuditEvent.digest)
        .order_by(AuditEvent.position.desc())
        .limit(1)
    ).first()
    return (last.position, last.digest) if last else (0, START)


def digest_at(session: Session, position: int) -> str | None:
    """The digest of the event at a position; that of the beginning at 0; None where there is no event."""
    if position == 0:
        return START
    return session.scalar(sa.select(AuditEvent.digest).where(AuditEvent.position == position))


def entries(session: Session, around: int | None = None) -> Iterator[Entry]:
    """The whole log in its order, or the events beside a position. Reads a thousand at a time."""
    statement = sa.select(*COLUMNS).order_by(AuditEvent.position)
    if around is not None:
        statement = statement.where(AuditEvent.position.between(around - 1, around + 1))
    names = [each.name for each in fields(Entry)]
    for row in session.execute(statement.execution_options(yield_per=AT_ONCE)):
        yield Entry(**dict(zip(names, row, strict=True)))


def broken(session: Session) -> Iterator[Fault]:
    """Everything that is wrong with the chain itself."""
    return faults(entries(session))


def verify(session: Session, anchors: Sequence[Anchor]) -> Verdict:
    """Look at every event and hold it against the anchors."""
    wanted = {anchor.count for anchor in anchors}
    found: dict[int, str] = {0: START}
    last: list[Entry] = []

    def watched() -> Iterator[Entry]:
        for entry in entries(session):
            if entry.position in wanted:
                found[entry.position] = entry.digest
            last[:] = [entry]
            yield entry

    problems = [str(fault) for fault in faults(watched())]
    count = last[0].position if last else 0
    problems += _against(anchors, _keys(session), count, found)
    return Verdict(count, last[0].at if last else None, problems)


def _against(
    anchors: Sequence[Anchor], keys: Mapping[str, str], count: int, found: Mapping[int, str]
) -> Iterator[str]:
    for anchor in anchors:
        name = f"anchor of {anchor.at}"
        text = anchor_text(anchor.count, anchor.digest, anchor.at)
        if anchor.key not in keys:
            yield f"{name}: no such key ever signed for this portal"
        elif not signing.verifies(keys[anchor.key], anchor.signature, text):
            yield f"{name}: its signature does not belong to it"
        elif anchor.count > count:
            yield f"{name}: the log had {anchor.count} events and ends at {count}: its end was cut off"
        elif found.get(anchor.count) != anchor.digest:
            yield f"{name}: event {anchor.count} is another than it was: the log was rewritten"


def _keys(session: Session) -> dict[str, str]:
    rows = session.execute(sa.select(SigningKey.fingerprint, SigningKey.public_key))
    own = signing.signer()
    return {own.fingerprint: own.public_key, **{row.fingerprint: row.public_key for row in rows}}
