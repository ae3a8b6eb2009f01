"""Production starts with safe settings alone: each unsafe one by itself keeps it from starting, within seconds, named
and never repeated. Here as the operator meets it: `portal serve` in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.adapters.signing import make_key
from portal.app import create_app
from portal.config import Settings, SettingsError, file_system_of, unsafe_files
from portal.paths import PACKAGE
from tests.domain.test_config import SAFE

# Setting, unsafe value (None: not set), and the name that the refusal must say.
UNSAFE: list[tuple[str, str | None, str]] = [
    ("PORTAL_SECRET_KEY", None, ""),
    ("PORTAL_SECRET_KEY", "vK3x9-Qm2_Zp8r", ""),
    ("PORTAL_SECRET_KEY", "local-only-local-only-local-only-local-only-", ""),
    ("PORTAL_SECRET_KEY", "a key of this example, surely long enough", ""),
    ("PORTAL_SECRET_KEY", "abababababababababababababababababababab", ""),
    ("PORTAL_BASE_URL", None, ""),
    ("PORTAL_BASE_URL", "http://apply.example.org", ""),
    ("PORTAL_BASE_URL", "apply.example.org", ""),
    ("PORTAL_BASE_URL", "https://ada:hush@apply.example.org", ""),
    ("PORTAL_BASE_URL", "https://apply.example.org/portal", ""),
    ("PORTAL_BASE_URL", "https://apply.example.org:notaport", ""),
    ("PORTAL_SMTP_URL", None, ""),
    ("PORTAL_SMTP_URL", "console://", ""),
    ("PORTAL_SMTP_URL", "smtp://", ""),
    ("PORTAL_SMTP_URL", "smtp://mail.example.org?encrypt=never", ""),
    ("PORTAL_SMTP_URL", "smtp://ada:hush@mail.example.org:notaport", ""),
    ("PORTAL_MAIL_FROM", None, ""),
    ("PORTAL_MAIL_FROM", "the programme", ""),
    ("PORTAL_CONTACT_ADDRESS", None, ""),
    ("PORTAL_CONTACT_ADDRESS", "nobody@", ""),
    ("PORTAL_DATABASE_URL", "mysql://ada:hush@db.example.org/portal", ""),
    ("PORTAL_DATABASE_URL", "postgresql://ada:hush@db.example.org/portal", ""),
    ("PORTAL_DATABASE_URL", "ada:hush@db.example.org", ""),
    ("PORTAL_DATABASE_URL", "postgresql+psycopg://ada:hush@db.example.org/portal", ""),
    ("PORTAL_DATABASE_URL", "postgresql+psycopg://ada:hush@db.example.org/portal?sslmode=require", ""),
    ("PORTAL_DATABASE_URL", "postgresql+psycopg://ada:hush@/portal?host=db.example.org:5432", ""),
    ("PORTAL_DATABASE_URL", "postgresql+psycopg:///portal?host=/run/postgresql&host=db.example.org", ""),
    ("PORTAL_DATABASE_URL", "sqlite://", ""),
    ("PORTAL_DATABASE_URL", f"sqlite:///{PACKAGE}/static/portal.db", ""),
    ("PORTAL_DATA_DIR", f"{PACKAGE}/static/files", ""),
    ("PORTAL_DATA_DIR", "/dev/null/portal", ""),
    ("PORTAL_REDIS_URL", "ada:hush@redis.example.org", ""),
    ("PORTAL_REDIS_URL", "redis://ada:hush@redis.example.org/0", ""),
    ("PORTAL_REDIS_URL", "rediss://ada:hush@redis.example.org/0?ssl_cert_reqs=none", ""),
    ("PORTAL_WORKERS", "4", "PORTAL_REDIS_URL"),
    ("PORTAL_WORKERS", "0", ""),
    ("PORTAL_THREADS", "many", ""),
    ("PORTAL_HASHES", "0", ""),
    ("PORTAL_PROXIES", "-1", ""),
    ("PORTAL_MAX_FILE_MB", "unlimited", ""),
    ("PORTAL_ARRIVAL_HEADER", "X-Arrival", ""),
    ("PORTAL_FILES_URL", "s3://ada:hush@bucket", ""),
    ("PORTAL_SIGNING_KEY", "-----BEGIN PRIVATE KEY-----hush", ""),
    ("PORTAL_SKIP_SECOND_FACTOR", "1", ""),
    ("PORTAL_MODE", "Production", ""),
    ("PORTAL_MODE", "debug", ""),
    ("FLASK_DEBUG", "1", ""),
    ("FLASK_DEBUG", "true", ""),
]  # fmt: skip
SECONDS = 5


def environ(folder: Path, **changed: str | None) -> dict[str, str]:
    """A production that would start, but for what is changed. Its mode is the default: none is set."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PORTAL_", "FLASK_"))}
    wanted = {**kept, **SAFE, "PORTAL_DATA_DIR": str(folder / "data"), **changed}
    return {name: value for name, value in wanted.items() if value is not None}


