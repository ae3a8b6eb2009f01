"""One edit of published content, from form to answer; admins and mentors share it."""

from typing import Any

from portal.domain.content import Content
from portal.domain.verdict import Refused
from portal.services import content
from portal.services.content import Invalid, Saved
from portal.services.versions import Stale
from portal.web.content_forms import ContentForm
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.numbers import whole_or


def try_save(kind: Content, row: Any | None, form: ContentForm) -> Saved | Stale | None:
    """Save a valid form. None when a field cannot stand; then the form carries the error.

    On Stale the form keeps what was typed and takes the new version, so that a second save is a knowing one.
    """
    version = whole_or(form.version.data, 0)
    answer = content.save(
        viewer(), kind, row.id if row else None, version, form.values(), received_at()
    )
    if isinstance(answer, Refused):
        raise RefusedRequest(answer)
    if isinstance(answer, Invalid):
        form[answer.field].errors = [*form[answer.field].errors, answer.problem]
        return None
    if isinstance(answer, Stale):
        form.version.data = answer.version
    return answer
