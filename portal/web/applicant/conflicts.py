"""Whom an applicant does not want as readers, and which author of papers they are."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, SelectMultipleField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from portal.domain.conflicts import may_change_own
from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.models import Conflict
from portal.queries import conflict_desk
from portal.queries.applications import Dossier
from portal.services import conflicts
from portal.services.conflicts import Named
from portal.services.versions import Stale
from portal.web.applicant.common import blueprint, own_dossier, to_overview, user_id
from portal.web.guard import received_at
from portal.web.options import options
from portal.web.policies import policy

bp = blueprint("conflicts")


class ConflictsForm(FlaskForm):
    seen = HiddenField()
    mentors = SelectMultipleField(
        "Mentors of the streams you chose",
        coerce=int,
        choices=[],
        validate_choice=False,
        widget=ListWidget(),
        option_widget=CheckboxInput(),
    )
    names = TextAreaField(
        "Somebody else who might read for them",
        description="One name a line. The programme finds out whether they read, and keeps them away.",
    )
    reason = TextAreaField(
        "Why",
        description="If you want to say: supervised me, a former colleague, a relative. Only the programme reads it.",
    )
    person = SelectField(
        "Are you one of these authors?",
        coerce=int,
        choices=[],
        validate_choice=False,
        description="If you wrote one of the papers listed on this site: the programme then looks at who wrote it with"
        " you. Nobody is matched by name.",
    )


@bp.get("/<round>/conflicts")
@policy(Policy.SIGNED_IN)
def show(round_slug: str) -> ResponseReturnValue:
    dossier = own_dossier(round_slug)
    if dossier.application is None:
        return to_overview(dossier)
    return _page(dossier, None)


@bp.post("/<round>/conflicts")
@policy(Policy.SIGNED_IN)
def save(round_slug: str) -> ResponseReturnValue:
    dossier = own_dossier(round_slug)
    if dossier.application is None:
        return to_overview(dossier)
    form = ConflictsForm()
    named = Named(
        mentor_ids=form.mentors.data or [],
        names=tuple((form.names.data or "").splitlines()),
        reason=(form.reason.data or "").replace("\r\n", "\n"),
        person_id=form.person.data or None,
        seen=form.seen.data or "",
    )
    answer = conflicts.name_people(user_id(), dossier.round.id, named, received_at=received_at())
    if answer is None:
        flash("Saved. Whoever you named does not meet your application, from now on.", "good")
        return redirect(url_for("applicant_applications.overview", round=round_slug))
    return _page(own_dossier(round_slug), form, answer)


def _page(
    dossier: Dossier, form: ConflictsForm | None, answer: Refused | Stale | None = None
) -> ResponseReturnValue:
    at = received_at()
    application = dossier.application
    assert application is not None
    rows = conflict_desk.own_rows(application)
    stand = [row for row in rows if row.lifted_at is None]
    if form is None:
        form = _filled(application.person_id, stand)
    form.seen.data = conflicts.mark_of(application, rows)
    mentors = conflict_desk.offered(dossier)
    kept = [conflict_desk.declared(row) for row in stand]
    mentors |= {row.mentor_id: row.mentor.name for row in stand if row.mentor and row.mentor_id}
    form.mentors.choices = options(sorted(mentors.items(), key=lambda pair: pair[1]))
    form.person.choices = options([(0, "No, or I do not want to say"), *conflict_desk.authors()])
    deadline = dossier.general()
    page = render_template(
        "applicant/conflicts/show.html",
        dossier=dossier,
        form=form,
        kept=kept,
        lifted=[conflict_desk.declared(row) for row in rows if row.lifted_at is not None],
        may_change=may_change_own(deadline, deadline.judge(at).accepted),
        deadline=deadline,
        refusal=answer if isinstance(answer, Refused) else None,
        stale=isinstance(answer, Stale),
    )
    return page, 409 if answer is not None else 200


def _filled(person_id: int | None, rows: list[Conflict]) -> ConflictsForm:
    return ConflictsForm(
        formdata=None,
        data={
            "mentors": [row.mentor_id for row in rows if row.mentor_id],
            "names": "\n".join(row.named for row in rows if row.named),
            "reason": rows[0].reason if rows else "",
            "person": person_id or 0,
        },
    )
