"""Forgetting what is due, kind by kind, in small transactions: a run that is cut off is gone on with by the next."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.adapters.storage import StorageError
from portal.domain.retention import OF_APPLICATIONS, Kind, Terms
from portal.extensions import db
from portal.models import Application, Invitation, SignIn
from portal.queries.retention import Due, due, ids_of
from portal.queries.subjects import Subject
from portal.services import audit, erasure, files
from portal.services.erasure_rows import forget, forget_event, forget_letters
from portal.services.files import batched
from portal.services.scrubbing import scrub
from portal.services.work import writing

log = logging.getLogger(__name__)
AT_ONCE = 50  # applications or letters in one transaction: others wait for it


def plan(terms: Terms, now: datetime) -> list[Due]:
    """What a run at `now` would forget: exactly this."""
    return due(db.session(), terms, now)


def run(terms: Terms, now: datetime, *, rewrite: bool = True) -> list[Due]:
    """Forget everything that is due and answer what that was. `rewrite` leaves no old text in the database's pages."""
    done = []
    for each in plan(terms, now):
        forgotten: list[int] = []
        for batch in batched(each.ids, AT_ONCE):
            forgotten += _forget(each.kind, batch, terms, now)
        done.append(Due(each.kind, tuple(forgotten)))
    finished = erasure.finish(now, rewrite=rewrite).finished
    if rewrite and not finished and any(each.ids for each in done):
        scrub()  # where somebody is in the way, the next run or erasure does it
    return done


def _forget(kind: Kind, ids: Sequence[int], terms: Terms, now: datetime) -> list[int]:
    if kind is Kind.UNCONFIRMED:
        return [
            key for key in ids if erasure.erase(key, by=None, reason="Its term was over.", now=now)
        ]
    keys: list[str] = []
    with writing() as session:
        # Asked again inside: what changed since the plan was made, such as a round taken out of the archive, counts.
        query = ids_of(kind, terms, now)
        column = query.selected_columns[0]
        still = list(session.scalars(query.where(column.in_(ids))))
        if still and kind in OF_APPLICATIONS:
            keys = forget(session, _applications(session, still), at=now)
        elif still:
            _FORGET[kind](session, still, now)
        if still and kind is not Kind.AUDIT_TEXTS:
            _note(session, kind, len(still), now)
    for key in keys:
        with suppress(StorageError):  # bytes without a row: the sweep finds them
            files.delete(key)
    return still


def _applications(session: Session, ids: Sequence[int]) -> Subject:
    rows = session.execute(
        sa.select(Application.id, Application.round_id, Application.user_id)
        .where(Application.id.in_(ids))
        .order_by(Application.id)
    )
    return Subject(None, "", [(row.id, row.round_id, row.user_id) for row in rows])


def _delete_sign_ins(session: Session, ids: Sequence[int], _now: datetime) -> None:
    session.execute(sa.delete(SignIn).where(SignIn.id.in_(ids)))


def _delete_invitations(session: Session, ids: Sequence[int], _now: datetime) -> None:
    session.execute(sa.delete(Invitation).where(Invitation.id.in_(ids)))


def _empty_letters(session: Session, ids: Sequence[int], now: datetime) -> None:
    forget_letters(session, list(ids), at=now)


def _blank_events(session: Session, ids: Sequence[int], _now: datetime) -> None:
    for key in ids:
        forget_event(session, key)


_FORGET: dict[Kind, Callable[[Session, Sequence[int], datetime], None]] = {
    Kind.SIGN_INS: _delete_sign_ins,
    Kind.INVITATIONS: _delete_invitations,
    Kind.LETTERS: _empty_letters,
    Kind.AUDIT_TEXTS: _blank_events,
}


def _note(session: Session, kind: Kind, count: int, now: datetime) -> None:
    audit.record(
        session, "retention.forgot", at=now, actor_id=None, subject=("retention", None),
        after={"kind": kind.value, "count": count},
    )  # fmt: skip
