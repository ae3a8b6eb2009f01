"""The application factory: settings in, a wired Flask application out."""

import os
from datetime import timedelta

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import paths
from portal.adapters import authenticators, letters, logs, passkeys, signing, tokens
from portal.adapters.ledger import NAME as LEDGER_NAME
from portal.adapters.ledger import Ledger
from portal.adapters.pdf import PdfChecker
from portal.adapters.requests import set_request_id
from portal.adapters.storage import make_storage
from portal.config import Settings, SettingsError
from portal.domain.files import MEGABYTE
from portal.extensions import bootstrap, csrf, db, limiter, migrate
from portal.services import erasure, files
from portal.web import account, admin, applicant, mentor, ops, public, shared
from portal.web.account.security import init_security
from portal.web.errors import init_errors
from portal.web.guard import init_guard, refuse_changes_of_who_looks
from portal.web.headers import init_headers
from portal.web.noted import init_noted
from portal.web.policies import refuse_undeclared
from portal.web.presentation import init_presentation
from portal.web.reads import init_reads
from portal.web.requests import init_requests
from portal.web.sessions import SessionsOfPrivatePages

AUDIENCES = (public, account, applicant, mentor, admin, shared, ops)
_introduced: Settings | None = None
LARGEST_FORM = 1_000_000  # bytes of one request; the longest application is a tenth of it


def create_app(settings: Settings | None = None) -> Flask:
    """A portal ready to serve. Raises `SettingsError` or `UndeclaredPolicy` rather than start unsafe."""
    settings = settings or Settings.from_environ(os.environ)
    logs.keep_lines_whole()
    _make_data_dir(settings)
    app = Flask(
        "portal", template_folder=str(paths.TEMPLATES), instance_path=str(settings.data_dir)
    )
    app.config.update(_flask_config(settings))
    app.extensions["settings"] = settings
    app.session_interface = SessionsOfPrivatePages()
    init_requests(app, settings.arrival_header)
    _init_extensions(app, numbered_outside=settings.proxies > 0)
    init_guard(app)
    init_headers(app, https=settings.base_url.startswith("https://"))
    init_errors(app)
    init_noted(app)
    init_reads(app)
    init_presentation(app, settings)
    introduce(settings)
    init_security(app, settings)
    for audience in AUDIENCES:
        for blueprint in audience.BLUEPRINTS:
            app.register_blueprint(blueprint)
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
    refuse_undeclared(app)
    return app


def _make_data_dir(settings: Settings) -> None:
    """The folder of everything that is stored, for this account alone."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            ["PORTAL_DATA_DIR must be a folder that the portal can make and write to."]
        ) from error


def introduce(settings: Settings) -> None:
    """Tell the layers below the web what they cannot ask for. The same settings again change nothing."""
    global _introduced
    if settings == _introduced:
        return
    _introduced = settings
    tokens.introduce(settings.secret_key)
    signing.introduce(signing.load(settings))
    authenticators.introduce(settings.secret_key, settings.programme_name)
    passkeys.introduce(settings.secret_key, settings.base_url, settings.programme_name)
    letters.introduce(
        programme=settings.programme_name,
        base_url=settings.base_url,
        contact_address=settings.contact_address,
    )
    files.introduce(
        make_storage(settings.files_url, settings.data_dir),
        PdfChecker(),
        spool=settings.data_dir / "spool",
        limit=settings.max_file_mb * MEGABYTE,
    )
    erasure.introduce(Ledger(settings.data_dir / LEDGER_NAME))


def _init_extensions(app: Flask, *, numbered_outside: bool) -> None:
    """`numbered_outside`: a proxy numbers each request. Without one anybody could choose what the log calls theirs."""

    @app.before_request
    def number_request() -> None:
        set_request_id(request.headers.get("X-Request-ID", "") if numbered_outside else "")

    app.before_request(refuse_changes_of_who_looks)  # before `csrf` looks at the form
    db.init_app(app)
    migrate.init_app(app, db, directory=str(paths.MIGRATIONS))
    csrf.init_app(app)
    limiter.init_app(app)
    bootstrap.init_app(app)


def _flask_config(settings: Settings) -> dict[str, object]:
    https = settings.base_url.startswith("https://")
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "hide_parameters": True,  # what people wrote stays out of logged errors
            "pool_size": settings.threads,  # no thread waits for another's connection
            # A server that was started again is noticed before a request meets the dead connection.
            "pool_pre_ping": not settings.database_url.startswith("sqlite"),
        },
        "TESTING": settings.mode == "test",
        "TRUSTED_HOSTS": [settings.host.split(":")[0], settings.host],
        "MAX_CONTENT_LENGTH": LARGEST_FORM,
        "MAX_FORM_MEMORY_SIZE": LARGEST_FORM,
        "SESSION_COOKIE_NAME": "__Host-portal" if https else "portal",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=7),
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365),
        "WTF_CSRF_TIME_LIMIT": None,  # a form opened ten hours ago must still land
        "BOOTSTRAP_SERVE_LOCAL": True,
        "RATELIMIT_STORAGE_URI": settings.redis_url or "memory://",
        # While Redis is away each process counts for itself: pages go on, and their limits a little above.
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_ENABLED": settings.mode != "test",
    }
