"""The rows of an erasure: emptied or deleted as `domain.holdings` says, inside the caller's transaction."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.audit import texts_of
from portal.domain.holdings import HOLDINGS, holding
from portal.domain.privacy import Holding
from portal.models import Application, AuditEvent, Base, OutboxMessage, StoredFile
from portal.queries.subjects import Subject, emptied, rows_of, table_of
from portal.services import audit_chain
from portal.services.files import IN_ONE_STATEMENT, batched

_APART = ("audit_events", "outbox")  # found by rows that go, so they are emptied before these


def forget(session: Session, subject: Subject, *, at: datetime) -> list[str]:
    """Empty everything that is the subject's; the keys of the bytes that are to be deleted after the commit."""
    _forget_events(session, subject)
    _forget_letters(session, subject, at)
    found = sa.select(StoredFile.key).where(rows_of(table_of("files"), subject))
    keys = list(session.scalars(found))
    covered = {each.table: each for each in HOLDINGS if subject.covers(each)}
    tables = [table for table in reversed(Base.metadata.sorted_tables) if table.name in covered]
    for table in tables:
        _empty(session, table, covered[table.name], subject)
    for table in tables:
        if not covered[table.name].kept:
            session.execute(sa.delete(table).where(rows_of(table, subject)))
    session.execute(
        sa.update(Application)
        .where(Application.id.in_(subject.application_ids), Application.forgotten_at.is_(None))
        .values(forgotten_at=at)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    return keys


def _empty(session: Session, table: sa.Table, held: Holding, subject: Subject) -> None:
    if held.blank and held.table not in _APART:
        statement = sa.update(table).where(rows_of(table, subject))
        session.execute(statement.values(emptied(table, held)))


def _forget_events(session: Session, subject: Subject) -> None:
    table = table_of("audit_events")
    for key in list(session.scalars(sa.select(table.c.id).where(rows_of(table, subject)))):
        forget_event(session, key)


def forget_event(session: Session, key: int) -> None:
    """Blank every text of one event of the audit log; who did what when stays, and the chain holds."""
    found = session.get(AuditEvent, key)
    if found is not None:
        paths = list(texts_of(found.reason, found.before, found.after))
        session.expunge(found)
        audit_chain.forget(session, key, paths)


def _forget_letters(session: Session, subject: Subject, at: datetime) -> None:
    table = table_of("outbox")
    found = sa.select(table.c.id).where(rows_of(table, subject))
    forget_letters(session, list(session.scalars(found)), at=at)


def forget_letters(session: Session, keys: list[int], *, at: datetime) -> None:
    """Empty letters. Those that were not sent yet never will be."""
    blank: dict[str, Any] = dict(holding("outbox").blank)
    for batch in batched(keys, IN_ONE_STATEMENT):
        these = sa.update(OutboxMessage).where(OutboxMessage.id.in_(batch))
        these = these.execution_options(synchronize_session=False)
        waiting = (OutboxMessage.sent_at.is_(None), OutboxMessage.failed_at.is_(None))
        session.execute(these.where(*waiting).values(failed_at=at))
        session.execute(these.values(**blank))
