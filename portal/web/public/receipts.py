"""The public side of a receipt: anyone who holds its number can see that it is real, and nothing of a person."""

from flask import Blueprint, abort, make_response, render_template
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.queries.content import receipt_by_number
from portal.web.policies import policy

bp = Blueprint("public_receipts", __name__, url_prefix="/receipts")


@bp.get("/<number>")
@policy(Policy.PUBLIC)
def show(number: str) -> ResponseReturnValue:
    found = receipt_by_number(number.strip().upper()[:40].replace("\x00", ""))
    if found is None:
        abort(404)
    response = make_response(render_template("public/receipts/page.html", receipt=found))
    response.headers["X-Robots-Tag"] = "noindex"
    return response
