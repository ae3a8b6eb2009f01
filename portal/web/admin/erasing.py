"""Admin: erase a person who asked for it, with their address typed to confirm."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired

from portal.domain.accounts import email_key
from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.queries import accounts as query
from portal.queries.accounts import PersonLine
from portal.services import erasure
from portal.web.admin.navigation import local_navigation
from portal.web.errors import RefusedRequest
from portal.web.guard import own_id, received_at, viewer
from portal.web.policies import policy

bp = Blueprint("admin_erasing", __name__, url_prefix="/admin/people/<int:user_id>/erase")
bp.context_processor(local_navigation)


class TypedAddressForm(FlaskForm):
    typed = StringField(
        "The person's address, to confirm",
        render_kw={"autocomplete": "off"},
        validators=[InputRequired("Type the address of the person to be erased.")],
    )


@bp.route("", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def person(user_id: int) -> ResponseReturnValue:
    line = _found(user_id)
    form = TypedAddressForm()
    if form.validate_on_submit():
        if email_key(form.typed.data or "") == line.user.email_key:
            return _erase(user_id)
        form.typed.errors = [*form.typed.errors, "This is not the address of this account."]
    page = render_template("admin/people/erase.html", form=form, line=line)
    return page, 422 if form.is_submitted() else 200


def _erase(user_id: int) -> ResponseReturnValue:
    now = received_at()
    verdict = erasure.erase(user_id, by=own_id(), reason="Erased by an admin.", now=now)
    if isinstance(verdict, Refused):
        back = url_for("admin_people.person", user_id=user_id)
        raise RefusedRequest(verdict, back, "Back")
    erasure.finish(now, rewrite=False)
    flash("The person's data is erased.", "good")
    return redirect(url_for("admin_people.index"))


def _found(user_id: int) -> PersonLine:
    """The account; one's own is erased at one's own account page, and an erased one has no page here any more."""
    line = query.person(viewer(), user_id, received_at())
    if line is None or line.user.erased_at is not None or user_id == own_id():
        abort(404)
    return line
