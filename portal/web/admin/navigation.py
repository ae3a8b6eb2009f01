"""The line of links that all admin pages carry."""

from typing import Any

from flask import g, request

from portal.domain.permissions import ANONYMOUS

PAGES = (
    ("/admin", "Overview"),
    ("/admin/rounds", "Rounds"),
    ("/admin/applications", "Applications"),
    ("/admin/people", "People"),
    ("/admin/content", "Content"),
    ("/admin/announcements", "Announcements"),
    ("/admin/enquiries", "Questions"),
    ("/admin/mail", "Mail"),
    ("/admin/audit", "Audit log"),
)


def local_navigation() -> dict[str, Any]:
    """What the work layout needs on the admin pages; nothing elsewhere."""
    path = request.path
    if not g.get("viewer", ANONYMOUS).is_admin or not (path + "/").startswith("/admin/"):
        return {}
    return {
        "nav_local": [(href, label, _is_current(href, path)) for href, label in PAGES],
        "nav_local_label": "Admin",
    }


def _is_current(href: str, path: str) -> bool:
    return path == href or (href != "/admin" and path.startswith(href + "/"))
