"""Optional questions about one's person: apart from the application, and deleted alone."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from portal.domain.permissions import Policy
from portal.domain.survey import QUESTIONS
from portal.domain.verdict import Refused
from portal.queries import survey as found
from portal.queries.applications import Dossier
from portal.services import survey
from portal.web.applicant.common import blueprint, overview, own_dossier, user_id
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.policies import policy

bp = blueprint("survey")


def _form(**arguments: Any) -> FlaskForm:
    fields = {
        question.slug: RadioField(
            question.words,
            choices=[SelectChoice(value, words) for value, words in question.options],
            validators=[Optional()],
            validate_choice=False,
        )
        for question in QUESTIONS
    }
    form: FlaskForm = type("SurveyForm", (FlaskForm,), fields)(**arguments)
    return form


@bp.get("/<round>/survey")
@policy(Policy.OWN)
def show(round_slug: str) -> ResponseReturnValue:
    dossier = _dossier(round_slug)
    answers = found.own_answers(viewer(), dossier.round.id)
    return render_template(
        "applicant/survey/index.html",
        dossier=dossier,
        form=_form(formdata=None, data=answers),
        answered=bool(answers),
    )


@bp.post("/<round>/survey")
@policy(Policy.OWN)
def save(round_slug: str) -> ResponseReturnValue:
    dossier = _dossier(round_slug)
    verdict = survey.save(user_id(), dossier.round.id, request.form, received_at())
    if isinstance(verdict, Refused):
        raise RefusedRequest(verdict, overview(dossier), "Your application")
    flash("Your answers are kept apart from your application.", "good")
    return redirect(overview(dossier))


@bp.post("/<round>/survey/delete")
@policy(Policy.OWN)
def delete(round_slug: str) -> ResponseReturnValue:
    dossier = _dossier(round_slug)
    survey.delete(user_id(), dossier.round.id)
    flash("Your answers are deleted.", "good")
    return redirect(url_for(".show", round=round_slug))


def _dossier(round_slug: str) -> Dossier:
    """The viewer's own application of the round: without one there is nothing to answer beside."""
    dossier = own_dossier(round_slug)
    if dossier.application is None:
        abort(404)
    return dossier
