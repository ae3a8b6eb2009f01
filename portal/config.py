"""Settings: read once from `PORTAL_*` variables, checked as a whole, never changed afterwards.

Production is the default mode. It refuses to start on an unsafe setting and names the setting, never its value.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

from portal.paths import PACKAGE

MINIMUM_SECRET_LENGTH = 32
LOOPBACK = ("127.0.0.1", "::1", "localhost")
KNOWN_SECRETS = ("demo", "secret", "change", "example", "password", "test", "local-only")
LEAST_DIFFERENT = 10  # characters in a secret key; fewer were typed, not drawn
SAFE_LINE = ("sslmode", "verify-full")  # in the query of PORTAL_DATABASE_URL
UNENCRYPTED_MAIL = (
    "encrypt=no"  # at the end of PORTAL_SMTP_URL, for a relay in a network of one's own
)
SERVED = PACKAGE / "static"
# File systems reached over a network break SQLite's promises: two machines may both think that they have the lock.
REMOTE_FILE_SYSTEMS = {
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "ceph", "fuse.ceph", "glusterfs", "fuse.glusterfs",
    "lustre", "afs", "gfs2", "ocfs2",
}  # fmt: skip
# How long what is kept for, by kind (`domain.retention`).
TERMS = {
    "PORTAL_KEEP_DRAFTS_DAYS": "drafts",
    "PORTAL_KEEP_WITHDRAWN_DAYS": "withdrawn",
    "PORTAL_KEEP_DECLINED_DAYS": "declined",
    "PORTAL_KEEP_ACCEPTED_DAYS": "accepted",
    "PORTAL_KEEP_UNCONFIRMED_DAYS": "unconfirmed",
    "PORTAL_KEEP_SIGN_INS_DAYS": "sign_ins",
    "PORTAL_KEEP_INVITATIONS_DAYS": "invitations",
    "PORTAL_KEEP_LETTERS_DAYS": "letters",
    "PORTAL_KEEP_AUDIT_TEXTS_DAYS": "audit_texts",
}


class Mode(StrEnum):
    PRODUCTION = "production"
    DEMO = "demo"
    TEST = "test"


class SettingsError(ValueError):
    """One or more settings are missing or unsafe. `problems` holds one sentence for each, with no values in it."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Settings:
    """All settings of one running portal. Seconds are integers; addresses hold no trailing slash."""

    mode: Mode
    database_url: str
    secret_key: str
    base_url: str
    data_dir: Path
    redis_url: str = ""
    files_url: str = ""
    max_file_mb: int = 5
    signing_key: str = ""
    smtp_url: str = ""
    mail_from: str = "portal@example.org"
    programme_name: str = "Research Mentorship Programme"
    contact_address: str = "programme@example.org"
    workers: int = 1
    threads: int = 8
    hashes: int = 1
    proxies: int = 0
    arrival_header: str = ""
    # Days by kind (`domain.retention`), for the terms that differ from the usual ones.
    keep_days: tuple[tuple[str, int], ...] = ()

    @property
    def is_demo(self) -> bool:
        return self.mode is Mode.DEMO

    @property
    def is_production(self) -> bool:
        return self.mode is Mode.PRODUCTION

    @property
    def asks_second_factor(self) -> bool:
        """Whether mentors and admins must show a second factor: everywhere but in a demonstration."""
        return not self.is_demo

    @property
    def database_file(self) -> Path | None:
        """Where SQLite keeps the database; None where a server does."""
        beginning, _, path = self.database_url.partition("sqlite:///")
        return Path(path).resolve() if not beginning and path else None

    @property
    def host(self) -> str:
        """The host and port that absolute addresses and trusted requests carry."""
        return urlsplit(self.base_url).netloc

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read and check the settings. Raises `SettingsError` with every problem at once."""
        problems: list[str] = []
        mode = _mode(environ, problems)
        data_dir = Path(environ.get("PORTAL_DATA_DIR") or "instance").resolve()
        port = environ.get("PORT", "8000")
        local = mode is not Mode.PRODUCTION
        settings = cls(
            mode=mode,
            data_dir=data_dir,
            database_url=environ.get("PORTAL_DATABASE_URL") or f"sqlite:///{data_dir}/portal.db",
            secret_key=environ.get("PORTAL_SECRET_KEY") or ("local-only-" * 4 if local else ""),
            base_url=(
                environ.get("PORTAL_BASE_URL") or (f"http://127.0.0.1:{port}" if local else "")
            ).rstrip("/"),
            redis_url=environ.get("PORTAL_REDIS_URL", ""),
            files_url=environ.get("PORTAL_FILES_URL", ""),
            max_file_mb=_whole(environ, "PORTAL_MAX_FILE_MB", cls.max_file_mb, problems),
            signing_key=environ.get("PORTAL_SIGNING_KEY", ""),
            smtp_url=environ.get("PORTAL_SMTP_URL", ""),
            mail_from=environ.get("PORTAL_MAIL_FROM", cls.mail_from),
            programme_name=environ.get("PORTAL_PROGRAMME_NAME", cls.programme_name),
            contact_address=environ.get("PORTAL_CONTACT_ADDRESS", cls.contact_address),
            workers=_whole(environ, "PORTAL_WORKERS", cls.workers, problems),
            threads=_whole(environ, "PORTAL_THREADS", cls.threads, problems),
            hashes=_whole(environ, "PORTAL_HASHES", cls.hashes, problems),
            proxies=_whole(environ, "PORTAL_PROXIES", cls.proxies, problems, least=0),
            arrival_header=environ.get("PORTAL_ARRIVAL_HEADER", ""),
            keep_days=_keep_days(environ, problems),
        )
        problems += _unsafe(settings, environ)
        if problems:
            raise SettingsError(problems)
        return settings


def _mode(environ: Mapping[str, str], problems: list[str]) -> Mode:
    try:
        return Mode(environ.get("PORTAL_MODE") or Mode.PRODUCTION)
    except ValueError:
        problems.append("PORTAL_MODE must be production, demo or test.")
        return Mode.PRODUCTION


def _whole(
    environ: Mapping[str, str], name: str, default: int, problems: list[str], least: int = 1
) -> int:
    text = environ.get(name)
    if not text:
        return default
    if not text.isdecimal() or int(text) < least:
        problems.append(f"{name} must be a whole number of at least {least}.")
        return default
    return int(text)


def _keep_days(environ: Mapping[str, str], problems: list[str]) -> tuple[tuple[str, int], ...]:
    """Days by kind, for the terms that are set. A misspelt one would leave data where it should be forgotten."""
    named = {name for name in environ if re.fullmatch(r"PORTAL_KEEP_\w+", name) and environ[name]}
    problems += [f"{name} is no term: docs/settings.md lists them." for name in named - set(TERMS)]
    return tuple(
        (TERMS[name], _whole(environ, name, 1, problems)) for name in TERMS if name in named
    )


def _forgeable_arrivals(settings: Settings) -> list[str]:
    if not settings.arrival_header or settings.proxies:
        return []
    return [
        "PORTAL_ARRIVAL_HEADER needs PORTAL_PROXIES: without a proxy in front anybody can send it."
    ]


def _unsafe(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """What keeps this portal from starting, whatever its parts are on their own."""
    problems = [*_unreachable_files(settings), *_unusable_addresses(settings)]
    if settings.arrival_header and not settings.proxies:
        problems.append(
            "PORTAL_ARRIVAL_HEADER needs PORTAL_PROXIES: without a proxy in front anybody can send it."
        )
    if settings.is_production:
        problems += _unsafe_in_production(settings, environ)
    return problems


def _unreachable_files(settings: Settings) -> list[str]:
    """What is wrong with the address of the file storage. Its keys are no part of it."""
    if not settings.files_url:
        return []
    address = urlsplit(settings.files_url)
    query = dict(parse_qsl(address.query, keep_blank_values=True))
    named = query.pop("endpoint", None)
    if (
        address.scheme != "s3"
        or not address.hostname
        or address.netloc != address.hostname
        or query
    ):
        return [
            "PORTAL_FILES_URL must be empty or s3://bucket/prefix, with ?endpoint=... if needed."
        ]
    if named is None:
        return []
    endpoint = urlsplit(named)
    if endpoint.scheme not in ("http", "https") or not endpoint.hostname or "@" in endpoint.netloc:
        return ["PORTAL_FILES_URL must name its endpoint as an https address without a password."]
    if settings.is_production and endpoint.scheme != "https" and endpoint.hostname not in LOOPBACK:
        return ["PORTAL_FILES_URL must reach its endpoint over https."]
    return []


def _parts(address: str) -> SplitResult:
    """An address that cannot be read has no part at all."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def _reaches(parts: SplitResult, *schemes: str) -> bool:
    return parts.scheme in schemes and bool(parts.hostname)


