"""Erasing a person: rows first, in one transaction, then the ledger, the bytes, and what is left in the pages.

A crash between two steps leaves an erasure that is begun and not finished; `finish` goes on with it, whoever calls it:
the worker, the command, or the next start of either. Nothing says "erased" before all is.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.adapters.ledger import Ledger
from portal.adapters.storage import StorageError
from portal.domain.accounts import may_deactivate
from portal.domain.privacy import ledger_digest
from portal.domain.verdict import ALLOWED, Refused, Verdict
from portal.extensions import db
from portal.models import Erasure, User
from portal.queries import subjects
from portal.services import accounts, audit, files
from portal.services.erasure_rows import forget
from portal.services.scrubbing import scrub
from portal.services.work import locked, writing

log = logging.getLogger(__name__)
_ledger: Ledger


def introduce(ledger: Ledger) -> None:
    """Where erasures are written down outside the database. Called once, when the application is made."""
    global _ledger
    _ledger = ledger


@dataclass(frozen=True)
class Progress:
    """How many erasures were finished, and how many are begun and not finished yet."""

    finished: int
    open: int


# -- verbs ---------------------------------------------------------------------------------------------


def erase(user_id: int, *, by: int | None, reason: str, now: datetime) -> Verdict:
    """Erase everything about a person but counts and receipts. An undecided application is withdrawn first.

    `by` is the account that asked for it, None for the command line. Answers once the rows are empty; `finish` does
    the rest.
    """
    with writing() as session:
        user = locked(session, User, user_id)
        if user is None:
            return accounts.NOBODY
        if user.erased_at is not None:
            return ALLOWED
        verdict = may_deactivate(
            is_self=by == user_id,
            is_admin=user.is_admin,
            other_admins=accounts.other_admins(session, user_id),
        )
        if not verdict:
            return verdict
        accounts.end_sign_ins(session, user_id, at=now)
        accounts.withdraw_undecided(session, user_id, now, "The person's data was erased.")
        session.flush()
        _erase_rows(session, user_id, by, reason, now)
        return ALLOWED


def _erase_rows(session: Session, user_id: int, by: int | None, reason: str, now: datetime) -> None:
    subject = subjects.person(session, user_id)
    assert subject is not None
    keys = forget(session, subject, at=now)
    session.execute(
        sa.update(User)
        .where(User.id == user_id)
        .values(erased_at=now, closed_at=sa.func.coalesce(User.closed_at, now))
        .execution_options(synchronize_session=False)
    )
    session.add(Erasure(user_id=user_id, asked_by_id=by, erased_at=now, file_keys=keys))
    audit.record(
        session, "account.erased", at=now, actor_id=by, subject=("user", user_id), reason=reason,
        after={"applications": len(subject.applications), "files": len(keys)},
    )  # fmt: skip


def finish(now: datetime, *, rewrite: bool = True) -> Progress:
    """Go on with every erasure that is begun. Without `rewrite` the database keeps its pages: a later call's work."""
    waiting = _unfinished()
    ready = [key for key in waiting if _without_files(key)]
    finished = ready if ready and rewrite and scrub() else []
    if finished:
        with writing() as session:
            session.execute(
                sa.update(Erasure)
                .where(Erasure.id.in_(finished))
                .values(finished_at=now)
                .execution_options(synchronize_session=False)
            )
    return Progress(len(finished), len(waiting) - len(finished))


def reapply(now: datetime) -> int:
    """Erase once more whom the ledger names and a restored database knows again; answers how many."""
    known = _ledger.digests()
    with_rows = sa.select(User.id, User.created_at).where(User.erased_at.is_(None))
    again = [
        row.id
        for row in db.session.execute(with_rows)
        if ledger_digest(row.id, row.created_at) in known
    ]
    done = 0
    for user_id in again:
        verdict = erase(user_id, by=None, reason="Erased before the copy was restored.", now=now)
        if isinstance(verdict, Refused):
            log.error("account %s is in the ledger and was not erased: %s", user_id, verdict.what)
        else:
            done += 1
    return done


# -- steps ---------------------------------------------------------------------------------------------


def _unfinished() -> list[int]:
    query = sa.select(Erasure.id).where(Erasure.finished_at.is_(None)).order_by(Erasure.id)
    return list(db.session.scalars(query))


def _without_files(key: int) -> bool:
    """Write the erasure into the ledger and delete its bytes. False if something is left to delete."""
    row = db.session.execute(
        sa.select(Erasure.user_id, Erasure.erased_at, Erasure.file_keys, User.created_at)
        .join(User, User.id == Erasure.user_id)
        .where(Erasure.id == key)
    ).one()
    _ledger.add(ledger_digest(row.user_id, row.created_at), row.erased_at)
    left = [name for name in row.file_keys if not _deleted(name)]
    if left != list(row.file_keys):
        with writing() as session:
            session.execute(
                sa.update(Erasure)
                .where(Erasure.id == key)
                .values(file_keys=left)
                .execution_options(synchronize_session=False)
            )
    return not left


def _deleted(key: str) -> bool:
    try:
        files.delete(key)
    except StorageError as error:
        log.error(
            "a file of an erased account was not deleted, which will be tried again: %s", error
        )
        return False
    return True
