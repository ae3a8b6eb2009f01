"""Optional answers about one's person: one's own, and for admins counts of a whole round. No query names anybody."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.domain.permissions import Viewer
from portal.domain.rounds import Phase, phase
from portal.domain.survey import QUESTIONS, Tally, tally
from portal.extensions import db
from portal.models import Application, Round, SurveyAnswer

COUNTED_FROM = (Phase.CLOSED, Phase.RELEASED, Phase.ARCHIVED)


@dataclass(frozen=True)
class Report:
    """What admins see of a round. `tallies` are empty until the last deadline, and where too few applied."""

    is_closed: bool
    tallies: tuple[Tally, ...] = ()


def own_answers(viewer: Viewer, round_id: int) -> dict[str, str]:
    """What the viewer answered in a round, by question. One statement."""
    rows = db.session.execute(
        sa.select(SurveyAnswer.question, SurveyAnswer.answer)
        .join(Application, Application.id == SurveyAnswer.application_id)
        .where(Application.user_id == viewer.user_id, Application.round_id == round_id)
    )
    return {row.question: row.answer for row in rows}


def report(viewer: Viewer, round_: Round, now: datetime) -> Report:
    """Counts over everybody who ever submitted in the round, the withdrawn included: two statements.

    Only once nobody can submit any more: a report that grows one by one would show each of them.
    """
    if not viewer.is_admin or phase(round_, now) not in COUNTED_FROM:
        return Report(is_closed=False)
    counted = (Application.round_id == round_.id, Application.submitted_at.is_not(None))
    total = db.session.scalar(sa.select(sa.func.count(Application.id)).where(*counted)) or 0
    rows = db.session.execute(
        sa.select(SurveyAnswer.question, SurveyAnswer.answer, sa.func.count())
        .join(Application, Application.id == SurveyAnswer.application_id)
        .where(*counted)
        .group_by(SurveyAnswer.question, SurveyAnswer.answer)
    )
    counts: dict[str, dict[str, int]] = {}
    for question, answer, number in rows:
        counts.setdefault(question, {})[answer] = number
    found = (tally(question, counts.get(question.slug, {}), total) for question in QUESTIONS)
    return Report(True, tuple(each for each in found if each is not None))
