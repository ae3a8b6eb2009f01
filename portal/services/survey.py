"""Optional answers about one's person are saved and deleted by their author alone.

Neither leaves an entry in the audit log: who answered at all is nobody else's to know, and with a report beside it
would say what.
"""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.survey import cleaned
from portal.domain.verdict import ALLOWED, Refused, Verdict
from portal.models import Application, Round, SurveyAnswer
from portal.services.work import writing


def save(user_id: int, round_id: int, typed: Mapping[str, str], now: datetime) -> Verdict:
    """Keep exactly these answers; a question that is not among them loses the one it had."""
    answers = cleaned(typed)
    with writing() as session:
        key = _application(session, user_id, round_id, now)
        if key is None:
            return Refused(
                "These answers cannot be taken",
                "You have no application in this round, or the round is archived.",
                "Begin an application in a round that is open.",
            )
        _delete(session, key)
        rows = [
            {"application_id": key, "question": question, "answer": answer}
            for question, answer in answers.items()
        ]
        if rows:
            session.execute(sa.insert(SurveyAnswer), rows)
        return ALLOWED


def delete(user_id: int, round_id: int) -> None:
    """Delete one's answers of a round, at any time; there may be none."""
    with writing() as session:
        key = session.scalar(_own(user_id, round_id))
        if key is not None:
            _delete(session, key)


def _own(user_id: int, round_id: int) -> sa.Select[int]:
    return sa.select(Application.id).where(
        Application.user_id == user_id, Application.round_id == round_id
    )


def _application(session: Session, user_id: int, round_id: int, now: datetime) -> int | None:
    """The application that may have answers, locked: two saves at once must not mix."""
    return session.scalar(
        _own(user_id, round_id)
        .join(Round, Round.id == Application.round_id)
        .where(
            Application.forgotten_at.is_(None),
            sa.or_(Round.archived_at.is_(None), Round.archived_at > now),
        )
        .with_for_update(of=Application)
    )


def _delete(session: Session, application_id: int) -> None:
    session.execute(sa.delete(SurveyAnswer).where(SurveyAnswer.application_id == application_id))
