"""The door: what a request may use at all, decided before any view runs. Deny by default."""

from datetime import datetime
from typing import cast

from flask import (
    Flask,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from portal.config import Settings
from portal.domain.permissions import (
    ANONYMOUS,
    Policy,
    Viewer,
    permits,
    waits_for_second_factor,
)
from portal.domain.seeing_as import goes_on, may_see_as
from portal.models import SeenAs, User
from portal.queries.viewers import viewer_of
from portal.services.work import only_reading
from portal.web.errors import second_factor_form, signed_out_form, typed
from portal.web.headers import is_htmx
from portal.web.policies import policy_of
from portal.web.requests import PortalRequest

WITHOUT_SESSION = {Policy.PUBLIC, Policy.OPS, Policy.DEMO}
SAFE = {"GET", "HEAD", "OPTIONS"}
# Ending a look, and signing out, are the admin's own acts.
STILL_THEIR_OWN = {"seeing_as.end", "security.logout"}
NO_TICKET = "none"  # where the ticket of a form would stand


def init_guard(app: Flask) -> None:
    app.before_request(_check_policy)
    app.teardown_request(lambda _error: only_reading(False))


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
    only_reading(False)
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
        _recognise()
    if permits(declared, g.viewer, demo=settings().is_demo):
        return None
    if declared is Policy.DEMO:
        abort(404)
    if not g.viewer.may_change:
        return refused_to_look()
    if waits_for_second_factor(declared, g.viewer):
        return ask_second_factor()
    if g.viewer.is_signed_in:
        abort(403)
    if _brings_text():
        return make_response(signed_out_form())
    return redirect(url_for("security.login", next=_wanted()))


def _recognise() -> None:
    """Who the signed-in account is to the rules, and whom it sees the portal as."""
    full = viewer_of(current_user, received_at())
    shown = shown_at() is not None or not settings().asks_second_factor
    g.viewer = full if shown else full.before_second_factor()
    _look_as_another()


def _look_as_another() -> None:
    """Give an admin who sees the portal as somebody else what that person gets; nothing else opens meanwhile."""
    look: SeenAs | None = g.get("sees_as")
    if look is None or request.endpoint in STILL_THEIR_OWN:
        return
    may_still = may_see_as(
        is_self=look.user_id == g.viewer.user_id,
        is_admin=look.user.is_admin,
        may_sign_in=look.user.may_sign_in,
    )
    if goes_on(
        began_at=look.began_at,
        now=received_at(),
        is_still_admin=g.viewer.is_admin,
        may_still=may_still,
    ):
        g.seen_as = look
        g.viewer = g.viewer.through_the_eyes_of(viewer_of(look.user, received_at()))
        only_reading(True)
        # The forms of these pages get a ticket that is none: no later press sends them, in whoever's name.
        g.own_ticket = generate_csrf()
        g.csrf_token = NO_TICKET


def seen_as() -> SeenAs | None:
    """The look at the portal as somebody else that lasts now; None for everybody who sees it as themselves."""
    found: SeenAs | None = g.get("seen_as")
    return found


def person_shown() -> User:
    """The account whose pages are shown: one's own, or the one that an admin sees the portal as."""
    look = seen_as()
    found: User = look.user if look else current_user
    return found


def refuse_changes_of_who_looks() -> Response | None:
    """Who sees the portal as somebody else only asks for pages.

    Asked before the tickets of forms are, so that they are told this, and not that their form is stale.
    """
    if request.method in SAFE or request.endpoint is None:
        return None
    declared = policy_of(current_app, request.endpoint)
    if declared is None or declared in WITHOUT_SESSION or not current_user.is_authenticated:
        return None
    if g.get("sees_as") is None:
        return None
    g.policy = declared
    _recognise()
    return None if g.viewer.may_change else refused_to_look()


def refused_to_look() -> Response:
    """What an admin meets who sees the portal as somebody else, and asks for a change or for what is not shown."""
    if is_htmx():
        return make_response(render_template("errors/_seen_as.html"), 403)
    return make_response(
        render_template("errors/seen_as.html", changes=request.method not in SAFE), 403
    )


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
