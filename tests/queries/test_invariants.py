"""`portal check-invariants`: silent on a healthy portal, and each rule notices the one row that breaks it."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from portal.commands.checks import check_invariants
from portal.domain.review import Recommendation
from portal.extensions import db
from portal.models import Review, Round, Score, User
from portal.queries.invariants import INVARIANTS, Invariant, broken
from tests.conftest import NOW
from tests.queries.breaches import PLANTS as OTHER_PLANTS
from tests.queries.breaches_audit import AUDIT_PLANTS
from tests.queries.breaches_conflicts import CONFLICT_PLANTS
from tests.queries.breaches_files import FILE_PLANTS, file_of
from tests.queries.breaches_privacy import PRIVACY_PLANTS
from tests.queries.breaches_references import REFERENCE_PLANTS
from tests.queries.breaches_reviews import REVIEW_PLANTS
from tests.queries.breaches_tasks import TASK_PLANTS
from tests.queries.planting import change, first, review
from tests.support.databases import pinned, undone
from tests.support.seeded import fill

PLANTS = {
    **OTHER_PLANTS,
    **CONFLICT_PLANTS,
    **FILE_PLANTS,
    **PRIVACY_PLANTS,
    **REFERENCE_PLANTS,
    **REVIEW_PLANTS,
    **TASK_PLANTS,
    **AUDIT_PLANTS,
}


@pytest.fixture(scope="module")
def seeded(app: Flask) -> Iterator[sa.Connection]:
    """Sixty applicants of a round whose decisions are released, and the round before it."""
    with pinned(app) as connection:
        fill("decided", NOW, applicants=60)
        yield connection


@pytest.fixture
def planting(seeded: sa.Connection) -> Iterator[None]:
    with undone(seeded):
        yield


@pytest.mark.parametrize("stage", ["open", "review", "decided"])
def test_a_seeded_portal_breaks_no_rule_at_any_stage(app: Flask, stage: str) -> None:
    with pinned(app):
        fill(stage, NOW, applicants=60)
        assert [str(each) for each in broken(db.session())] == []


def test_every_rule_has_a_name_of_its_own_and_a_planted_breach() -> None:
    names = [rule.name for rule in INVARIANTS]
    assert len(names) == len(set(names)) >= 15
    assert set(PLANTS) == set(names)


@pytest.mark.parametrize("rule", INVARIANTS, ids=lambda rule: rule.name)
def test_a_rule_notices_the_row_that_breaks_it(planting: None, rule: Invariant) -> None:
    key = PLANTS[rule.name]()
    assert set(rule.offenders(db.session())) == {key}


def test_the_command_prints_each_breach_on_a_line_and_fails(app: Flask, planting: None) -> None:
    key = PLANTS["digest-recomputes"]()
    result = CliRunner().invoke(check_invariants, obj=app)
    assert result.exit_code == 1
    expected = f"digest-recomputes: submission {key}: its content is not what its receipt says"
    assert expected in result.stdout.splitlines()


def test_the_command_says_so_when_all_is_well(app: Flask, planting: None) -> None:
    result = CliRunner().invoke(check_invariants, obj=app)
    assert (result.exit_code, result.stdout) == (0, f"All {len(INVARIANTS) + 1} rules hold.\n")


def test_the_command_reads_the_files_too(app: Flask, planting: None) -> None:
    key = file_of(first(User.id), first(Round.id)).id
    result = CliRunner().invoke(check_invariants, obj=app)
    assert result.exit_code == 1
    assert f"file-is-as-received: file {key}: its bytes cannot be read" in result.stdout


def test_a_reader_who_abstains_needs_no_scores(planting: None) -> None:
    key = review(Review.recommendation != Recommendation.ABSTAIN)
    change(Review, key, recommendation=Recommendation.ABSTAIN)
    db.session.execute(sa.delete(Score).where(Score.review_id == key))
    rule = next(rule for rule in INVARIANTS if rule.name == "review-is-complete")
    assert list(rule.offenders(db.session())) == []
