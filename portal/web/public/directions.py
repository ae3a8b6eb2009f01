"""Directions: the list with its filters, and the page of one."""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.queries.directions import (
    GENERAL_MINUTES,
    DirectionFilter,
    direction_choices,
    direction_page,
    find_directions,
)
from portal.web.guard import received_at, settings
from portal.web.pagination import page_href, page_number
from portal.web.policies import policy

bp = Blueprint("public_directions", __name__, url_prefix="/directions")


def direction_filter() -> DirectionFilter:
    """The filter that the address asks for; unknown slugs find nothing."""
    return DirectionFilter(
        topic=request.args.get("topic", "")[:120].replace("\x00", ""),
        mentor=request.args.get("mentor", "")[:120].replace("\x00", ""),
        open_now=request.args.get("open", "") in ("1", "true", "yes"),
    )


@bp.get("")
@policy(Policy.PUBLIC)
def index() -> ResponseReturnValue:
    wanted = direction_filter()
    return render_template(
        "public/directions/list.html",
        wanted=wanted,
        found=find_directions(wanted, received_at(), page_number()),
        choices=direction_choices(),
        href=page_href(),
        canonical_url=f"{settings().base_url}/directions",
    )


@bp.get("/<slug>")
@policy(Policy.PUBLIC)
def show(slug: str) -> ResponseReturnValue:
    found = direction_page(slug, received_at())
    if found is None:
        abort(404)
    return render_template(
        "public/directions/page.html",
        page=found,
        direction=found.view,
        offer=found.view.offer,
        general_minutes=GENERAL_MINUTES,
        canonical_url=f"{settings().base_url}/directions/{slug}",
    )
