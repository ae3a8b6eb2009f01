"""Find your direction: a pasted text is compared and forgotten. It is not stored, not logged, not in an address."""

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.extensions import csrf, limiter
from portal.queries import fit
from portal.web.guard import received_at, settings
from portal.web.policies import policy

bp = Blueprint("public_find", __name__)

BANDS = {
    "strong": ("Strong fit", "good"),
    "fair": ("Fair fit", "progress"),
    "thin": ("Thin evidence", "warn"),
    "none": ("Not close", "muted"),
}


@bp.get("/find")
@policy(Policy.PUBLIC)
def ask() -> ResponseReturnValue:
    return render_template("public/find.html", text="", canonical_url=f"{settings().base_url}/find")


# Nothing is changed and no cookie is read, so there is no session that a forged request could use.
@bp.post("/find")
@csrf.exempt
@limiter.limit("60 per minute")
@policy(Policy.PUBLIC)
def answer() -> ResponseReturnValue:
    text = request.form.get("text", "")
    problem = _problem(text)
    now = received_at()
    found = None if problem else fit.near(text, now)
    named = (*found.fits, *found.closest) if found else ()
    response = make_response(
        render_template(
            "public/find.html",
            text=text,
            problem=problem,
            found=found,
            views=fit.views_of(named, now),
            bands=BANDS,
            canonical_url=f"{settings().base_url}/find",
        ),
        422 if problem else 200,
    )
    response.headers["Cache-Control"] = "no-store"  # the answer carries what was pasted
    return response


def _problem(text: str) -> str:
    if not text.strip():
        return "Write or paste what you would like to work on"
    over = len(text) - fit.LONGEST_TEXT
    if over > 0:
        return f"This is {over:,} characters too long. {fit.LONGEST_TEXT:,} characters are compared at most"
    return ""
