"""What is held about oneself: taken away as a file, or erased."""

import tempfile

from flask import Blueprint, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user
from flask_wtf import FlaskForm
from wtforms import StringField, ValidationError
from wtforms.validators import InputRequired

from portal.domain.permissions import Policy
from portal.domain.privacy import TYPED_TO_ERASE
from portal.domain.verdict import Refused
from portal.queries import accounts as query
from portal.services import erasure, subject_export
from portal.web.account.forms import own_password_field
from portal.web.errors import RefusedRequest
from portal.web.guard import own_id, received_at, viewer
from portal.web.policies import policy

bp = Blueprint("account_privacy", __name__, url_prefix="/account")
IN_MEMORY = 2_000_000  # bytes of an export; what is larger waits in a file that has no name


class ExportForm(FlaskForm):
    password = own_password_field()


class ErasureForm(FlaskForm):
    typed = StringField(
        f"Type “{TYPED_TO_ERASE}”",
        render_kw={"autocomplete": "off"},
        validators=[InputRequired(f"Type “{TYPED_TO_ERASE}” to go on.")],
    )
    password = own_password_field()

    def validate_typed(self, field: StringField) -> None:
        if (field.data or "").strip().casefold() != TYPED_TO_ERASE:
            raise ValidationError(f"These are other words. Type “{TYPED_TO_ERASE}”.")


@bp.route("/export", methods=["GET", "POST"])
@policy(Policy.OWN)
def export() -> ResponseReturnValue:
    form = ExportForm()
    if not form.validate_on_submit():
        page = render_template("account/export.html", form=form)
        return page, 422 if form.is_submitted() else 200
    target = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  (the answer closes it)
    subject_export.write(own_id(), target, by=own_id(), now=received_at())
    target.seek(0)
    return send_file(
        target,
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"my-data-{received_at():%Y-%m-%d}.zip",
    )


@bp.route("/erase", methods=["GET", "POST"])
@policy(Policy.OWN)
def erase() -> ResponseReturnValue:
    form = ErasureForm()
    if form.validate_on_submit():
        key, now = own_id(), received_at()
        verdict = erasure.erase(key, by=key, reason="Asked for by the person.", now=now)
        if isinstance(verdict, Refused):
            raise RefusedRequest(verdict, url_for("account.own"), "Back to your account")
        logout_user()
        erasure.finish(now, rewrite=False)
        flash("Your data is erased, and you are signed out.", "good")
        return redirect(url_for("security.login"))
    page = render_template(
        "account/erase.html",
        form=form,
        rounds=query.undecided_applications(viewer()),
        user=current_user,
    )
    return page, 422 if form.is_submitted() else 200
