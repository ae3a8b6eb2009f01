"""One planted breach for each rule of `portal.queries.invariants` about the audit log; `AUDIT_PLANTS` by its name."""

from tests.queries.planting import Plants
from tests.support.tampering import tamper, tip

AUDIT_PLANTS = Plants()
breach = AUDIT_PLANTS.breach


@breach("audit-chain")
def _() -> int:
    position = tip() - 1
    tamper("UPDATE audit_events SET actor_id = NULL, action = 'x' WHERE position = :p", p=position)
    return position
