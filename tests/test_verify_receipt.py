"""`portal verify-receipt NUMBER`: evidence that can be checked years later, without showing whose it is."""

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from portal.commands.applications import verify_receipt
from portal.extensions import db
from portal.models import Submission
from portal.services import submissions
from tests.conftest import NOW
from tests.services.test_submissions import MAIL, write


@pytest.fixture
def verify(app):
    return lambda number: CliRunner().invoke(verify_receipt, [number], obj=app)


@pytest.fixture
def submission(make):
    round_ = make.round()
    user = make.user("Iris Okafor")
    write(user, round_, make.stream(round_))
    submissions.submit(user.id, round_.id, "key-0001", MAIL, received_at=NOW, recorded_at=NOW)
    return db.session.scalars(sa.select(Submission)).one()


def test_genuine_receipt_is_confirmed_without_a_name(verify, submission):
    answer = verify(submission.number.lower())

    assert answer.exit_code == 0
    assert submission.digest in answer.output
    assert "2026-11-21T12:00:00Z" in answer.output
    assert "The record is what was received." in answer.output
    assert "Iris" not in answer.output


def test_altered_record_is_reported(verify, submission):
    db.session.execute(sa.update(Submission).values(content=Submission.content + " "))
    db.session.commit()

    answer = verify(submission.number)

    assert answer.exit_code == 1
    assert "Does not match" in answer.output


def test_unknown_number_is_told_apart_from_a_wrong_one(verify, make):
    assert verify("R-0000-0000-0000").exit_code == 2
