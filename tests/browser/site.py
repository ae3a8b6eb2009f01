"""A portal that is really served: its own database file, its own port, its clock in the test's hands."""

import shutil
import threading
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import flask_migrate
from click.testing import CliRunner
from flask import Flask, got_request_exception
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from portal import clock, paths
from portal.app import create_app
from portal.commands.accounts import create_admin
from portal.config import Mode, Settings
from portal.extensions import db
from portal.services.reference import load_reference


class Quiet(WSGIRequestHandler):
    """Logs nothing: the tests say what went wrong."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  (the base class's name)
        pass


class Time:
    """The portal's clock. `time.is_now(instant)` holds it there until the next call."""

    def __init__(self, now: datetime) -> None:
        self._held = ExitStack()
        self.is_now(now)

    def is_now(self, instant: datetime) -> None:
        self._held.close()
        self._held.enter_context(clock.set_to(instant))

    def passes(self, span: timedelta) -> None:
        self.is_now(clock.now() + span)

    def runs_again(self) -> None:
        self._held.close()


class Site:
    """A served portal. `failures` holds the tracebacks of everything that it answered with 500.

    `host` is the name that browsers use for it: they take passkeys at "localhost", and at no number.
    """

    def __init__(
        self,
        folder: Path,
        database: Path | None = None,
        *,
        host: str = "127.0.0.1",
        mode: Mode = Mode.DEMO,
    ) -> None:
        file = folder / "portal.db"
        if database is not None:
            shutil.copy(database, file)
        self.failures: list[str] = []
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", 0, Flask("not-ready"), threaded=True, request_handler=Quiet
        )
        self.base_url = f"http://{host}:{self._server.server_port}"
        self.app = create_app(
            Settings(
                mode=mode,
                database_url=f"sqlite:///{file}",
                secret_key="a key for tests only, long enough to pass",
                base_url=self.base_url,
                data_dir=folder,
            )
        )
        self._server.app = self.app
        got_request_exception.connect(self._note, self.app)

    def __enter__(self) -> "Site":
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        with self.app.app_context():
            db.engine.dispose()

    def _note(self, _app: Flask, exception: BaseException, **_: Any) -> None:
        self.failures.append("".join(traceback.format_exception(exception)))

    @contextmanager
    def database(self) -> Iterator[None]:
        """A context in which rows can be made and read, as the portal's commands do."""
        with self.app.app_context():
            yield

    def create_admin(self, email: str) -> str:
        """Run `portal create-admin`; the path of the link that it prints."""
        ran = CliRunner().invoke(create_admin, [email], obj=self.app)
        assert ran.exit_code == 0, ran.output
        return ran.output.split()[-1].removeprefix(self.base_url)


def prepare(folder: Path) -> Path:
    """A migrated database with the reference content, to copy from."""
    site = Site(folder)
    with site.database():
        flask_migrate.upgrade()
        load_reference(paths.SEEDS / "reference", clock.now())
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    site._server.server_close()
    return folder / "portal.db"
