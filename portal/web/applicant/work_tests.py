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
from portal.services.work_tests import HandedIn, StaleWork, Unfit, Work
from portal.web.applicant.common import (
    blueprint,
    late_page,
    overview,
    own_dossier,
    user_id,
)
from portal.web.applicant.forms import begin_page, origin, whole_number
from portal.web.applicant.uploads import FilePart, browser_checks, in_one, prepared
from portal.web.applicant.work_test_forms import WorkForm, work_form
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
    dossier, task = find_task(round_slug, test_id)
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
    dossier, _ = find_task(round_slug, test_id)
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
    dossier, task = find_task(round_slug, test_id)
    form = work_form(task.test.hand_in)
    file = _chosen(task, form)
    if isinstance(file, Refused):
        form.file.errors = [in_one(file)]
        return _page(dossier, task, form, 422)
    result = _store(dossier, test_id, form, file)
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
        return _page(dossier, find_task(round_slug, test_id)[1], form, 422)
    if isinstance(result, HandedIn):
        flash("Handed in. A message that confirms it is on its way to you.", "good")
    else:
        flash("Saved. It is not handed in yet.", "good")
    if origin(form).turn:
        flash(form.page.data or "", "saved page")
    return redirect(href_of(dossier, test_id))


def find_task(round_slug: str, test_id: int) -> tuple[Dossier, OwnTask]:
    """The task, for those whom it concerns: others are told why it does not."""
    dossier = own_dossier(round_slug)
    task = task_of(dossier, test_id, received_at())
    if task is None:
        abort(404)
    if task.attempt is None and isinstance(task.may_begin, Refused):
        href = url_for("applicant_choices.show", round=round_slug)
        raise RefusedRequest(task.may_begin, href, "Your directions")
    return dossier, task


def _chosen(task: OwnTask, form: WorkForm) -> files.Prepared | Refused | None:
    """The chosen file, checked and stored before any transaction begins; None where none was chosen."""
    if task.test.hand_in is not HandIn.FILE or form.file.sent is None:
        return None
    return prepared(form.file.sent)


def _store(dossier: Dossier, test_id: int, form: WorkForm, file: files.Prepared | None) -> object:
    work = Work(
        form.text.data or "" if "text" in form else "",
        file,
        removes_file="file" in request.form.getlist("remove"),
        unheard=form.sent_before(),
    )
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


def _field(task: OwnTask, form: WorkForm) -> Any:
    return form.file if task.test.hand_in is HandIn.FILE else form.text


def _page(
    dossier: Dossier, task: OwnTask, form: WorkForm, status: int = 200, **more: Any
) -> ResponseReturnValue:
    waiting = not task.shows_brief
    page = "start" if waiting and task.accepts else "work"
    if "stale" not in more:  # until a clash is settled, it stays the page that was sent
        begin_page(form, user_id())
    rendered = render_template(
        f"applicant/work_tests/{page}.html",
        dossier=dossier,
        task=task,
        test=task.test,
        words=in_words(task.test),
        form=form,
        Standing=Standing,
        part=FilePart(task.attempt.file if task.attempt else None, None),
        checks=browser_checks(),
        **more,
    )
    return rendered, status
