"""A stream's task: its start page while a clock waits, then the work: saved, handed in, read back."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.domain.work_tests import HandIn, Standing
from portal.queries.applications import Dossier
from portal.queries.work_tests import OwnTask, task_of
from portal.services import files, work_tests
from portal.services.desk import Late
from portal.services.files import Upload
from portal.services.work_tests import HandedIn, StaleWork, Unfit, Work
from portal.web.applicant.common import (
    blueprint,
    late_page,
    overview,
    own_dossier,
    user_id,
)
from portal.web.applicant.forms import SectionForm, whole_number
from portal.web.applicant.work_test_forms import work_form
from portal.web.applicant.work_test_views import href_of, in_words
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at
from portal.web.policies import policy
from portal.web.requests import takes_files

bp = blueprint("work_tests")


@bp.get("/<round>/work-tests/<int:test_id>")
@policy(Policy.SIGNED_IN)
def show(round_slug: str, test_id: int) -> ResponseReturnValue:
    """What a timed task asks is on this page only once its clock runs."""
    dossier, task = _find(round_slug, test_id)
    attempt = task.attempt
    form = work_form(
        task.test.hand_in,
        formdata=None,
        text=attempt.text if attempt else "",
        version=str(attempt.version if attempt else 0),
    )
    return _page(dossier, task, form)


@bp.post("/<round>/work-tests/<int:test_id>/start")
@policy(Policy.SIGNED_IN)
def start(round_slug: str, test_id: int) -> ResponseReturnValue:
    """The press that starts a clock. Nothing else does, and a second one moves nothing."""
    dossier, _ = _find(round_slug, test_id)
    result = work_tests.start(user_id(), dossier.round.id, test_id, received_at=received_at())
    if isinstance(result, Late):
        return late_page(dossier, result)
    if isinstance(result, Refused):
        raise RefusedRequest(result, overview(dossier), "Back to your application")
    return redirect(href_of(dossier, test_id))


@bp.post("/<round>/work-tests/<int:test_id>")
@policy(Policy.SIGNED_IN)
@takes_files
def save(round_slug: str, test_id: int) -> ResponseReturnValue:
    """Save, or with `then=hand-in` save and hand in."""
    dossier, task = _find(round_slug, test_id)
    form = work_form(task.test.hand_in)
    prepared = _prepared(task, form)
    if isinstance(prepared, Refused):
        form.file.errors = [f"{prepared.what} {prepared.why} {prepared.next}".strip()]
        return _page(dossier, task, form, 422)
    result = _store(dossier, test_id, form, prepared)
    if isinstance(result, Late):
        return late_page(dossier, result)
    if isinstance(result, Refused):
        raise RefusedRequest(result, href_of(dossier, test_id), "Back to the task")
    if isinstance(result, StaleWork):
        form.version.data = str(result.version)
        return _page(dossier, task, form, 409, stale=result)
    if isinstance(result, Unfit):
        form.version.data = str(result.version)
        _field(task, form).errors = [result.problem]
        return _page(dossier, _find(round_slug, test_id)[1], form, 422)
    if isinstance(result, HandedIn):
        flash("Handed in. A message that confirms it is on its way to you.", "good")
    else:
        flash("Saved. It is not handed in yet.", "good")
    return redirect(href_of(dossier, test_id))


def _find(round_slug: str, test_id: int) -> tuple[Dossier, OwnTask]:
    """The task, for those whom it concerns: others are told why it does not."""
    dossier = own_dossier(round_slug)
    task = task_of(dossier, test_id, received_at())
    if task is None:
        abort(404)
    if task.attempt is None and isinstance(task.may_begin, Refused):
        href = url_for("applicant_choices.show", round=round_slug)
        raise RefusedRequest(task.may_begin, href, "Your directions")
    return dossier, task


def _prepared(task: OwnTask, form: SectionForm) -> files.Prepared | Refused | None:
    """The chosen file, checked and stored before any transaction begins; None where none was chosen."""
    if task.test.hand_in is not HandIn.FILE:
        return None
    chosen = form.file.data
    if not chosen or not chosen.filename:
        return None
    return files.prepare(Upload(chosen.filename, chosen.stream))


def _store(
    dossier: Dossier, test_id: int, form: SectionForm, prepared: files.Prepared | None
) -> object:
    work = Work(form.text.data or "" if "text" in form else "", prepared)
    version = whole_number(form.version.data)
    if request.form.get("then") == "hand-in":
        return work_tests.hand_in(
            user_id(),
            dossier.round.id,
            test_id,
            work,
            version,
            received_at=received_at(),
            recorded_at=clock.now(),
        )
    return work_tests.save(
        user_id(), dossier.round.id, test_id, work, version, received_at=received_at()
    )


def _field(task: OwnTask, form: SectionForm) -> Any:
    return form.file if task.test.hand_in is HandIn.FILE else form.text


def _page(
    dossier: Dossier, task: OwnTask, form: SectionForm, status: int = 200, **more: Any
) -> ResponseReturnValue:
    waiting = not task.shows_brief
    page = "start" if waiting and task.accepts else "work"
    rendered = render_template(
        f"applicant/work_tests/{page}.html",
        dossier=dossier,
        task=task,
        test=task.test,
        words=in_words(task.test),
        form=form,
        Standing=Standing,
        **more,
    )
    return rendered, status
