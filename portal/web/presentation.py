"""What every template can use: addresses of static files, instants in words, navigation, the programme's name."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, has_request_context, request, url_for

from portal import clock
from portal.adapters.markup import to_html, typed_to_html
from portal.config import Settings
from portal.domain import instants
from portal.domain.files import size_in_words
from portal.domain.permissions import ANONYMOUS, Policy
from portal.domain.seeing_as import LASTS
from portal.web.guard import person_shown, seen_as

NavItem = tuple[str, str, bool]

PUBLIC_NAV = (
    ("/directions", "Directions"),
    ("/mentors", "Mentors"),
    ("/papers", "Papers"),
    ("/find", "Find your direction"),
    ("/dates", "Dates"),
    ("/faq", "FAQ"),
)


def init_presentation(app: Flask, settings: Settings) -> None:
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        instant_utc=instants.in_utc,
        instant_second=instants.to_the_second,
        instant_aoe=instants.anywhere_on_earth,
        instant_zone=instants.in_zone,
        instant_iso=instants.iso,
        time_of_day=instants.time_of_day,
        duration_left=instants.time_left,
        markdown=to_html,
        typed=typed_to_html,
        file_size=size_in_words,
    )
    app.jinja_env.globals["asset"] = asset

    @app.context_processor
    def shared() -> dict[str, Any]:
        viewer = g.get("viewer", ANONYMOUS)
        return {
            "programme": settings.programme_name,
            "base_url": settings.base_url,
            "contact_address": settings.contact_address,
            "demo_mode": settings.is_demo,
            "public_page": is_public_page(),
            "now": g.get("received_at") or clock.now(),
            "viewer": viewer,
            "seen_as": (look := seen_as()),
            "seen_as_until": look.began_at + LASTS if look else None,
            "own_ticket": g.get("own_ticket"),
            "time_zone": person_shown().time_zone if viewer.is_signed_in else None,
            "nav_sign_out": url_for("security.logout") if viewer.is_signed_in else None,
            "nav_public": [_item(href, label) for href, label in PUBLIC_NAV],
            "nav_account": list(_account_nav()),
        }


def _item(href: str, label: str) -> NavItem:
    path = request.path if has_request_context() else ""
    return href, label, path == href or path.startswith(href + "/")


def _account_nav() -> list[NavItem]:
    viewer = g.get("viewer", ANONYMOUS)
    if not viewer.is_signed_in:
        return [_item("/login", "Sign in"), _item("/apply", "Apply")]
    items, viewer = [], viewer.in_full  # the links stand there; each asks for the second factor
    if viewer.is_admin:
        items.append(_item("/admin", "Admin"))
    if viewer.stream_ids:
        items.append(_item("/review", "Review"))
    if not viewer.is_admin and not viewer.stream_ids:
        items.append(_item("/apply", "My application"))
    return [*items, _item("/account", "Account")] if viewer.may_change else items


def asset(filename: str) -> str:
    """The address of a static file, with a mark of its content, so that browsers may keep it for good."""
    return url_for(
        "static", filename=filename, v=_content_mark(current_app.static_folder, filename)
    )


@cache
def _content_mark(folder: str | None, filename: str) -> str:
    return sha256((Path(folder or "") / filename).read_bytes()).hexdigest()[:12]


def is_public_page() -> bool:
    """Whether the page reads no session; an address that leads nowhere is public too."""
    return g.get("policy", Policy.PUBLIC) is Policy.PUBLIC
