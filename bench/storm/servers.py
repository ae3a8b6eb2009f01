"""What the storm meets: `portal serve` with its workers, a mail server that records, a PostgreSQL of its own."""

import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

HOST = "portal.example.org"
FRONTED = {"PORTAL_PROXIES": "1", "PORTAL_ARRIVAL_HEADER": "X-Arrival"}
ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_for(port: int, seconds: float = 60) -> None:
    """Until something listens. Raises RuntimeError if nothing does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"nothing listens on port {port}")


class Mailbox:
    """Takes every message and remembers to whom it went and by which Message-ID."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []

    async def handle_DATA(  # noqa: N802  (aiosmtpd calls it so)
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        message = message_from_bytes(envelope.content)
        for recipient in envelope.rcpt_tos:
            self.received.append((recipient, message["Message-ID"]))
        return "250 taken"


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, int]]:
    mailbox, port = Mailbox(), free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox, port
    finally:
        controller.stop()


class Server:
    """`portal serve` as it runs for real."""

    def __init__(self, environ: Mapping[str, str], port: int) -> None:
        command = [sys.executable, "-m", "portal", "serve", "--port", str(port)]
        self.log = Path(environ["PORTAL_DATA_DIR"]).with_name("server.log").open("ab")
        self.process = subprocess.Popen(
            command, env=dict(environ), cwd=ROOT, stdout=self.log, stderr=self.log
        )
        wait_for(port)

    def kill_workers(self) -> int:
        """kill -9 for every process below the server, web workers and mail worker alike; how many."""
        children = _below(self.process.pid)
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        return len(children)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


def _below(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *_below(child)]
    return found


@contextmanager
def nginx(folder: Path, port: int) -> Iterator[int]:
    """deploy/nginx.conf as it stands, but for names, ports and TLS."""
    front = free_port()
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = re.sub(r"\n *ssl_certificate.*", "", text).replace("443 ssl", f"127.0.0.1:{front}")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace(
        "/srv/portal/front", str(ROOT / "deploy")
    )
    text = text.replace("apply.example.org", HOST)
    (folder / "nginx.conf").write_text(
        f"pid {folder}/nginx.pid; error_log {folder}/nginx.log; daemon off; worker_processes 1;\n"
        "events { worker_connections 8192; }\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n{text}}}\n"
    )
    process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        wait_for(front)
        yield front
    finally:
        process.terminate()
        process.wait(timeout=20)


class Cluster:
    """A PostgreSQL of the benchmark's own: started, stopped in the middle, started again."""

    def __init__(self, folder: Path) -> None:
        self.bin = max(Path("/usr/lib/postgresql").glob("*/bin"))
        self.data, self.port = folder / "cluster", free_port()
        self.as_postgres = os.geteuid() == 0
        self.data.mkdir()
        if self.as_postgres:
            user = pwd.getpwnam("postgres")
            os.chown(self.data, user.pw_uid, user.pw_gid)
            folder.chmod(0o755)
        self._run("initdb", "-D", str(self.data), "-A", "trust", "-U", "portal", "-E", "UTF8")
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "portal", "storm")

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://portal@127.0.0.1:{self.port}/storm"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200"
        self._run(
            "pg_ctl",
            "-D",
            str(self.data),
            "-w",
            "-o",
            options,
            "-l",
            str(self.data / "log"),
            "start",
        )

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", mode, "stop")

    def _run(self, name: str, *arguments: str) -> None:
        command = [str(self.bin / name), *arguments]
        if self.as_postgres:
            command = [
                "setpriv",
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                *command,
            ]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr[-500:]}")

    def remove(self) -> None:
        with contextlib.suppress(RuntimeError):
            self.stop("fast")
        shutil.rmtree(self.data, ignore_errors=True)


def environ(folder: Path, cluster: Cluster | None, mail_port: int) -> dict[str, str]:
    """The settings of a portal in production, with its mail going to us."""
    data = folder / "data"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return {
        **kept,
        "PORTAL_SECRET_KEY": secrets.token_urlsafe(48),
        "PORTAL_BASE_URL": f"https://{HOST}",
        "PORTAL_DATA_DIR": str(data),
        "PORTAL_DATABASE_URL": cluster.url if cluster else f"sqlite:///{data}/portal.db",
        "PORTAL_REDIS_URL": "redis://127.0.0.1:6379/13",
        "PORTAL_SMTP_URL": f"smtp://127.0.0.1:{mail_port}",
        "PORTAL_MAIL_FROM": "portal@example.org",
        "PORTAL_CONTACT_ADDRESS": "help@example.org",
        "PORTAL_WORKERS": "2",
        "PORTAL_THREADS": "8",
    }
