"""Rules about what was erased: nothing of it is left, column by column as `domain.holdings` says."""

from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.holdings import HOLDINGS
from portal.models import Application, Erasure, User
from portal.queries.invariants.invariant import Invariant, rule
from portal.queries.subjects import Subject, left_over, person

AT_ONCE = 100  # applications in one condition
# Events name their subject for good, and the one that says "erased" comes afterwards; the chain says what was blanked.
LOOKED_AT = tuple(each for each in HOLDINGS if each.table != "audit_events")


def _has_left_overs(session: Session, subject: Subject) -> bool:
    return any(left_over(session, each, subject) for each in LOOKED_AT if subject.covers(each))


def _person_left_over(session: Session) -> Iterator[int]:
    for key in list(session.scalars(sa.select(User.id).where(User.erased_at.is_not(None)))):
        subject = person(session, key)
        if subject is not None and _has_left_overs(session, subject):
            yield key


def _application_left_over(session: Session) -> Iterator[int]:
    rows = session.execute(
        sa.select(Application.id, Application.round_id, Application.user_id)
        .join(User, User.id == Application.user_id)
        .where(Application.forgotten_at.is_not(None), User.erased_at.is_(None))
        .order_by(Application.id)
    ).all()
    applications = [(row.id, row.round_id, row.user_id) for row in rows]
    for start in range(0, len(applications), AT_ONCE):
        batch = applications[start : start + AT_ONCE]
        if _has_left_overs(session, Subject(None, "", batch)):
            yield from _those_of(session, batch)


def _those_of(session: Session, batch: Iterable[tuple[int, int, int]]) -> Iterator[int]:
    for row in batch:
        if _has_left_overs(session, Subject(None, "", [row])):
            yield row[0]


def _without_record() -> sa.Select[int]:
    recorded = sa.exists().where(Erasure.user_id == User.id)
    return sa.select(User.id).where(User.erased_at.is_not(None), ~recorded)


def _of_somebody_still_there() -> sa.Select[int]:
    return (
        sa.select(Erasure.id)
        .join(User, User.id == Erasure.user_id)
        .where(
            sa.or_(
                User.erased_at.is_(None),
                sa.and_(
                    Erasure.finished_at.is_not(None), sa.cast(Erasure.file_keys, sa.Text) != "[]"
                ),
            )
        )
    )


INVARIANTS = (
    Invariant(
        "erased-account-is-empty",
        "user",
        "it counts as erased, and something of it is left",
        _person_left_over,
    ),
    Invariant(
        "forgotten-application-is-empty",
        "application",
        "it counts as forgotten, and something of it is left",
        _application_left_over,
    ),
    rule("erased-is-recorded", "user", "it is erased, and no erasure says so", _without_record),
    rule(
        "erasure-is-whole",
        "erasure",
        "its account is not erased, or it counts as finished before its files were gone",
        _of_somebody_still_there,
    ),
)
