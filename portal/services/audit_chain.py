"""Links the events of a transaction to the chain at its very end, and lets nobody change one.

Events wait in the session until everything else is written. Then one lock, that nothing else takes, gives them their
places; it is held for one insert and the commit. So no transaction waits for a place while it holds what another one
needs, and a long transaction holds nobody up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from itertools import groupby
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import (
    Mapper,
    ORMExecuteState,
    Session,
    SessionTransaction,
    UOWTransaction,
)

from portal.domain.audit import START, Entry, digest_of, forgotten, plain, sealed
from portal.extensions import begin_write
from portal.models import AuditEvent

Row = dict[str, Any]
LOCK = 7_046_029_254  # any number, the same in every process
WAITING = "audit events to be chained"
FORGETTING = "forgets texts of audit events"
EVIDENCE = {
    "evidence": True
}  # marks statements that only record, for whoever counts those of a page


# The foreign keys of an event lock its actor and its round. They are locked before the chain is: whoever holds them may
# be waiting for the chain.
_LOCK = sa.text("""
    WITH actors AS MATERIALIZED (SELECT id FROM users WHERE id = ANY(:actor_id) FOR KEY SHARE),
         of AS MATERIALIZED (SELECT id FROM rounds WHERE id = ANY(:round_id) FOR KEY SHARE)
    SELECT pg_advisory_xact_lock(:key) FROM
        (SELECT (SELECT count(*) FROM actors) + (SELECT count(*) FROM of) AS held) AS first
    WHERE held >= 0
""").bindparams(
    sa.bindparam("actor_id", type_=sa.ARRAY(sa.Integer)),
    sa.bindparam("round_id", type_=sa.ARRAY(sa.Integer)),
)
_INSERT = sa.insert(cast("sa.Table", AuditEvent.__table__))
_LAST = (
    sa.select(AuditEvent.position, AuditEvent.digest).order_by(AuditEvent.position.desc()).limit(1)
)


class ImmutableEvent(RuntimeError):
    """Something would change or delete an event of the audit log."""


# -- at the end of a transaction ------------------------------------------------------------------


def wait(session: Session, rows: Iterable[Row]) -> None:
    """Have these events (columns by name) chained and written when the session's transaction commits."""
    of = session.get_nested_transaction() or session.get_transaction() or session.begin()
    session.info.setdefault(WAITING, []).extend((of, row) for row in rows)


@event.listens_for(Session, "before_flush")
def _take_out(session: Session, _context: UOWTransaction, _objects: Any) -> None:
    """Events that were added as objects wait as rows: they have no place in the chain yet."""
    added = [each for each in session.new if isinstance(each, AuditEvent)]
    for each in added:
        session.expunge(each)
    if added:
        wait(session, [_row_of(each) for each in added])


@event.listens_for(Session, "before_commit")
def _link(session: Session) -> None:
    if session.get_nested_transaction() is not None:
        return
    if session.new or session.dirty or session.deleted:
        session.flush()
    root, waiting = session.get_transaction(), session.info.pop(WAITING, [])
    rows = [row for of, row in waiting if _is_within(of, root)]
    if rows:
        chain(session, rows)


@event.listens_for(Session, "after_soft_rollback")
def _drop(session: Session, undone: SessionTransaction) -> None:
    waiting = session.info.get(WAITING)
    if waiting:
        session.info[WAITING] = [each for each in waiting if not _is_within(each[0], undone)]


def _is_within(inner: SessionTransaction | None, outer: SessionTransaction | None) -> bool:
    while inner is not None:
        if inner is outer:
            return True
        inner = inner.parent
    return False


# -- the links ------------------------------------------------------------------------------------


def chain(session: Session, rows: Sequence[Row]) -> None:
    """Write these events as the next ones of the chain. The caller commits soon: until then others wait to commit."""
    begin_write(session)
    sealed_rows = [_with_seals(row) for row in rows]
    position, previous = _tip(session, sealed_rows)
    for row in sealed_rows:
        position += 1
        row["position"], row["previous"] = position, previous
        row["digest"] = previous = digest_of(entry_of(row))
    for _, alike in groupby(sealed_rows, key=lambda row: "id" in row):
        session.connection().execute(_INSERT, list(alike), execution_options=EVIDENCE)


def _tip(session: Session, rows: Sequence[Row]) -> tuple[int, str]:
    """Position and digest of the last event, once nobody else can add one."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        named = {
            name: sorted({row[name] for row in rows} - {None}) for name in ("actor_id", "round_id")
        }
        connection.execute(_LOCK, {"key": LOCK, **named}, execution_options=EVIDENCE)
    last = connection.execute(_LAST, execution_options=EVIDENCE).first()
    return (last.position, last.digest) if last else (0, START)


def _row_of(added: AuditEvent) -> Row:
    """The columns of an event that was made as an object."""
    row = {name: getattr(added, name) for name in _CONTENT}
    row |= {"reason": row["reason"] or "", "request_id": row["request_id"] or ""}
    return row if added.id is None else {**row, "id": added.id}


def _with_seals(row: Row) -> Row:
    found: Row = {name: row.get(name) for name in _CONTENT}
    if row.get("id") is not None:
        found["id"] = row["id"]
    found["before"], found["after"] = plain(found["before"]), plain(found["after"])
    found["seals"] = sealed(found["reason"], found["before"], found["after"])
    return found


_LINKS = ("position", "previous", "digest", "seals")
_CONTENT = tuple(each.name for each in fields(Entry) if each.name not in _LINKS)


def entry_of(row: Row) -> Entry:
    """What the rules of the chain look at; the digest may be missing yet."""
    return Entry(digest=row.get("digest", ""), **{
        each.name: row[each.name] for each in fields(Entry) if each.name != "digest"
    })  # fmt: skip


# -- nobody changes one ---------------------------------------------------------------------------


def forget(session: Session, event_id: int, paths: Iterable[str]) -> bool:
    """Blank texts of an event for good (`reason`, `before.name` ...): the one change that an event ever sees.

    Who, what and when stay, and so does the chain. Answers whether there was anything to blank. Takes part in the
    caller's transaction.
    """
    found = session.get(AuditEvent, event_id, with_for_update=True, populate_existing=True)
    if found is None:
        return False
    entry = entry_of({each.name: getattr(found, each.name) for each in fields(Entry)})
    reason, before, after, seals = forgotten(entry, paths)
    session.expunge(found)
    if seals == dict(entry.seals):
        return False
    session.execute(
        sa.update(AuditEvent)
        .where(AuditEvent.id == event_id)
        .values(reason=reason, before=before, after=after, seals=seals),
        execution_options={FORGETTING: True},
    )
    return True


@event.listens_for(AuditEvent, "before_update")
@event.listens_for(AuditEvent, "before_delete")
def _refuse(_mapper: Mapper[Any], _connection: sa.Connection, target: AuditEvent) -> None:
    raise ImmutableEvent(f"event {target.position} of the audit log is never changed")


@event.listens_for(Session, "do_orm_execute")
def _refuse_in_bulk(state: ORMExecuteState) -> None:
    if not (state.is_update or state.is_delete) or state.execution_options.get(FORGETTING):
        return
    if state.bind_mapper is not None and state.bind_mapper.class_ is AuditEvent:
        raise ImmutableEvent("events of the audit log are never changed")
