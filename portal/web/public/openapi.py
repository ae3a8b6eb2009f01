"""The OpenAPI 3.1 document of `/api/v1`: what each list takes, and the exact shape of its items."""

from typing import Any

from portal.domain.rounds import Phase
from portal.queries.paging import LAST_PAGE

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_SLUG: Schema = {"type": "string", "minLength": 1}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_INSTANT: Schema = {
    "type": ["string", "null"],
    "format": "date-time",
    "pattern": "Z$",
    "description": "An instant in UTC, ISO 8601 with Z; null while it is not set.",
}
_ADDRESS: Schema = {"type": ["string", "null"], "format": "uri"}


def _listed(text: str) -> Schema:
    return {**_TEXTS, "description": text}


def _item(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_KEY_DATE = _item(
    kind={"enum": ["opens", "closes", "stream_closes", "work_test", "release", "extra"]},
    label=_TEXT,
    at={"type": "string", "format": "date-time", "pattern": "Z$"},
    note=_TEXT,
)

ITEMS: dict[str, Schema] = {
    "Round": _item(
        slug=_SLUG,
        name=_TEXT,
        phase={"enum": [phase.value for phase in Phase if phase is not Phase.DRAFT]},
        opens_at=_INSTANT,
        closes_at=_INSTANT,
        key_dates={"type": "array", "items": _KEY_DATE},
    ),
    "Direction": _item(
        title=_TEXT,
        slug=_SLUG,
        summary=_TEXT,
        mentors=_listed("Names, in order."),
        topics=_listed("Names."),
        papers=_listed("Slugs of the papers that illustrate it."),
        open={**_FLAG, "description": "Whether it takes applications now."},
        closes_at=_INSTANT,
        places={"type": ["integer", "null"], "minimum": 0, "description": "Places of its stream."},
    ),
    "Mentor": _item(
        name=_TEXT,
        slug=_SLUG,
        organisation=_TEXT,
        directions=_listed("Slugs."),
        papers=_listed("Slugs of papers co-authored; this says nothing of supervision."),
    ),
    "Paper": _item(
        title=_TEXT,
        slug=_SLUG,
        summary=_TEXT,
        authors=_listed("Names as printed, in order."),
        fellows=_listed("Those of the authors who were fellows on this paper."),
        date={"type": "string", "format": "date"},
        topics=_listed("Names."),
        mentors=_listed("Names of authors who are mentors."),
        url=_ADDRESS,
        featured=_FLAG,
    ),
    "Topic": _item(name=_TEXT, slug=_SLUG, description=_TEXT, directions=_COUNT, papers=_COUNT),
}

_FILTERS: dict[str, dict[str, str]] = {
    "rounds": {},
    "directions": {
        "topic": "Slug of a topic.",
        "mentor": "Slug of a mentor.",
        "open": "1 for those that take applications now.",
    },
    "mentors": {
        "topic": "Slug of a topic of one of their directions.",
        "open": "1 for those with a direction that takes applications now.",
    },
    "papers": {
        "q": "Words that must all occur in title, summary, names or topics.",
        "topic": "Slug of a topic.",
        "year": "Four digits.",
        "mentor": "Slug of a mentor among the authors.",
        "fellow": "Slug of a person who was a fellow on the paper.",
        "sort": "newest, oldest or title.",
    },
    "topics": {},
}


def document(programme: str, base_url: str) -> Schema:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{programme}: open data",
            "version": "1",
            "description": "The public content of the portal, read only. Every answer carries an ETag.",
        },
        "servers": [{"url": f"{base_url}/api/v1"}],
        "paths": {f"/{name}": {"get": _list(name)} for name in _FILTERS},
        "components": {"schemas": {**ITEMS, "Error": _item(error=_TEXT, status=_COUNT)}},
    }


def list_schema(item: str) -> Schema:
    """The schema of a list whose items are `item`, a name under components."""
    return _item(
        items={"type": "array", "items": {"$ref": f"#/components/schemas/{item}"}},
        total=_COUNT,
        next={**_ADDRESS, "description": "The address of the next page, null on the last."},
    )


def _list(name: str) -> Schema:
    item = name[:-1].capitalize()
    parameters = [
        _parameter(
            "page", "Counts from 1.", {"type": "integer", "minimum": 1, "maximum": LAST_PAGE}
        ),
        _parameter("limit", "Items on a page.", {"type": "integer", "minimum": 1, "maximum": 200}),
        *(_parameter(field, text, _TEXT) for field, text in _FILTERS[name].items()),
    ]
    return {
        "operationId": f"list_{name}",
        "summary": f"The {name} that the portal shows",
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "One page of the list.",
                "headers": {"ETag": {"schema": _TEXT}},
                "content": {"application/json": {"schema": list_schema(item)}},
            },
            "304": {"description": "Not changed since the ETag sent as If-None-Match."},
            "400": _error("An argument is no whole number, or out of its range."),
        },
    }


def _error(text: str) -> Schema:
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _parameter(name: str, text: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": schema}
