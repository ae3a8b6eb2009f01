"""The web server of the embedded default: gunicorn with threads, and one job worker beside it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger

from portal.adapters.logs import Lines
from portal.config import Settings

WORKER = (sys.executable, "-m", "portal", "worker")
LOOK_EACH = 2.0  # seconds between two looks at whether the job worker still runs


class Faults(Logger):
    """What gunicorn itself has to say, in the same lines as the portal."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(Lines())


class Server(BaseApplication):
    """gunicorn around an application that is already made; each worker process forks from it."""

    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self.application, self.options = app, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.application


def serve(app: Flask, settings: Settings, host: str, port: int) -> None:
    """Serve until told to stop. Connections made before the fork are dropped: no two processes share one."""

    def drop_connections(_server: Any, _worker: Any) -> None:
        from portal.extensions import db

        with app.app_context():
            db.engine.dispose(close=False)

    options = {
        "bind": f"{host}:{port}",
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_class": "gthread",
        "timeout": 120,
        "graceful_timeout": 20,
        "keepalive": 5,
        "post_fork": drop_connections,
        "accesslog": None,
        "logger_class": Faults,
        "loglevel": "warning",
        "control_socket_disable": True,
    }
    with job_worker((*WORKER, "--beside", str(os.getpid()))):
        Server(app, options).run()


@contextmanager
def job_worker(command: Sequence[str] = WORKER) -> Iterator[None]:
    """The worker that delivers mail and keeps dates, as a process of its own for as long as the block runs.

    One that ends before its time is started again, so that mail never waits for somebody to notice.
    """
    stopping = threading.Event()
    running = [subprocess.Popen(command)]  # noqa: S603  (our own command)

    def keep_one_running() -> None:
        while not stopping.wait(LOOK_EACH):
            if running[0].poll() is not None:
                running[0] = subprocess.Popen(command)  # noqa: S603  (our own command)

    watch = threading.Thread(target=keep_one_running, name="job worker's watch", daemon=True)
    watch.start()
    try:
        yield
    finally:
        stopping.set()
        watch.join()
        running[0].terminate()
        running[0].wait(timeout=20)


def end_with(parent: int) -> None:
    """End this process soon after its parent, however that ended: who is killed can tell nobody to stop."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_EACH)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent's watch", daemon=True).start()
