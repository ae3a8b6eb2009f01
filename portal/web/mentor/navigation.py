"""The line of links that the mentors' pages carry."""

from typing import Any

from flask import g, request

from portal.domain.permissions import ANONYMOUS

PAGES = (
    ("/review", "Queue"),
    ("/review/ranking", "Ranking and decisions"),
    ("/review/streams", "Your streams"),
    ("/review/profile", "Your public texts"),
)


def local_navigation() -> dict[str, Any]:
    """What the work layout needs on the pages of reviewing, error pages before anybody is known included."""
    path = request.path
    in_queue = path.removeprefix("/review").strip("/")
    leads = bool(g.get("viewer", ANONYMOUS).led_stream_ids)
    reading = in_queue.removesuffix("/conflict").isdigit()
    current = "/review" if not in_queue or reading else path
    return {
        "nav_local": [
            (href, label, current == href or (href != "/review" and current.startswith(href)))
            for href, label in PAGES
            if leads or href != "/review/streams"
        ],
        "nav_local_label": "Reviewing",
    }
