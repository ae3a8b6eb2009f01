"""Admin: the calendar and the criteria of a round."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.models import Criterion, KeyDate, Round
from portal.queries import admin_rounds
from portal.services import round_parts
from portal.services.versions import Stale
from portal.web.admin.rounds import round_or_404
from portal.web.admin.rounds_forms import CriterionForm, KeyDateForm
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.instant_fields import written
from portal.web.policies import policy

bp = Blueprint("admin_round_parts", __name__, url_prefix="/admin/rounds")

View = str | Response | tuple[str, int]


@bp.route("/<slug>/key-dates", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def key_dates(slug: str) -> View:
    return _key_date(round_or_404(slug), None)


@bp.route("/<slug>/key-dates/<int:key_date_id>", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def key_date(slug: str, key_date_id: int) -> View:
    round_ = round_or_404(slug)
    rows = {row.id: row for row in admin_rounds.calendar(round_.id)}
    if key_date_id not in rows:
        abort(404)
    return _key_date(round_, rows[key_date_id])


@bp.post("/<slug>/key-dates/<int:key_date_id>/remove")
@policy(Policy.ADMIN)
def remove_key_date(slug: str, key_date_id: int) -> Response:
    round_ = round_or_404(slug)
    refusal = round_parts.remove_key_date(viewer(), round_.id, key_date_id, now=received_at())
    return _removed(refusal, url_for(".key_dates", slug=slug))


@bp.route("/<slug>/criteria", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def criteria(slug: str) -> View:
    return _criterion(round_or_404(slug), None)


@bp.route("/<slug>/criteria/<int:criterion_id>", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def criterion(slug: str, criterion_id: int) -> View:
    round_ = round_or_404(slug)
    rows = {row.id: row for row in admin_rounds.criteria(round_.id)}
    if criterion_id not in rows:
        abort(404)
    return _criterion(round_, rows[criterion_id])


@bp.post("/<slug>/criteria/<int:criterion_id>/remove")
@policy(Policy.ADMIN)
def remove_criterion(slug: str, criterion_id: int) -> Response:
    round_ = round_or_404(slug)
    refusal = round_parts.remove_criterion(viewer(), round_.id, criterion_id, now=received_at())
    return _removed(refusal, url_for(".criteria", slug=slug))


def _removed(refusal: Refused | None, back: str) -> Response:
    if refusal is not None:
        raise RefusedRequest(refusal, back, "Back to the list")
    flash("Removed.", "good")
    return redirect(back)


def _key_date(round_: Round, row: KeyDate | None) -> View:
    values = {"label": row.label, "note": row.note, "seen": round_parts.mark_of(row)} if row else {}
    form = KeyDateForm(data={**values, "at": written(row.at if row else None)})
    refusal, stale = None, None
    if form.validate_on_submit():
        at = form.instant_of("at", row.at if row else None)
        if at is None:
            form["at"].form.day.errors = ["When: give a date and a time"]
        else:
            saved = round_parts.save_key_date(
                viewer(),
                round_.id,
                key_date_id=row.id if row else None,
                at=at,
                label=form.label.data,
                note=form.note.data,
                seen=form.seen.data or "",
                now=received_at(),
            )
            if isinstance(saved, int):
                flash("The calendar is saved.", "good")
                return redirect(url_for(".key_dates", slug=round_.slug))
            refusal, stale = _told(form, saved)
    page = render_template(
        "admin/rounds/key_dates.html",
        round=round_,
        form=form,
        row=row,
        rows=admin_rounds.calendar(round_.id),
        refusal=refusal,
        stale=stale,
    )
    return page if refusal is None and stale is None else (page, 409)


def _criterion(round_: Round, row: Criterion | None) -> View:
    rows = admin_rounds.criteria(round_.id)
    values = (
        {
            "label": row.label,
            "help": row.help,
            "position": row.position,
            "seen": round_parts.mark_of(row),
        }
        if row
        else {"position": max((found.position for found in rows), default=-1) + 1}
    )
    form, refusal, stale = CriterionForm(data=values), None, None
    if form.validate_on_submit():
        saved = round_parts.save_criterion(
            viewer(),
            round_.id,
            criterion_id=row.id if row else None,
            label=form.label.data,
            help_text=form.help.data,
            position=form.position.data or 0,
            seen=form.seen.data or "",
            now=received_at(),
        )
        if isinstance(saved, int):
            flash("The criteria are saved.", "good")
            return redirect(url_for(".criteria", slug=round_.slug))
        refusal, stale = _told(form, saved)
    page = render_template(
        "admin/rounds/criteria.html",
        round=round_,
        form=form,
        row=row,
        rows=rows,
        refusal=refusal,
        stale=stale,
    )
    return page if refusal is None and stale is None else (page, 409)


def _told(
    form: KeyDateForm | CriterionForm, answer: Refused | Stale
) -> tuple[Refused | None, Stale | None]:
    """What stands against a save. After a stale one the form carries the new mark: a second save is a knowing one."""
    if isinstance(answer, Refused):
        return answer, None
    form.seen.data = answer.version
    return None, answer
