"""An answer given to the same question of another chosen stream: offered at the field, used by a button."""

from datetime import datetime

from flask import request

from portal.domain.shared_answers import SharedAnswer, shared_answers
from portal.queries.applications import Dossier
from portal.web.applicant.views import SectionPage

BUTTON = "use"


def shared(dossier: Dossier, page: SectionPage, at: datetime) -> dict[str, SharedAnswer]:
    """What a section's page offers, by field; nothing for the sections that all streams read."""
    if page.stream is None:
        return {}
    others = [dossier.part(stream, at) for stream in dossier.chosen_streams()]
    return shared_answers(dossier.part(page.stream, at), others)


def wanted(page: SectionPage) -> str:
    """The field whose button was pressed; "" for none."""
    name = request.form.get(BUTTON, "")
    return name if name in {field.name for field in page.fields} else ""


def with_shared(
    dossier: Dossier, page: SectionPage, answers: dict[str, str], at: datetime
) -> dict[str, str]:
    """What was typed, with the answer that the button asks for. A field that holds something keeps it."""
    name, offered = wanted(page), shared(dossier, page, at)
    if name not in offered or answers[name].strip():
        return answers
    return {**answers, name: offered[name].text}
