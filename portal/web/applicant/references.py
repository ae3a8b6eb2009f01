"""Naming people who may write a reference, asking each by a letter that is shown first, and where each stands."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import EmailField, StringField, TextAreaField

from portal.adapters import letters
from portal.domain.permissions import Policy
from portal.domain.referees import LONGEST_NOTE, Named
from portal.domain.references import counts, may_correct, may_name, may_take_back, standing
from portal.domain.verdict import Refused
from portal.models import Referee
from portal.queries import references as found
from portal.queries.applications import Dossier
from portal.services import references
from portal.services.desk import Late
from portal.services.references import Wrong
from portal.web.applicant.common import blueprint, late_page, mail, own_dossier, user_id
from portal.web.applicant.references_views import KINDS, lines
from portal.web.applicant.views import deadline_lines
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.policies import policy

bp = blueprint("references")

LINK_STANDS_HERE = "(the link, that stands only in the letter itself)"


class NamedForm(FlaskForm):
    name = StringField("Name", description="As you would address them in a letter.")
    email = EmailField("E-mail address", description="One that they read: the link goes there.")
    relation = StringField(
        "How do they know you?", description="For instance: supervised my master's thesis."
    )
    note = TextAreaField(
        "A few words for them",
        description="Shown on their page beside the form, not in the letter. They see nothing else of your "
        f"application. Up to {LONGEST_NOTE:,} characters.",
    )

    def named(self) -> Named:
        fields = (self.name, self.email, self.relation, self.note)
        return Named(*(field.data or "" for field in fields))


@bp.get("/<round>/references")
@policy(Policy.SIGNED_IN)
def index(round_slug: str) -> ResponseReturnValue:
    return _index(_dossier(round_slug), NamedForm(formdata=None))


@bp.post("/<round>/references")
@policy(Policy.SIGNED_IN)
def name(round_slug: str) -> ResponseReturnValue:
    """Name somebody; then their letter is shown."""
    dossier, form = _dossier(round_slug), NamedForm()
    result = references.name(user_id(), dossier.round.id, form.named(), received_at=received_at())
    if isinstance(result, Wrong):
        _show(form, result)
        return _index(dossier, form, status=422)
    if isinstance(result, Refused):
        return _index(dossier, form, refusal=result, status=409)
    if isinstance(result, Late):
        return late_page(dossier, result)
    return redirect(url_for(".letter", round=round_slug, referee=result.id))


@bp.get("/<round>/references/<int:referee>")
@policy(Policy.SIGNED_IN)
def correct(round_slug: str, referee: int) -> ResponseReturnValue:
    dossier, row = _find(round_slug, referee)
    verdict = may_correct(row, found.due_of(dossier), received_at())
    if isinstance(verdict, Refused):
        raise RefusedRequest(verdict, _list(dossier), "Your references")
    form = NamedForm(formdata=None, obj=row)
    return _page("correct", dossier, row, form=form)


@bp.post("/<round>/references/<int:referee>")
@policy(Policy.SIGNED_IN)
def save(round_slug: str, referee: int) -> ResponseReturnValue:
    dossier, row = _find(round_slug, referee)
    form = NamedForm()
    result = references.change(
        user_id(), dossier.round.id, referee, form.named(), received_at=received_at()
    )
    if isinstance(result, Wrong):
        _show(form, result)
        return _page("correct", dossier, row, form=form, status=422)
    if isinstance(result, Refused):
        return _page("correct", dossier, row, form=form, refusal=result, status=409)
    if isinstance(result, Late):
        return late_page(dossier, result)
    if result.id != row.id:
        flash("The link that went to the old address does not work any more.", "info")
        return redirect(url_for(".letter", round=round_slug, referee=result.id))
    flash("Saved.", "good")
    return redirect(_list(dossier))


@bp.get("/<round>/references/<int:referee>/ask")
@policy(Policy.SIGNED_IN)
def letter(round_slug: str, referee: int) -> ResponseReturnValue:
    """The very letter that the button sends."""
    dossier, row = _find(round_slug, referee)
    return _letter_page(dossier, row)


@bp.post("/<round>/references/<int:referee>/ask")
@policy(Policy.SIGNED_IN)
def ask(round_slug: str, referee: int) -> ResponseReturnValue:
    dossier, row = _find(round_slug, referee)
    result = references.ask(
        user_id(),
        dossier.round.id,
        referee,
        request.form.get("seen", ""),
        mail(),
        received_at=received_at(),
    )
    if isinstance(result, Late):
        return late_page(dossier, result)
    if isinstance(result, Refused):
        raise RefusedRequest(result, _list(dossier), "Your references")
    flash(f"The letter to {row.name} is on its way.", "good")
    return redirect(_list(dossier))


@bp.get("/<round>/references/<int:referee>/remove")
@policy(Policy.SIGNED_IN)
def ask_remove(round_slug: str, referee: int) -> ResponseReturnValue:
    dossier, row = _find(round_slug, referee)
    verdict = may_take_back(row)
    if isinstance(verdict, Refused):
        raise RefusedRequest(verdict, _list(dossier), "Your references")
    return _page("remove", dossier, row)


@bp.post("/<round>/references/<int:referee>/remove")
@policy(Policy.SIGNED_IN)
def remove(round_slug: str, referee: int) -> ResponseReturnValue:
    """Possible at any time until their reference is in: nobody is kept waiting for what is not wanted."""
    dossier = _dossier(round_slug)
    try:
        result = references.take_back(
            user_id(), dossier.round.id, referee, received_at=received_at()
        )
    except LookupError:  # pressed twice: they were not asked, and are gone
        return redirect(_list(dossier))
    if isinstance(result, Refused):
        raise RefusedRequest(result, _list(dossier), "Your references")
    flash("Done. Nobody is asked there any more.", "good")
    return redirect(_list(dossier))


def _dossier(round_slug: str) -> Dossier:
    """The dossier of a round that asks for references; others have no such page."""
    dossier = own_dossier(round_slug)
    if dossier.round.max_referees == 0:
        abort(404)
    return dossier


def _find(round_slug: str, key: int) -> tuple[Dossier, Referee]:
    dossier = _dossier(round_slug)
    row = next((r for r in found.own(viewer(), dossier.round.id) if r.id == key), None)
    if row is None:
        abort(404)
    return dossier, row


def _list(dossier: Dossier) -> str:
    return url_for(".index", round=dossier.round.slug)


def _index(
    dossier: Dossier, form: NamedForm, *, refusal: Refused | None = None, status: int = 200
) -> ResponseReturnValue:
    at = received_at()
    rows = found.own(viewer(), dossier.round.id)
    due = found.due_of(dossier)
    open_ = dossier.general().judge(at).accepted
    page = render_template(
        "applicant/references/index.html",
        dossier=dossier,
        form=form,
        refusal=refusal,
        lines=lines(rows, due, at, naming=open_),
        due=due,
        deadlines=deadline_lines(dossier, at),
        named=sum(counts(row) for row in rows),
        may_name=open_ and bool(may_name(rows, dossier.round.max_referees)),
        naming=open_,
        shown=found.shown_to_applicant(rows),
    )
    return page, status


def _letter_page(dossier: Dossier, row: Referee) -> ResponseReturnValue:
    due = found.due_of(dossier)
    verdict = may_correct(row, due, received_at())
    if isinstance(verdict, Refused):
        raise RefusedRequest(verdict, _list(dossier), "Your references")
    assert dossier.application is not None
    applicant = found.applicant_name(row.application_id, dossier.application.user)
    values = references.letter_values(dossier.round, applicant, row, due, LINK_STANDS_HERE)
    return _page(
        "letter",
        dossier,
        row,
        letter=letters.write("reference_request", **values),
        seen=references.mark_of(row),
        form=FlaskForm(formdata=None),
    )


def _page(
    name: str, dossier: Dossier, row: Referee, *, status: int = 200, **more: Any
) -> ResponseReturnValue:
    due = found.due_of(dossier)
    word = standing(row, due, received_at())
    page = render_template(
        f"applicant/references/{name}.html",
        dossier=dossier,
        referee=row,
        standing=word.value,
        kind=KINDS[word],
        due=due,
        **{"refusal": None, **more},
    )
    return page, status


def _show(form: NamedForm, wrong: Wrong) -> None:
    for field, problem in wrong.problems.items():
        form[field].errors = [problem]
