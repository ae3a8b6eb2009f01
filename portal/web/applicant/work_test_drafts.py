"""A task's page saves itself while one types, and its file as soon as it is chosen, by the scripts of the sections."""

from flask import abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.domain.work_tests import HandIn
from portal.services import work_tests
from portal.services.desk import Late
from portal.services.work_tests import StaleWork, Work
from portal.web.applicant.common import blueprint, user_id
from portal.web.applicant.drafts import line
from portal.web.applicant.file_answers import told_late
from portal.web.applicant.forms import whole_number
from portal.web.applicant.uploads import FilePart, in_one, prepared
from portal.web.applicant.work_test_forms import work_form
from portal.web.applicant.work_tests import find_task
from portal.web.guard import received_at
from portal.web.policies import policy
from portal.web.requests import takes_files

bp = blueprint("work_test_drafts")


@bp.post("/<round>/work-tests/<int:test_id>/draft")
@policy(Policy.SIGNED_IN)
def save(round_slug: str, test_id: int) -> ResponseReturnValue:
    """Save the text or link of a task. It hands nothing in."""
    dossier, task = find_task(round_slug, test_id)
    form = work_form(task.test.hand_in)
    if "text" not in form:
        abort(404)
    work = Work(form.text.data or "", unheard=form.sent_before(), by_itself=True)
    version = whole_number(form.version.data)
    result = work_tests.save(
        user_id(), dossier.round.id, test_id, work, version, received_at=received_at()
    )
    if isinstance(result, Late):
        return line("late", 409, late=result, round=dossier.round)
    if isinstance(result, Refused):
        return line("refused", 409, refusal=result)
    if isinstance(result, StaleWork):
        return line("stale", 409)
    return line("saved", 200, version=result.version, saved_at=received_at())


@bp.post("/<round>/work-tests/<int:test_id>/file")
@policy(Policy.SIGNED_IN)
@takes_files
def save_file(round_slug: str, test_id: int) -> ResponseReturnValue:
    """Answers as `file_answers.save` does; `version` is the one that the page's next save goes on from."""
    dossier, task = find_task(round_slug, test_id)
    chosen = request.files.get("file")
    if chosen is None or not chosen.filename:
        return jsonify(problem="No file came with the request."), 400
    if task.test.hand_in is not HandIn.FILE:
        abort(404)
    file = prepared(chosen)
    if isinstance(file, Refused):
        return jsonify(problem=in_one(file)), 422
    result = work_tests.save_file(
        user_id(), dossier.round.id, test_id, file, received_at=received_at()
    )
    if isinstance(result, Late):
        return told_late(result, round_slug)
    if isinstance(result, Refused):
        return jsonify(problem=in_one(result)), 409
    return jsonify(now=_now(round_slug, test_id), version=result.version)


def _now(round_slug: str, test_id: int) -> str:
    _, task = find_task(round_slug, test_id)
    label = work_form(HandIn.FILE, formdata=None).file.label.text
    part = FilePart(task.attempt.file if task.attempt else None, None)
    return render_template(
        "applicant/sections/_file.html", name="file", label=label, part=part
    ).strip()
