"""The door: what a request may use at all, decided before any view runs. Deny by default."""

from datetime import datetime
from typing import cast

from flask import Flask, abort, current_app, g, make_response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.config import Settings
from portal.domain.permissions import (
    ANONYMOUS,
    Policy,
    Viewer,
    permits,
    waits_for_second_factor,
)
from portal.queries.viewers import viewer_of
from portal.web.errors import second_factor_form, signed_out_form, typed
from portal.web.policies import policy_of
from portal.web.requests import PortalRequest

WITHOUT_SESSION = {Policy.PUBLIC, Policy.OPS, Policy.DEMO}


def init_guard(app: Flask) -> None:
    app.before_request(_check_policy)


def received_at() -> datetime:
    """The instant this request arrived, taken once: the one that every rule about time is judged by."""
    return cast("PortalRequest", request).received_at


def viewer() -> Viewer:
    """Who is asking. Anonymous on public pages, which read no session."""
    seen: Viewer = g.viewer
    return seen


def own_id() -> int:
    """The account that is asking; for views that only open to somebody who is signed in."""
    user_id = viewer().user_id
    assert user_id is not None
    return user_id


def shown_at() -> datetime | None:
    """When this sign-in last showed a second factor, as its row says; None if it has not, or nobody is signed in."""
    shown: datetime | None = g.get("second_factor_at")
    return shown


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def _check_policy() -> Response | None:
    g.viewer = ANONYMOUS
    if request.endpoint is None:
        return None  # no such address; the error page follows
    declared = policy_of(current_app, request.endpoint)
    if declared is None:
        abort(404)
    g.policy = declared
    if declared in WITHOUT_SESSION:
        # Flask-Login looks up the user of every template it meets; here there is nobody to look up.
        g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]
    elif current_user.is_authenticated:
        full = viewer_of(current_user, received_at())
        shown = shown_at() is not None or not settings().asks_second_factor
        g.viewer = full if shown else full.before_second_factor()
    if permits(declared, g.viewer, demo=settings().is_demo):
        return None
    if declared is Policy.DEMO:
        abort(404)
    if waits_for_second_factor(declared, g.viewer):
        return ask_second_factor()
    if g.viewer.is_signed_in:
        abort(403)
    if _brings_text():
        return make_response(signed_out_form())
    return redirect(url_for("security.login", next=_wanted()))


def ask_second_factor() -> Response:
    """Send somebody to show their second factor, or to set one up, and back. What a form brought stays on the page."""
    if _brings_text():
        return make_response(second_factor_form())
    return redirect(url_for("second_factor.show", next=_wanted()))


def _brings_text() -> bool:
    return request.method == "POST" and any(text.strip() for _, text in typed())


def _wanted() -> str | None:
    """Where somebody was going, for coming back: pages only, no changes."""
    return request.full_path.rstrip("?") if request.method == "GET" else None
