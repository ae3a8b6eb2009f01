"""Whether the portal is up, and whether it is ready for requests. Answers name no version and no data."""

import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.extensions import db
from portal.queries.mail import oldest_due
from portal.queries.schema import is_migrated
from portal.web.guard import received_at, settings
from portal.web.policies import policy

LONGEST_BACKLOG = timedelta(hours=1)
LEAST_FREE_DISK = 0.05  # of the disk that holds the data folder

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@policy(Policy.OPS)
def alive() -> ResponseReturnValue:
    return jsonify(status="ok")


@bp.get("/readyz")
@policy(Policy.OPS)
def ready() -> ResponseReturnValue:
    """Each check by name; 503 while one fails. The mail's backlog counts where mail is meant to leave."""
    database = _holds(_database_answers)
    checks = {
        "database": database,
        "migrations": database and _holds(_migrated),
        "data_folder": _holds(_data_folder_takes_files),
        "disk": _holds(_disk_has_room),
        "mail": database and _holds(_mail_flows),
    }
    ok = all(checks.values())
    return jsonify(status="ok" if ok else "not ready", checks=checks), 200 if ok else 503


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (sa.exc.SQLAlchemyError, OSError):
        return False


def _database_answers() -> bool:
    return db.session.scalar(sa.select(1)) == 1


def _migrated() -> bool:
    return is_migrated(db.session.connection())


def _data_folder_takes_files() -> bool:
    with tempfile.TemporaryFile(dir=settings().data_dir) as file:
        return file.write(b"ready") == 5


def _disk_has_room() -> bool:
    usage = shutil.disk_usage(settings().data_dir)
    return usage.free >= usage.total * LEAST_FREE_DISK


def _mail_flows() -> bool:
    if not settings().is_production:
        return True
    oldest = oldest_due(received_at())
    return oldest is None or received_at() - oldest < LONGEST_BACKLOG
