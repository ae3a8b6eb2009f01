"""An application's life as a state machine: any order of what people do, against `model.py`, on a real database.

After each step it is compared with all that is stored of the application; at the end of each life every rule of
`portal check-invariants` is asked. PORTAL_TEST_EXAMPLES and PORTAL_TEST_STEPS make it look longer than usual.
What it found so far, and which faults it is known to find, stands in docs/decisions/receipts.md.
"""

import os

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.services.life.applicant import Applicant
from tests.services.life.programme import Programme
from tests.services.life.truths import Truths


class Life(Applicant, Programme, Truths):
    """All of it together."""


def test_any_life_of_an_application_keeps_the_rules(app: Flask) -> None:
    Life.app = app
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=int(os.environ.get("PORTAL_TEST_EXAMPLES", "10")),
            stateful_step_count=int(os.environ.get("PORTAL_TEST_STEPS", "20")),
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
