"""The planted breaches of the rules about references; `REFERENCE_PLANTS` by the rule's name."""

import sqlalchemy as sa

from portal.extensions import db
from portal.models import (
    Application,
    Referee,
    Round,
)
from tests.conftest import NOW
from tests.queries.planting import (
    Plants,
    change,
    first,
    of,
)

REFERENCE_PLANTS = Plants()
breach = REFERENCE_PLANTS.breach


@breach("referees-within-number")
def _() -> int:
    """The round takes fewer from now on: everybody with two has too many, so all but one lose theirs."""
    key = first(Referee.application_id, Referee.declined_at.is_(None))
    db.session.execute(sa.delete(Referee).where(Referee.application_id != key))
    round_id = of(Application.round_id, Application, key)
    change(Round, round_id, max_referees=0)
    return key


@breach("reference-settled-once")
def _() -> int:
    return change(Referee, first(Referee.id, Referee.received_at.is_not(None)), declined_at=NOW)


@breach("reference-was-asked-for")
def _() -> int:
    return change(Referee, first(Referee.id, Referee.received_at.is_not(None)), asked_at=None)


@breach("reference-has-words")
def _() -> int:
    return change(Referee, first(Referee.id, Referee.received_at.is_not(None)), answers={})


@breach("let-in-was-late")
def _() -> int:
    return change(Referee, first(Referee.id, Referee.received_at.is_not(None)), let_in_at=NOW)
