"""Rules about referees and what they wrote."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.references import reference_gaps
from portal.models import Application, Referee, Round
from portal.queries.invariants.invariant import Invariant, rule

AT_ONCE = 500  # references in memory: one has some four thousand characters


def _too_many() -> sa.Select[int]:
    return (
        sa.select(Referee.application_id)
        .join(Application, Application.id == Referee.application_id)
        .join(Round, Round.id == Application.round_id)
        .where(Referee.withdrawn_at.is_(None), Referee.declined_at.is_(None))
        .group_by(Referee.application_id, Round.max_referees)
        .having(sa.func.count() > Round.max_referees)
    )


def _settled_twice() -> sa.Select[int]:
    return sa.select(Referee.id).where(
        Referee.received_at.is_not(None),
        sa.or_(Referee.declined_at.is_not(None), Referee.withdrawn_at.is_not(None)),
    )


def _never_asked() -> sa.Select[int]:
    answered = sa.or_(
        Referee.received_at.is_not(None),
        Referee.reminded_at.is_not(None),
        Referee.token_digest.is_not(None),
    )
    return sa.select(Referee.id).where(Referee.asked_at.is_(None), answered)


def _without_words(session: Session) -> Iterator[int]:
    statement = (
        sa.select(Referee.id, Referee.answers)
        .where(Referee.received_at.is_not(None))
        .execution_options(yield_per=AT_ONCE)
    )
    for key, answers in session.execute(statement):
        if reference_gaps(answers):
            yield key


def _let_in_for_nothing() -> sa.Select[int]:
    return sa.select(Referee.id).where(
        Referee.let_in_at.is_not(None),
        sa.or_(Referee.received_at.is_(None), Referee.arrival != "late"),
    )


INVARIANTS = (
    rule(
        "referees-within-number",
        "application",
        "it has more referees than its round takes",
        _too_many,
    ),
    rule(
        "reference-settled-once",
        "referee",
        "their reference came, and yet they declined or were told that it is not needed",
        _settled_twice,
    ),
    rule(
        "reference-was-asked-for", "referee", "something came of a letter never sent", _never_asked
    ),
    Invariant(
        "reference-has-words",
        "referee",
        "their reference came without answers that it needs",
        _without_words,
    ),
    rule(
        "let-in-was-late",
        "referee",
        "they were let in although nothing came too late",
        _let_in_for_nothing,
    ),
)