def _is_mailbox(address: str) -> bool:
    name, _, domain = address.partition("@")
    return (
        bool(name and domain) and address.isprintable() and not {" ", "@", ","} & {*domain, *name}
    )


def _unusable_addresses(settings: Settings) -> list[str]:
    """Addresses that nothing can be reached by. They may hold passwords, so a library must not complain of them."""
    problems = []
    database = settings.database_url
    on_server = _parts(database).scheme == "postgresql+psycopg"
    if not on_server and (settings.database_file is None or "?" in database):
        problems.append("PORTAL_DATABASE_URL must be sqlite:///... or postgresql+psycopg://...")
    redis = _parts(settings.redis_url)
    if settings.redis_url and not (_reaches(redis, "redis", "rediss") or redis.scheme == "unix"):
        problems.append("PORTAL_REDIS_URL must be redis://host, rediss://host or unix://path.")
    served = "must not lie in the folder of static files: anybody could fetch it."
    if settings.data_dir.is_relative_to(SERVED):
        problems.append(f"PORTAL_DATA_DIR {served}")
    elif settings.database_file and settings.database_file.is_relative_to(SERVED):
        problems.append(f"PORTAL_DATABASE_URL {served}")
    return problems


def _is_here(host: str) -> bool:
    """Whether a host is this machine, reached by the loopback or by a socket's path."""
    return not host or host.startswith("/") or host in LOOPBACK


