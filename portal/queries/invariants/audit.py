"""The rule about the audit log: it is a chain, and what it holds is what was recorded."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from portal.queries.audit_chain import broken
from portal.queries.invariants.invariant import Invariant


def _changed(session: Session) -> Iterator[int]:
    for fault in broken(session):
        yield fault.position


INVARIANTS = (
    Invariant(
        "audit-chain",
        "event",
        "it is missing, was changed, or does not follow the one before it (`portal audit-verify` says which)",
        _changed,
    ),
)
