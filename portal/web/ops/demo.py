"""The mail of a demonstration, which never leaves it. In every other mode these pages do not exist."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.queries import mail as query
from portal.web.pagination import page_number
from portal.web.policies import policy

bp = Blueprint("demo", __name__, url_prefix="/demo")


@bp.get("/mail")
@policy(Policy.DEMO)
def mail() -> ResponseReturnValue:
    page = query.demo_page(page_number())
    return render_template("ops/mail.html", page=page)


@bp.get("/mail/<int:message_id>")
@policy(Policy.DEMO)
def letter(message_id: int) -> ResponseReturnValue:
    found = query.demo_letter(message_id)
    if found is None:
        abort(404)
    return render_template("ops/letter.html", letter=found)
