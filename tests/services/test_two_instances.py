"""Two portals on one database: what one does holds on the other at once, with no restart and nothing to be told.

Each is an application of its own with its own connections, as two servers behind one address would be.
"""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier

import flask_migrate
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask

from portal.adapters import signing
from portal.adapters.signing import Signer, fingerprint_of
from portal.app import create_app
from portal.domain.decisions import Release
from portal.domain.permissions import Viewer
from portal.domain.submissions import signed_text
from portal.extensions import db
from portal.models import Application, Round, SigningKey, Submission, User
from portal.queries import applications as dossiers
from portal.queries import own_applications
from portal.queries import release as looking
from portal.queries.receipts import check_receipt, public_receipt
from portal.services import applications, extensions
from portal.services.applications import Saved
from portal.services.desk import Late
from portal.services.release import Released, release
from portal.services.submissions import Receipt
from tests.conftest import NOW
from tests.support.applicant import submit, write
from tests.support.builders import Builder
from tests.support.databases import fresh_database, settings_of_tests

LATE = NOW + timedelta(days=15)


@pytest.fixture(scope="module")
def portals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Flask]]:
    with fresh_database("instances", tmp_path_factory.mktemp("instances")) as address:
        data = tmp_path_factory.mktemp("data")
        apps = (
            create_app(settings_of_tests(address, data)),
            create_app(settings_of_tests(address, data)),
        )
        with apps[0].app_context():
            flask_migrate.upgrade()
        yield apps
        for app in apps:
            with app.app_context():
                db.engine.dispose()


@dataclass
class Scene:
    round_id: int
    user_id: int
    admin: Viewer


@pytest.fixture
def scene(portals: tuple[Flask, Flask]) -> Scene:
    return somebody(portals[0])


@pytest.fixture
def people(portals: tuple[Flask, Flask]) -> list[Scene]:
    return [somebody(portal) for portal in portals]


def somebody(portal: Flask) -> Scene:
    """Somebody who submitted in time, in a round of their own."""
    with portal.app_context():
        make = Builder(NOW)
        make._count = secrets.randbelow(10**9)  # slugs and addresses of this module's tests differ
        round_ = make.round(f"Round {secrets.token_hex(4)}")
        user = make.user(f"Person {secrets.token_hex(4)}")
        admin = make.user(f"Admin {secrets.token_hex(4)}", is_admin=True)
        write(user, round_, make.stream(round_))
        assert isinstance(submit(user, round_), Receipt)
        return Scene(round_.id, user.id, Viewer(admin.id, is_admin=True))


def saves(scene: Scene, text: str) -> object:
    version = dossiers.of(scene.user_id, scene.round_id).version("interests")
    return applications.save_section(
        scene.user_id, scene.round_id, "interests", {"interests": text}, version, received_at=LATE
    )


def test_the_two_have_connections_of_their_own(portals):
    engines = []
    for app in portals:
        with app.app_context():
            engines.append(db.engine)
    assert engines[0] is not engines[1]


def test_an_extension_granted_on_one_is_in_force_on_the_other(portals, scene):
    here, there = portals
    with there.app_context():
        assert isinstance(saves(scene, "Too late."), Late)
    with here.app_context():
        answer = extensions.grant_extension(
            scene.admin, scene.round_id, scene.user_id, None, LATE + timedelta(days=1),
            reason="Ill", now=LATE,
        )  # fmt: skip
        assert isinstance(answer, int)
    with there.app_context():
        assert isinstance(saves(scene, "In time now."), Saved)
        dossier = dossiers.of(scene.user_id, scene.round_id)
        assert dossier.general().closes_at == LATE + timedelta(days=1)
    with here.app_context():
        answers = dossiers.of(scene.user_id, scene.round_id).answers("interests")
        assert answers is not None
        assert answers["interests"] == "In time now."


