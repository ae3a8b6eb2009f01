"""A process killed at any point between a browser's bytes and the committed row: never a row without its bytes."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa

from portal import clock
from portal.adapters.storage import Folder
from portal.app import create_app
from portal.extensions import db
from portal.models import Round, StoredFile, User
from portal.services import files
from portal.services.files import Prepared, Upload
from portal.services.work import writing
from tests.conftest import NOW
from tests.support.builders import Builder
from tests.support.databases import fresh_database, settings_of_tests
from tests.support.pdfs import a_pdf

LATER = files.KEPT_UNNAMED * 2


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def upload_and_die(address: str, data_dir: Path, step: str) -> None:
    """What the child process does: an upload that is killed at one step."""
    app = create_app(settings_of_tests(address, data_dir))
    with app.app_context(), pytest.MonkeyPatch.context() as patched:
        user_id = db.session.scalar(sa.select(User.id))
        round_id = db.session.scalar(sa.select(Round.id))
        if step == "received":
            patched.setattr(files._room.checker, "check", die)
        if step == "written":
            patched.setattr(Path, "rename", die)
        found = files.prepare(Upload("cv.pdf", io.BytesIO(a_pdf())))
        assert isinstance(found, Prepared), found
        if step == "stored":
            die()
        with writing() as session:
            files.attach(session, user_id, round_id, found, at=clock.now())
            if step == "attached":
                die()
        die()


if __name__ == "__main__":
    upload_and_die(sys.argv[1], Path(sys.argv[2]), sys.argv[3])


STEPS = {
    # where it is killed: rows, keys and leftovers that are there afterwards
    "received": (0, 0, 1),
    "written": (0, 1, 1),
    "stored": (0, 1, 0),
    "attached": (0, 1, 0),
    "committed": (1, 1, 0),
}


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_no_row_is_without_its_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(
        files, "_room", None, raising=False
    )  # so that what other tests introduced comes back
    rows, keys, received = STEPS[step]
    with fresh_database("crash", tmp_path) as address:
        app = create_app(settings_of_tests(address, tmp_path / "data"))
        with app.app_context():
            flask_migrate.upgrade()
            make = Builder(NOW)
            make.user()
            make.round()
            db.session.remove()
            command = [sys.executable, "-m", __name__, address, str(tmp_path / "data"), step]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            assert run.returncode == -signal.SIGKILL, run.stderr
            storage = Folder(tmp_path / "data" / "files")
            assert db.session.scalar(sa.select(sa.func.count(StoredFile.id))) == rows
            assert len(dict(storage.keys())) == keys
            assert len(list((tmp_path / "data" / "spool").iterdir())) == received
            assert list(files.broken_files(db.session())) == []
            files.sweep(clock.now() + LATER)
            assert list(storage.keys()) == []
            assert list((tmp_path / "data" / "spool").iterdir()) == []
            db.session.remove()
            db.engine.dispose()
