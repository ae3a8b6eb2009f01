"""The public content as JSON, read only: `{"items": [...], "total": n, "next": url or null}` under an ETag."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Blueprint, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from portal.domain import instants
from portal.domain.permissions import Policy
from portal.queries.content import TopicView, find_topics
from portal.queries.directions import DirectionView, find_directions, paper_refs
from portal.queries.mentors import MentorView, find_mentors
from portal.queries.paging import LAST_PAGE, Page
from portal.queries.papers import PaperView, find_papers
from portal.queries.refs import PaperRef
from portal.queries.rounds import RoundView, public_rounds
from portal.web.guard import received_at, settings
from portal.web.policies import policy
from portal.web.public.directions import direction_filter
from portal.web.public.mentors import mentor_filter
from portal.web.public.openapi import document
from portal.web.public.papers import paper_filter

bp = Blueprint("public_api", __name__, url_prefix="/api/v1")

DEFAULT_LIMIT, LARGEST_LIMIT = 50, 200
FRESH_SECONDS = 60
Item = TypeVar("Item")


@bp.get("/")
@policy(Policy.PUBLIC)
def about() -> ResponseReturnValue:
    base_url = settings().base_url
    return render_template("public/api.html", canonical_url=f"{base_url}/api/v1/")


@bp.get("/openapi.json")
@policy(Policy.PUBLIC)
def openapi() -> ResponseReturnValue:
    ours = settings()
    return _answer(document(ours.programme_name, ours.base_url))


@bp.get("/rounds")
@policy(Policy.PUBLIC)
def rounds() -> ResponseReturnValue:
    number, limit = _wanted_page()
    every = public_rounds(received_at())
    start = (number - 1) * limit
    return _list(Page(every[start : start + limit], number, limit, len(every)), _round)


@bp.get("/directions")
@policy(Policy.PUBLIC)
def directions() -> ResponseReturnValue:
    number, limit = _wanted_page()
    page = find_directions(direction_filter(), received_at(), number, limit)
    papers = paper_refs([view.id for view in page.items])
    return _list(page, lambda view: _direction(view, papers.get(view.id, ())))


@bp.get("/mentors")
@policy(Policy.PUBLIC)
def mentors() -> ResponseReturnValue:
    number, limit = _wanted_page()
    return _list(find_mentors(mentor_filter(), received_at(), number, limit), _mentor)


@bp.get("/papers")
@policy(Policy.PUBLIC)
def papers() -> ResponseReturnValue:
    number, limit = _wanted_page()
    return _list(find_papers(paper_filter(), number, limit), _paper)


@bp.get("/topics")
@policy(Policy.PUBLIC)
def topics() -> ResponseReturnValue:
    number, limit = _wanted_page()
    return _list(find_topics(number, limit), _topic)


def _wanted_page() -> tuple[int, int]:
    return _whole("page", 1, LAST_PAGE), _whole("limit", DEFAULT_LIMIT, LARGEST_LIMIT)


def _whole(name: str, default: int, most: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 7 or not 1 <= int(text) <= most:
        abort(400)
    return int(text)


def _list(page: Page[Item], shape: Callable[[Item], dict[str, Any]]) -> BaseResponse:
    return _answer(
        {
            "items": [shape(item) for item in page.items],
            "total": page.total,
            "next": _next(page),
        }
    )


def _next(page: Page[Any]) -> str | None:
    if page.next_number is None:
        return None
    kept = {name: text for name, text in request.args.items() if name not in ("page", "limit")}
    arguments = {**kept, "page": page.next_number, "limit": page.size}
    return f"{settings().base_url}{request.path}?{urlencode(arguments)}"


def _answer(data: Any) -> BaseResponse:
    response = jsonify(data)
    response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    response.headers["Access-Control-Allow-Origin"] = "*"  # public facts, and no cookie is read
    response.add_etag()
    return response.make_conditional(request)


def _round(view: RoundView) -> dict[str, Any]:
    return {
        "slug": view.slug,
        "name": view.name,
        "phase": view.phase.value,
        "opens_at": instants.iso(view.opens_at) if view.opens_at else None,
        "closes_at": instants.iso(view.closes_at) if view.closes_at else None,
        "key_dates": [
            {
                "kind": entry.kind,
                "label": entry.label,
                "at": instants.iso(entry.at),
                "note": entry.note,
            }
            for entry in view.key_dates
        ],
    }


def _direction(view: DirectionView, papers: tuple[PaperRef, ...]) -> dict[str, Any]:
    offer = view.offer
    return {
        "title": view.title,
        "slug": view.slug,
        "summary": view.summary,
        "mentors": [mentor.name for mentor in view.mentors],
        "topics": [topic.name for topic in view.topics],
        "papers": [paper.slug for paper in papers],
        "open": view.is_open,
        "closes_at": instants.iso(offer.closes_at) if offer and offer.closes_at else None,
        "places": offer.places if offer else None,
    }


def _mentor(view: MentorView) -> dict[str, Any]:
    return {
        "name": view.name,
        "slug": view.slug,
        "organisation": view.organisation,
        "directions": [direction.slug for direction in view.directions],
        "papers": [paper.slug for paper in view.papers],
    }


def _paper(view: PaperView) -> dict[str, Any]:
    return {
        "title": view.title,
        "slug": view.slug,
        "summary": " ".join(view.summary.split()),
        "authors": [author.name for author in view.authors],
        "fellows": [author.name for author in view.fellows],
        "date": view.date.isoformat(),
        "topics": [topic.name for topic in view.topics],
        "mentors": [mentor.name for mentor in view.mentors],
        "url": view.url or None,
        "featured": view.featured,
    }


def _topic(view: TopicView) -> dict[str, Any]:
    return {
        "name": view.name,
        "slug": view.slug,
        "description": view.description,
        "directions": view.directions,
        "papers": view.papers,
    }
