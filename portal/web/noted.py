"""What was refused at the door is recorded: failed sign-ins, denied pages, objects that are not theirs, throttled
tries, forms without their ticket.

Whoever knocks a thousand times fills no log: one entry a quarter of an hour for the same account, network and door,
and so many of a kind in all.
"""

import hmac
from hashlib import sha256
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from portal.domain.permissions import ANONYMOUS, Policy, Viewer
from portal.domain.throttle import network_of
from portal.extensions import db
from portal.services.refusals import Refusal, note
from portal.web.guard import received_at

SIGN_IN = "security.login"


def init_noted(app: Flask) -> None:
    app.after_request(_after)


def _after(response: Response) -> Response:
    action = _refused(response.status_code)
    if action is not None:
        try:
            note(_refusal(action), now=received_at())
        except SQLAlchemyError:
            db.session.rollback()
            current_app.logger.exception("%s could not be recorded", action)
    return response


def _refused(status: int) -> str | None:
    """What kind of refusal an answer is, if it is one that matters."""
    if "at_the_door" in g:  # this network was recorded before; a flood must not make us write
        return None
    if "form_refused" in g:
        return "access.form_refused"
    if status == 429:
        return "access.throttled"
    if status == 403 and _viewer().is_signed_in:
        return "access.denied"
    if status == 404 and request.view_args and _viewer().is_signed_in and _is_private():
        return "access.not_found"
    if status == 200 and request.method == "POST" and request.endpoint == SIGN_IN:
        return "account.sign_in_failed"
    return None


def _is_private() -> bool:
    """Whether this address leads to somebody's own: what is public can be looked for by everybody."""
    return g.get("policy") not in (None, Policy.PUBLIC, Policy.OPS)


def _refusal(action: str) -> Refusal:
    typed = request.form.get("email", "") if request.endpoint == SIGN_IN else ""
    actor_id = _actor_id()
    door = request.url_rule.rule if request.url_rule else ""
    network = network_of(request.remote_addr)
    return Refusal(
        action,
        actor_id=actor_id,
        address=typed[:254],
        details={"door": door, "network": network},
        key=_key(action, actor_id, typed[:254].casefold(), network, door),
        key_of_all=_key(action),
    )


def _actor_id() -> int | None:
    """Who was refused; a form's ticket is looked at before the door asks who is there."""
    if "viewer" not in g and current_user.is_authenticated:
        return int(current_user.id)
    return _viewer().reader_id


def _viewer() -> Viewer:
    seen: Viewer = g.get("viewer") or ANONYMOUS
    return seen


def _key(*parts: Any) -> str:
    """What is counted, named so that nobody but this portal can tell whom it is about."""
    secret = f"noted {current_app.secret_key!r}".encode()
    return hmac.new(
        secret, "\0".join(map(str, parts)).encode("utf-8", "replace"), sha256
    ).hexdigest()
