"""`portal seed` as a command: deterministic, refusing what it would collide with, and its plan checked by name."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from portal import paths
from portal.adapters import signing
from portal.app import create_app
from portal.commands.demo import seed as seed_command
from portal.config import Mode, Settings
from portal.demo.accounts import DEMO_PASSWORD, demo_accounts
from portal.demo.batch import Batch
from portal.demo.calendar import season
from portal.demo.material import MaterialError
from portal.demo.plan import load_plan
from portal.demo.rounds import NoReferenceContent
from portal.demo.seeding import CannotSeed, seed
from portal.domain.rounds import Arrival
from portal.extensions import db
from portal.models import Round, Submission, User
from portal.services.reference import load_reference
from portal.services.signing_keys import kept_key
from tests.conftest import NOW
from tests.support.databases import pinned, undone
from tests.support.seeded import every_row, fill


@pytest.fixture(autouse=True)
def connection(app: Flask) -> Iterator[sa.Connection]:
    """An empty database for each test; nothing stays of it."""
    with pinned(app) as connection:
        yield connection


def test_an_open_round_has_two_weeks_to_go() -> None:
    fill("open", NOW, applicants=0)
    closes_at = db.session.scalar(sa.select(sa.func.max(Round.closes_at)))
    assert timedelta(days=14) <= closes_at - NOW < timedelta(days=15)


def test_a_submission_in_grace_is_recorded_as_such() -> None:
    fill("review", NOW, applicants=120)
    arrivals = Counter(db.session.scalars(sa.select(Submission.arrival)))
    assert arrivals[Arrival.IN_GRACE] >= 1
    assert arrivals[Arrival.ON_TIME] > 50


def test_the_same_seed_and_instant_make_the_same_rows(connection: sa.Connection) -> None:
    load_reference(paths.SEEDS / "reference", NOW)
    kept_key(db.session(), signing.signer(), NOW)  # the portal's own, and no part of a demo
    db.session.commit()
    made = []
    for number in (3, 3, 4):
        with undone(connection):
            seed("decided", 25, number, NOW)
            made.append(every_row())
    assert made[0] == made[1]
    assert {name for name in made[0] if made[0][name] != made[2][name]} >= {"users", "submissions"}


def test_a_second_seed_is_refused_and_changes_nothing() -> None:
    fill("open", NOW, applicants=3)
    before = every_row()
    with pytest.raises(CannotSeed, match="there already"):
        seed("open", 3, 2, NOW)
    assert every_row() == before


def test_an_address_that_is_taken_is_named() -> None:
    db.session.add(
        User(email="admin@example.org", email_key="admin@example.org", fs_uniquifier="x", created_at=NOW)
    )  # fmt: skip
    db.session.commit()
    with pytest.raises(CannotSeed, match=r"admin@example\.org"):
        fill("open", NOW, applicants=1)


def test_without_reference_content_it_says_what_to_run_first() -> None:
    with pytest.raises(NoReferenceContent, match="portal init"):
        seed("open", 1, 1, NOW)


def test_rows_written_later_get_ids_of_their_own() -> None:
    fill("open", NOW, applicants=5)
    address = "late@example.org"
    later = User(email=address, email_key=address, fs_uniquifier="late", created_at=NOW)
    db.session.add(later)
    db.session.commit()
    assert later.id == db.session.scalar(sa.select(sa.func.max(User.id)))


def test_a_batch_refuses_a_column_that_is_not_there() -> None:
    with pytest.raises(KeyError, match="favourite"):
        Batch(db.session()).add(User, favourite="colour")


# -- the command ----------------------------------------------------------------------------------


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(seed_command, arguments, obj=app)
    return result.exit_code, result.output


def test_the_command_prints_how_to_sign_in_and_leaves_a_seeded_portal_alone(app: Flask) -> None:
    load_reference(paths.SEEDS / "reference", NOW)
    code, output = run(app, "--applicants", "2", "--now", "2026-11-21T12:00:00Z")
    assert code == 0, output
    for account in demo_accounts():
        assert account.email in output
    assert DEMO_PASSWORD in output
    rows = every_row()
    code, output = run(app, "--if-empty")
    assert (code, every_row() == rows) == (0, True)
    assert "nothing was changed" in output
    code, output = run(app)
    assert code == 1
    assert "there already" in output


def test_production_is_not_seeded(app: Flask, settings: Settings) -> None:
    app.extensions["settings"] = replace(settings, mode=Mode.PRODUCTION)
    try:
        code, output = run(app, "--applicants", "1")
    finally:
        app.extensions["settings"] = settings
    assert code == 1
    assert "production mode" in output


def test_a_database_without_tables_is_told_what_to_run_first(tmp_path: Path) -> None:
    bare = Settings(
        mode=Mode.TEST,
        database_url=f"sqlite:///{tmp_path}/bare.db",
        secret_key="a key for tests only, long enough to pass",
        base_url="http://localhost",
        data_dir=tmp_path,
    )
    other = create_app(bare)
    code, output = run(other, "--if-empty")
    with other.app_context():
        db.engine.dispose()
    assert code == 1
    assert "run `portal init`" in output


def test_an_instant_that_is_none_is_refused(app: Flask) -> None:
    code, output = run(app, "--now", "tomorrow")
    assert code == 2
    assert "'tomorrow' is no instant" in output


# -- the plan -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('role = "admin"', 'role = "king"', "admin@example.org: role 'king'"),
        ('lead = "mentor@example.org"', 'lead = "x@example.org"', "nobody has x@example.org"),
        ('answered_by = "limits"', 'answered_by = "mood"', "answered_by 'mood'"),
        ("places = 8", "", "stream nanda: places is missing"),
    ],
)
def test_a_mistake_in_the_plan_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = (paths.SEEDS / "demo" / "round.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "round.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(MaterialError, match=r"round\.toml") as told_by:
        load_plan(tmp_path)
    assert told in str(told_by.value)


def test_seasons_are_named_by_the_start_of_the_programme() -> None:
    assert season(NOW.replace(month=5)) == "Summer 2026"
    assert season(NOW.replace(month=11)) == "Winter 2026-27"
    assert season(NOW.replace(month=1)) == "Winter 2025-26"
