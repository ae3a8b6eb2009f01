"""What must hold in every portal's database, whatever happened: each rule is a query for the rows that break it.

The schema refuses most nonsense by itself; these are the rules that span tables or that only the services keep.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.queries.invariants import (
    applications,
    audit,
    conflicts,
    files,
    privacy,
    references,
    reviews,
    rounds,
    submissions,
    work_tests,
)
from portal.queries.invariants.invariant import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    *applications.INVARIANTS,
    *submissions.INVARIANTS,
    *reviews.INVARIANTS,
    *rounds.INVARIANTS,
    *work_tests.INVARIANTS,
    *files.INVARIANTS,
    *references.INVARIANTS,
    *conflicts.INVARIANTS,
    *privacy.INVARIANTS,
    *audit.INVARIANTS,
)


@dataclass(frozen=True)
class Broken:
    """One row that breaks a rule, told by its id."""

    invariant: Invariant
    id: int

    def __str__(self) -> str:
        rule = self.invariant
        return f"{rule.name}: {rule.subject} {self.id}: {rule.sentence}"


def broken(session: Session) -> Iterator[Broken]:
    """Every row that breaks a rule, rule by rule. Reads the whole database."""
    for invariant in INVARIANTS:
        for key in sorted(set(invariant.offenders(session))):
            yield Broken(invariant, key)
