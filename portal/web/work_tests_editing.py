"""One edit of a stream's task, from form to answer; admins and the leads of streams share it."""

from dataclasses import asdict

from flask import abort

from portal.domain.verdict import Refused
from portal.models import Stream, WorkTest
from portal.services import work_test_editing
from portal.services.versions import Stale
from portal.web.guard import received_at, viewer
from portal.web.instant_fields import written
from portal.web.streams_editing import Edit
from portal.web.work_tests_forms import WorkTestForm


def add_task(stream: Stream) -> Edit:
    form = WorkTestForm()
    if not form.validate_on_submit():
        return Edit(form)
    made = work_test_editing.add_task(viewer(), stream.id, form.task(), now=received_at())
    return Edit(form, saved=True) if isinstance(made, int) else Edit(form, answer=made)


def edit_task(test: WorkTest) -> Edit:
    """On Stale the form keeps what was typed and takes the new version, so that a second save is a knowing one."""
    stands = asdict(work_test_editing.task_of(test))
    form = WorkTestForm(
        data={**stands, "due_at": written(test.due_at), "seen": work_test_editing.mark_of(test)}
    )
    if not form.validate_on_submit():
        return Edit(form)
    answer = work_test_editing.edit_task(
        viewer(), test.id, form.task(test.due_at), seen=form.seen.data or "", now=received_at()
    )
    if isinstance(answer, Stale):
        form.seen.data = answer.version
    return Edit(form, answer is None, answer)


def retire_task(test: WorkTest) -> Refused | None:
    return work_test_editing.retire_task(viewer(), test.id, now=received_at())


def task_or_404(stream: Stream, test_id: int) -> WorkTest:
    test = next((found for found in stream.work_tests if found.id == test_id), None)
    if test is None:
        abort(404)
    return test
