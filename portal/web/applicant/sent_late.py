"""The one button that submits what came too late, once a later deadline let it in: what it says beside it."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.applications import DIRECTIONS
from portal.domain.instants import iso
from portal.queries.applications import Dossier
from portal.queries.sent_late import offered, saved
from portal.web.applicant.forms import SentLateForm
from portal.web.applicant.views import (
    StreamStanding,
    all_section_pages,
    rows,
    standings,
)


@dataclass(frozen=True)
class SentLate:
    """What one press submits. `parts` are the sections as titles, with the instant each was written and its rows."""

    sent_at: datetime
    closes_at: datetime
    parts: list[tuple[str, datetime | None, list[dict[str, Any]]]]
    streams: list[StreamStanding]
    form: SentLateForm


def sent_late(dossier: Dossier, at: datetime) -> SentLate | None:
    """None where there is nothing to press: nothing was let in, or it was changed or submitted since."""
    sent_at = offered(dossier, at)
    if sent_at is None:
        return None
    return SentLate(
        sent_at=sent_at,
        closes_at=dossier.submit_deadline().closes_at,
        parts=_parts(dossier),
        streams=standings(dossier, at),
        form=SentLateForm(formdata=None, key=secrets.token_urlsafe(18), as_sent_at=iso(sent_at)),
    )


def _parts(dossier: Dossier) -> list[tuple[str, datetime | None, list[dict[str, Any]]]]:
    """Every section in the order of the form, the ranked directions after those that all streams read."""
    written = saved(dossier)
    found = []
    for page in all_section_pages(dossier):
        answers = dossier.answers(page.slug)
        found.append((page.title, written.get(page.slug), rows(dossier, page, answers, (), None)))
    wishes = [
        {"key": f"Choice {rank}", "value": f"{offering.direction.title}, {offering.stream.name}"}
        for rank, offering in enumerate(dossier.choices(), 1)
    ]
    general = len([page for page in all_section_pages(dossier) if page.stream is None])
    found.insert(general, ("Directions", written.get(DIRECTIONS), wishes))
    return found
