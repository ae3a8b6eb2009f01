"""What applicants ask the programme, and its answers."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.permissions import Viewer
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import (
    Enquiry,
    OutboxMessage,
)
from portal.queries import enquiries as enquiry_queries
from portal.services import enquiries
from portal.services.versions import Stale
from tests.conftest import NOW
from tests.support.rows import again

DAY = timedelta(days=1)


def test_question_is_kept_once_and_answered_by_mail(make, boss, round_):
    viewer = Viewer(make.user("Curious Person").id)
    asked = enquiries.ask(viewer, round_.id, " May I apply twice? ", now=NOW)
    assert enquiries.ask(viewer, round_.id, "May I apply twice?", now=NOW) == asked
    (row,) = enquiry_queries.of_user(viewer, round_.id)
    seen = enquiries.mark_of(row)
    assert enquiries.answer(boss, row.id, "Yes.", seen=seen, now=NOW + DAY) is None
    mail = db.session.scalars(sa.select(OutboxMessage)).one()
    assert mail.recipient == "curious.person@example.org"
    assert "May I apply twice?" in mail.text
    assert "Yes." in mail.text
    assert again(row).answered_at == NOW + DAY


def test_second_answer_to_a_question_gets_the_first_one(make, boss, round_):
    viewer = Viewer(make.user().id)
    asked = enquiries.ask(viewer, round_.id, "When?", now=NOW)
    seen = enquiries.mark_of(db.session.get_one(Enquiry, asked))
    assert enquiries.answer(boss, asked, "Soon.", seen=seen, now=NOW) is None
    late = enquiries.answer(boss, asked, "Never.", seen=seen, now=NOW)
    assert isinstance(late, Stale)
    assert late.current["text"] == "Soon."
    assert enquiries.answer(boss, asked, "In May.", seen=late.version, now=NOW + DAY) is None
    subjects = db.session.scalars(sa.select(OutboxMessage.subject).order_by(OutboxMessage.id)).all()
    assert len(subjects) == 2
    assert "corrected" in subjects[1]


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001])
def test_question_without_words_or_with_too_many_is_refused(make, round_, text):
    assert isinstance(enquiries.ask(Viewer(make.user().id), round_.id, text, now=NOW), Refused)


def test_question_about_a_draft_round_is_refused(make):
    draft = make.round(published_at=None)
    assert isinstance(enquiries.ask(Viewer(make.user().id), draft.id, "When?", now=NOW), Refused)


def test_nobody_piles_up_questions(make, round_):
    viewer = Viewer(make.user().id)
    for number in range(enquiries.MOST_OPEN):
        assert isinstance(enquiries.ask(viewer, round_.id, f"Q{number}", now=NOW), int)
    assert isinstance(enquiries.ask(viewer, round_.id, "One more", now=NOW), Refused)


def test_applicant_sees_only_their_own_questions(make, round_):
    one, two = Viewer(make.user().id), Viewer(make.user().id)
    enquiries.ask(one, round_.id, "Mine?", now=NOW)
    assert enquiry_queries.of_user(two, round_.id) == []
    assert enquiry_queries.of_user(Viewer(), round_.id) == []


def test_nobody_but_an_admin_answers(make, round_):
    viewer = Viewer(make.user().id)
    asked = enquiries.ask(viewer, round_.id, "When?", now=NOW)
    assert isinstance(enquiries.answer(viewer, asked, "Now.", seen="", now=NOW), Refused)
