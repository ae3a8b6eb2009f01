"""A file that comes with a form, and the removal of one, obey the deadline like every save, to the microsecond."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.extensions import db
from portal.models import AuditEvent, LateDraft, SectionAnswers, StoredFile
from tests.support.pdfs import a_pdf
from tests.web.applicant.test_files import answer_now, background, post

MICROSECOND, GRACE = timedelta(microseconds=1), timedelta(seconds=120)
#  instant around the close        answer
INSTANTS = {
    "just before":                 (-MICROSECOND, "on time"),
    "at the close":                (timedelta(0), "in grace"),
    "just after":                  (MICROSECOND, "in grace"),
    "at the end of the grace":     (GRACE - MICROSECOND, "in grace"),
    "past the grace":              (GRACE, "late"),
}  # fmt: skip


@pytest.fixture
def closing(scene, iris, make):
    """Started with a file, while the round closes in an hour; the close."""
    closes_at = make.now + timedelta(hours=1)
    scene.round.closes_at = closes_at
    make.keep(scene.round)
    iris.submit(f"{scene.home}/start", page=scene.home)
    post(
        iris, background(scene), position="Before", version="0", cv=("before.pdf", a_pdf("before"))
    )
    return closes_at


def judged(answer):
    if answer.status_code == 409:
        assert db.session.scalar(sa.select(LateDraft)) is not None
        return "late"
    assert answer.status_code == 302
    assert db.session.scalar(sa.select(LateDraft)) is None
    event = db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event.action == "application.saved"
    return {None: "on time", "in_grace": "in grace"}[event.after.get("arrival")]


@pytest.mark.parametrize("instant", INSTANTS)
@pytest.mark.parametrize("write", ["send", "remove"])
def test_a_file_is_judged_by_its_arrival(scene, iris, at, closing, write, instant):
    offset, expected = INSTANTS[instant]
    before = answer_now()
    sent = {"cv": ("after.pdf", a_pdf("after"))} if write == "send" else {"remove": "cv"}
    with at(closing + offset):
        answer = post(
            iris, background(scene), page=f"{scene.home}/questions",
            position="After", version="1", **sent,
        )  # fmt: skip
        assert judged(answer) == expected
    after = db.session.scalar(sa.select(StoredFile.ref).where(StoredFile.name == "after.pdf")) or ""
    if expected == "late":
        assert answer_now() == before, "the working copy is not touched"
        assert db.session.scalar(sa.select(LateDraft)).content["cv"] == after
    else:
        assert db.session.scalar(sa.select(SectionAnswers)).answers["cv"] == after