def run(command: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "portal", *command.split()],
        env=environ, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "named"), UNSAFE, ids=[f"{n}={v}"[:60] for n, v, _ in UNSAFE]
)
def test_each_unsafe_setting_alone_is_refused_by_name(tmp_path, name, value, named):
    """In this process, so that a table as long as this one takes no minute."""
    given = environ(tmp_path, **{name: value})
    (tmp_path / "data").mkdir(mode=0o700)
    with pytest.raises(SettingsError) as caught:
        create_app(Settings.from_environ(given))
    assert len(caught.value.problems) == 1, caught.value.problems
    assert caught.value.problems[0].startswith(named or name)
    if value and len(value) > 9 and name != "PORTAL_MODE":
        assert value not in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder in which `portal init` was run, and what it said."""
    folder = tmp_path_factory.mktemp("production")
    done = run("init", environ(folder))
    assert done.returncode == 0, done.stderr
    return folder


def refused(command: str, given: dict[str, str]) -> str:
    """What `portal serve` or another command says when it does not start; the time is its own processor time."""
    before = os.times().children_user
    done = run(command, given)
    assert done.returncode == 2, done.stderr
    assert os.times().children_user - before < SECONDS
    assert "Traceback" not in done.stderr
    return done.stderr.strip()


def test_the_command_exits_with_every_problem_and_no_value(installed):
    given = environ(installed, PORTAL_SECRET_KEY="vK3x9-hush", PORTAL_BASE_URL="http://a.example")
    said = refused("serve", given)
    assert [line.split()[0] for line in said.splitlines()] == [
        "PORTAL_SECRET_KEY",
        "PORTAL_BASE_URL",
    ]
    assert "hush" not in said
    assert "a.example" not in said


def test_what_init_makes_is_for_this_account_alone(installed):
    for path in (installed / "data").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert (installed / "data").stat().st_mode & 0o077 == 0


def test_data_that_lie_open_are_refused(installed):
    for path, mode, named in (
        (installed / "data" / "portal.db", 0o644, "PORTAL_DATABASE_URL"),
        (installed / "data", 0o755, "PORTAL_DATA_DIR"),
    ):
        former = path.stat().st_mode
        path.chmod(mode)
        try:
            said = refused("serve", environ(installed))
        finally:
            path.chmod(former)
        assert said.startswith(f"{named} is open to every account")


def test_a_pending_migration_is_refused(tmp_path):
    (tmp_path / "data").mkdir(mode=0o700)
    given = environ(tmp_path)
    make_key(tmp_path / "data")
    said = refused("worker --once", given)
    assert said == "PORTAL_DATABASE_URL is not at this version's tables: run `portal init`."


def test_a_safe_production_starts(installed):
    done = run("worker --once", environ(installed))
    assert done.returncode == 0, done.stderr


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
files.example.org:/export /srv nfs4 rw 0 0
/dev/sdb1 /srv/local\\040disk xfs rw 0 0
//win/share /mnt/share cifs rw 0 0
"""


def test_sqlite_over_a_network_is_refused():
    def where(folder):
        given = {**SAFE, "PORTAL_DATA_DIR": folder}
        return unsafe_files(Settings.from_environ(given), MOUNTS)

    assert [each.split()[0] for each in where("/srv/portal")] == ["PORTAL_DATABASE_URL"]
    assert where("/mnt/share/portal") != []
    assert where("/srv/local disk/portal") == []
    assert where("/var/lib/portal") == []
    assert file_system_of(Path("/srv/local disk/x"), MOUNTS) == "xfs"