def test_a_release_on_one_shows_and_closes_on_the_other(portals, scene):
    here, there = portals
    with there.app_context():
        assert own_applications.outcomes(dossiers.of(scene.user_id, scene.round_id), LATE) == []
    with here.app_context():
        asked = Release(1, decline_undecided=True, seen=looking.facts(scene.round_id).mark)
        assert release(scene.admin, scene.round_id, asked, now=LATE) == Released(LATE, 1)
    with there.app_context():
        dossier = dossiers.of(scene.user_id, scene.round_id)
        assert [each.outcome for each in own_applications.outcomes(dossier, LATE)] == ["decline"]
        assert own_applications.outcomes(dossier, LATE - timedelta(microseconds=1)) == []
        assert release(scene.admin, scene.round_id, asked, now=LATE) == Released(LATE, 0)


# -- keys that sign ----------------------------------------------------------------------------


def new_signer() -> Signer:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Signer(key, public.decode(), fingerprint_of(public.decode()))


@pytest.fixture
def another_key() -> Iterator[Signer]:
    """The portals sign with a key that nobody has used yet."""
    before, new = signing.signer(), new_signer()
    signing.introduce(new)
    yield new
    signing.introduce(before)


def submits_something_else(app: Flask, scene: Scene) -> str:
    """The number of a second receipt."""
    with app.app_context():
        user, round_ = (
            db.session.get_one(User, scene.user_id),
            db.session.get_one(Round, scene.round_id),
        )
        version = dossiers.of(user.id, round_.id).version("interests")
        given = {"interests": "Something else."}
        applications.save_section(user.id, round_.id, "interests", given, version, received_at=NOW)
        answer = submit(user, round_, key="key-0002")
        assert isinstance(answer, Receipt), answer
        return answer.number


def signed_with(number: str) -> tuple[str, list[str]]:
    """The fingerprint of the key of a receipt, and what is wrong with it."""
    receipt, checked = public_receipt(number), check_receipt(number)
    assert receipt is not None
    assert checked is not None
    line = signed_text(receipt.number, receipt.received_at, receipt.recorded_at, receipt.digest)
    assert signing.verifies(receipt.public_key, receipt.signature, line)
    return receipt.fingerprint, list(checked.problems)


def first_receipt(scene: Scene) -> str:
    own = (
        sa.select(Submission.number)
        .join(Submission.application)
        .where(Application.user_id == scene.user_id)
    )
    return db.session.scalars(own.order_by(Submission.id)).first() or ""


def test_a_receipt_after_a_change_of_keys_is_signed_with_the_new_one_and_the_first_stays_true(
    portals, scene, another_key
):
    number = submits_something_else(portals[1], scene)
    with portals[0].app_context():
        first = first_receipt(scene)
        assert first != number
        assert signed_with(number) == (another_key.fingerprint, [])
        old, problems = signed_with(first)
        assert (old == another_key.fingerprint, problems) == (False, [])


def test_a_key_that_two_use_first_at_the_same_moment_is_kept_once(portals, people, another_key):
    """Both look, both find none, both write; one is second, and signs with the row of the first."""
    with portals[0].app_context():
        waits = db.engine.dialect.name == "sqlite"  # a second writer looks when the first has ended
    together = Barrier(1 if waits else 2, timeout=30)

    def meet(*_: object) -> None:
        together.wait()

    sa.event.listen(SigningKey, "init", meet)
    try:
        with ThreadPoolExecutor(2) as pool:
            pairs = zip(portals, people, strict=True)
            numbers = [pool.submit(submits_something_else, *pair) for pair in pairs]
            made = [each.result(timeout=60) for each in numbers]
    finally:
        sa.event.remove(SigningKey, "init", meet)

    with portals[0].app_context():
        kept = sa.select(SigningKey).where(SigningKey.fingerprint == another_key.fingerprint)
        assert len(db.session.scalars(kept).all()) == 1
        assert [signed_with(each) for each in made] == [(another_key.fingerprint, [])] * 2
