"""What stands beside the content: privacy, the page of the open data, and what search engines ask for."""

from flask import Blueprint, Response, make_response, redirect, render_template
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.domain.retention import WORDS, Terms, days_in_words
from portal.domain.survey import LEAST
from portal.queries.content import public_slugs
from portal.web.guard import settings
from portal.web.policies import policy
from portal.web.presentation import asset

bp = Blueprint("public_site", __name__)

PAGES = ("", "directions", "mentors", "papers", "find", "dates", "streams", "faq", "privacy")
PRIVATE = (
    "/apply",
    "/review",
    "/admin",
    "/account",
    "/login",
    "/register",
    "/reset",
    "/receipts/",
    "/reference/",
)


@bp.get("/privacy")
@policy(Policy.PUBLIC)
def privacy() -> ResponseReturnValue:
    terms = Terms.of(settings().keep_days)
    return render_template(
        "public/privacy.html",
        canonical_url=f"{settings().base_url}/privacy",
        terms=[
            (what, days_in_words(terms.days(kind)), since) for kind, (what, since) in WORDS.items()
        ],
        least=LEAST,
    )


@bp.get("/robots.txt")
@policy(Policy.PUBLIC)
def robots() -> ResponseReturnValue:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE)]
    lines += ["", f"Sitemap: {settings().base_url}/sitemap.xml", ""]
    return Response("\n".join(lines), mimetype="text/plain")


@bp.get("/sitemap.xml")
@policy(Policy.PUBLIC)
def sitemap() -> ResponseReturnValue:
    base_url = settings().base_url
    addresses = [f"{base_url}/{page}" for page in PAGES]
    for kind, slugs in public_slugs().items():
        addresses += [f"{base_url}/{kind}/{slug}" for slug in slugs]
    response = make_response(render_template("public/sitemap.xml", addresses=addresses))
    response.mimetype = "application/xml"
    return response


@bp.get("/favicon.ico")
@policy(Policy.PUBLIC)
def favicon() -> ResponseReturnValue:
    return redirect(asset("img/mark.svg"), 302)
