"""Saying "no more of these" to mail that is not essential, from the link in it and without signing in.

Opening the link changes nothing: mail programs open links to check them. The button acts, and so does the POST that a
mail program's own button sends by itself (RFC 8058). That one can carry no form token: the signed link is what allows
it, and all it can do is choose this one group of mail for this one account.
"""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.adapters.tokens import read_unsubscribe_token
from portal.domain.mail import TITLES, Optional
from portal.domain.permissions import Policy
from portal.extensions import csrf, limiter
from portal.services import mail_choices
from portal.web.guard import received_at
from portal.web.policies import policy

bp = Blueprint("public_unsubscribe", __name__, url_prefix="/unsubscribe")


def _read(token: str) -> tuple[int, Optional]:
    named = read_unsubscribe_token(token)
    if named is None or named[1] not in set(Optional):
        abort(404)
    return named[0], Optional(named[1])


def _page(group: Optional, done: str = "") -> str:
    return render_template("public/unsubscribe.html", title=TITLES[group], done=done)


@bp.get("/<token>")
@policy(Policy.PUBLIC)
def ask(token: str) -> ResponseReturnValue:
    _, group = _read(token)
    return _page(group)


@bp.post("/<token>")
@csrf.exempt
@limiter.limit("60 per minute")
@policy(Policy.PUBLIC)
def choose(token: str) -> ResponseReturnValue:
    """Stop this mail, or with `again` take it up again. An account that is closed gets none and answers the same."""
    user_id, group = _read(token)
    again = bool(request.form.get("again"))
    mail_choices.choose(user_id, group, again, now=received_at())
    return _page(group, "again" if again else "stopped")