def _open_lines(settings: Settings) -> list[str]:
    """Lines to other machines on which somebody between could read or answer."""
    problems = []
    database, redis = _parts(settings.database_url), _parts(settings.redis_url)
    asked = parse_qsl(database.query)
    hosts = [_parts(f"//{value}").hostname or value for name, value in asked if "host" in name]
    is_away = not all(_is_here(host) for host in (*hosts, database.hostname or ""))
    if database.scheme == "postgresql+psycopg" and is_away and SAFE_LINE not in asked:
        problems.append(
            "PORTAL_DATABASE_URL must end in ?sslmode=verify-full (and &sslrootcert=... for a CA of your own): "
            "PostgreSQL on another machine must be encrypted and show who it is."
        )
    weakened = any(
        name in ("ssl_cert_reqs", "ssl_check_hostname") for name, _ in parse_qsl(redis.query)
    )
    if not _is_here(redis.hostname or "") and (redis.scheme != "rediss" or weakened):
        problems.append(
            "PORTAL_REDIS_URL must be rediss://..., with certificates checked: Redis is on another machine."
        )
    return problems


def unsafe_files(settings: Settings, mounts: str = "") -> list[str]:
    """What is wrong with where the data lie, in production. `mounts`: the text of /proc/mounts, where there is one."""
    found = []
    database = settings.database_file
    places = {"PORTAL_DATA_DIR": settings.data_dir, "PORTAL_DATABASE_URL": database}
    for name, path in places.items():
        if path is not None and path.exists() and path.stat().st_mode & 0o007:
            mode = "700" if path.is_dir() else "600"
            found.append(f"{name} is open to every account of this machine (chmod {mode}).")
    if database is not None and file_system_of(database, mounts) in REMOTE_FILE_SYSTEMS:
        found.append(
            "PORTAL_DATABASE_URL is SQLite on a file system that is reached over a network: "
            "use a local disk, or PostgreSQL."
        )
    return found


def file_system_of(path: Path, mounts: str) -> str:
    """The kind of the file system that holds `path`, by the longest mount point above it."""
    lines = [line.split() for line in mounts.splitlines()]
    above = [
        (len(fields[1]), fields[2])
        for fields in lines
        if len(fields) > 2 and path.is_relative_to(fields[1].replace("\\040", " "))
    ]
    return max(above, default=(0, ""))[1]


def _unsafe_in_production(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    problems = _open_lines(settings)
    secret = settings.secret_key
    drawn = len(secret) >= MINIMUM_SECRET_LENGTH and len(set(secret)) >= LEAST_DIFFERENT
    if not drawn or any(word in secret.lower() for word in KNOWN_SECRETS):
        problems.append(
            f"PORTAL_SECRET_KEY must be {MINIMUM_SECRET_LENGTH} or more random characters "
            "(make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))')."
        )
    base = _parts(settings.base_url)
    if not _reaches(base, "https") or base.username or base.path or base.query or base.fragment:
        problems.append(
            "PORTAL_BASE_URL must be the https address that people will use, without a path."
        )
    mail = _parts(settings.smtp_url)
    if not _reaches(mail, "smtp", "smtps") or mail.query not in ("", UNENCRYPTED_MAIL):
        problems.append("PORTAL_SMTP_URL must name the mail server (smtp:// or smtps://).")
    if not _is_mailbox(environ.get("PORTAL_MAIL_FROM", "")):
        problems.append("PORTAL_MAIL_FROM must be the address that the portal's mail comes from.")
    if not _is_mailbox(environ.get("PORTAL_CONTACT_ADDRESS", "")):
        problems.append("PORTAL_CONTACT_ADDRESS must be an address that a person reads.")
    if settings.workers > 1 and not settings.redis_url:
        problems.append(
            "PORTAL_REDIS_URL must be set when PORTAL_WORKERS is more than 1: "
            "requests are limited per process without it."
        )
    if environ.get("PORTAL_SKIP_SECOND_FACTOR"):
        problems.append(
            "PORTAL_SKIP_SECOND_FACTOR must not be set: "
            "only a demonstration (PORTAL_MODE) goes without second factors."
        )
    if environ.get("FLASK_DEBUG", "0") not in ("", "0"):
        problems.append("FLASK_DEBUG must not be set.")
    return problems
