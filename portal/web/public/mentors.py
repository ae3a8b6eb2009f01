"""Mentors: the list with its filters, and the page of one."""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.queries.directions import direction_choices
from portal.queries.mentors import MentorFilter, find_mentors, mentor_page
from portal.web import structured
from portal.web.guard import received_at, settings
from portal.web.pagination import page_href, page_number
from portal.web.policies import policy

bp = Blueprint("public_mentors", __name__, url_prefix="/mentors")


def mentor_filter() -> MentorFilter:
    return MentorFilter(
        topic=request.args.get("topic", "")[:120].replace("\x00", ""),
        open_now=request.args.get("open", "") in ("1", "true", "yes"),
    )


@bp.get("")
@policy(Policy.PUBLIC)
def index() -> ResponseReturnValue:
    wanted = mentor_filter()
    return render_template(
        "public/mentors/list.html",
        wanted=wanted,
        found=find_mentors(wanted, received_at(), page_number()),
        choices=direction_choices(),
        href=page_href(),
        canonical_url=f"{settings().base_url}/mentors",
    )


@bp.get("/<slug>")
@policy(Policy.PUBLIC)
def show(slug: str) -> ResponseReturnValue:
    found = mentor_page(slug, received_at())
    if found is None:
        abort(404)
    base_url = settings().base_url
    return render_template(
        "public/mentors/page.html",
        mentor=found,
        canonical_url=f"{base_url}/mentors/{slug}",
        data=structured.person(found, base_url),
    )
