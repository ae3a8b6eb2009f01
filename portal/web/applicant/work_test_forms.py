"""The form of a task, by what is handed in. Anything can be saved: what does not fit is told when it is handed in."""

from typing import Any

from wtforms import HiddenField, TextAreaField, URLField

from portal.domain.work_tests import HandIn
from portal.web.applicant.forms import SectionForm
from portal.web.applicant.uploads import FileAnswer


class WorkForm(SectionForm):
    """`unheard` and `unheard_too`: texts that js/autosave.js sent and heard nothing back about (`domain.saving`)."""

    unheard = HiddenField(default="")
    unheard_too = HiddenField(default="")

    def sent_before(self) -> tuple[str, ...]:
        return tuple(text for text in (self.unheard.data, self.unheard_too.data) if text)


class TextWork(WorkForm):
    text = TextAreaField("What you hand in")


class LinkWork(WorkForm):
    text = URLField(
        "Address of what you hand in",
        description="Whoever has the link must be able to open it until decisions are released.",
    )


class FileWork(WorkForm):
    file = FileAnswer("PDF that you hand in")


FORMS: dict[HandIn, type[WorkForm]] = {
    HandIn.TEXT: TextWork,
    HandIn.LINK: LinkWork,
    HandIn.FILE: FileWork,
}


def work_form(kind: HandIn, **arguments: Any) -> WorkForm:
    """The form, filled from the request or from `arguments`."""
    return FORMS[kind](**arguments)
