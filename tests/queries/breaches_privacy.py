"""Rows that break the rules about what was erased, one at a time."""

import sqlalchemy as sa

from portal.domain.applications import ApplicationState
from portal.extensions import db
from portal.models import Application, Erasure, SurveyAnswer, User
from portal.queries.subjects import Subject
from portal.services import erasure
from portal.services.erasure_rows import forget
from portal.services.work import writing
from tests.conftest import NOW
from tests.queries.planting import Plants, change, first

PRIVACY_PLANTS = Plants()


def _applicant() -> int:
    return first(
        Application.user_id,
        Application.state == ApplicationState.SUBMITTED,
        Application.user_id.in_(sa.select(User.id).where(User.erased_at.is_(None))),
    )


def erased() -> int:
    key = _applicant()
    assert erasure.erase(key, by=None, reason="", now=NOW)
    return key


@PRIVACY_PLANTS.breach("erased-account-is-empty")
def somebody_kept_their_name() -> int:
    return change(User, erased(), name="Kept Name")


@PRIVACY_PLANTS.breach("forgotten-application-is-empty")
def an_answer_is_left() -> int:
    key = first(Application.id, Application.state == ApplicationState.SUBMITTED)
    round_id, user_id = db.session.execute(
        sa.select(Application.round_id, Application.user_id).where(Application.id == key)
    ).one()
    with writing() as session:
        forget(session, Subject(None, "", [(key, round_id, user_id)]), at=NOW)
    db.session.execute(
        sa.insert(SurveyAnswer).values(application_id=key, question="age", answer="25_34")
    )
    return key


@PRIVACY_PLANTS.breach("erased-is-recorded")
def no_erasure_says_so() -> int:
    key = erased()
    db.session.execute(sa.delete(Erasure).where(Erasure.user_id == key))
    return key


@PRIVACY_PLANTS.breach("erasure-is-whole")
def finished_with_files_left() -> int:
    key = first(Erasure.id, Erasure.user_id == erased())
    return change(Erasure, key, finished_at=NOW, file_keys=["ab/cd"])
