"""The public side of a receipt: anyone who holds its number can see that it is real, and nothing of a person."""

from flask import Blueprint, Response, abort, jsonify, make_response, render_template
from flask.typing import ResponseReturnValue

from portal.domain.instants import iso
from portal.domain.permissions import Policy
from portal.queries import receipts
from portal.queries.receipts import PublicReceipt
from portal.web.guard import settings
from portal.web.policies import policy

bp = Blueprint("public_receipts", __name__, url_prefix="/receipts")


@bp.get("/<number>")
@policy(Policy.PUBLIC)
def show(number: str) -> ResponseReturnValue:
    found = _found_or_404(number)
    return _unlisted(make_response(render_template("public/receipts/page.html", receipt=found)))


@bp.get("/<number>.json")
@policy(Policy.PUBLIC)
def as_json(number: str) -> ResponseReturnValue:
    """The same for a program; `signed_text` is what the signature is over, byte for byte."""
    found = _found_or_404(number)
    answer = jsonify(
        number=found.number,
        received_at=iso(found.received_at),
        recorded_at=iso(found.recorded_at),
        sha256=found.digest,
        signed_text="".join(f"{line}\n" for line in found.signed_lines),
        signature=found.signature,
        public_key=found.public_key,
        fingerprint=found.fingerprint,
    )
    return _unlisted(answer)


@bp.get("/keys")
@policy(Policy.PUBLIC)
def keys() -> ResponseReturnValue:
    """Every key that ever signed a receipt: who wrote one down can see that it is still the programme's."""
    return render_template(
        "public/receipts/keys.html",
        keys=receipts.public_keys(),
        canonical_url=f"{settings().base_url}/receipts/keys",
    )


@bp.get("/keys/<fingerprint>.pem")
@policy(Policy.PUBLIC)
def key(fingerprint: str) -> ResponseReturnValue:
    found = receipts.public_key(fingerprint.lower()[:64].replace("\x00", ""))
    if found is None:
        abort(404)
    return Response(found.public_key, mimetype="application/x-pem-file")


def _found_or_404(number: str) -> PublicReceipt:
    found = receipts.public_receipt(number[:40].replace("\x00", ""))
    if found is None:
        abort(404)
    return found


def _unlisted(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex"
    return response
