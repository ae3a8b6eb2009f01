"""Whether the portal is up, and whether it is ready for requests."""

import sqlalchemy as sa
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.extensions import db
from portal.web.policies import policy

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@policy(Policy.OPS)
def alive() -> ResponseReturnValue:
    return jsonify(status="ok")


@bp.get("/readyz")
@policy(Policy.OPS)
def ready() -> ResponseReturnValue:
    checks = {"database": _database_answers()}
    ok = all(checks.values())
    return jsonify(status="ok" if ok else "not ready", checks=checks), 200 if ok else 503


def _database_answers() -> bool:
    try:
        db.session.execute(sa.select(1))
    except sa.exc.SQLAlchemyError:
        return False
    return True
