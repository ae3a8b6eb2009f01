"""The form of a task, by what is handed in. Anything can be saved: what does not fit is told when it is handed in."""

from typing import Any

from wtforms import FileField, TextAreaField, URLField

from portal.domain.work_tests import HandIn
from portal.web.applicant.forms import SectionForm


class TextWork(SectionForm):
    text = TextAreaField("What you hand in")


class LinkWork(SectionForm):
    text = URLField(
        "Address of what you hand in",
        description="Whoever has the link must be able to open it until decisions are released.",
    )


class FileWork(SectionForm):
    file = FileField("PDF that you hand in", render_kw={"accept": ".pdf,application/pdf"})


FORMS: dict[HandIn, type[SectionForm]] = {
    HandIn.TEXT: TextWork,
    HandIn.LINK: LinkWork,
    HandIn.FILE: FileWork,
}


def work_form(kind: HandIn, **arguments: Any) -> SectionForm:
    """The form, filled from the request or from `arguments`."""
    return FORMS[kind](**arguments)
