"""Who can sign in to a demo, and with what: printed by ``portal seed`` and shown on the sign-in page of a demo."""

from __future__ import annotations

from functools import cache

from portal import paths
from portal.demo.plan import AccountPlan, load_plan

# One password for all invented people. It guards nothing: production refuses to seed.
DEMO_PASSWORD = "four curious otters"


@cache
def demo_accounts() -> tuple[AccountPlan, ...]:
    """The accounts worth signing in as, in the order in which a visitor tries them."""
    return load_plan(paths.SEEDS / "demo").accounts
