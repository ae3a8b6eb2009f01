"""`portal verify-receipt NUMBER`: evidence that can be checked years later, without showing whose it is."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from portal.adapters import signing
from portal.commands.applications import verify_receipt
from portal.domain.submissions import read, signed_text
from portal.extensions import db
from portal.models import SigningKey, Submission
from portal.services import submissions
from tests.conftest import NOW
from tests.support.applicant import MAIL, write
from tests.support.files import give_files, keep_file


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


def test_each_thing_that_was_looked_at_stands_on_a_line(verify, submission):
    lines = verify(submission.number).output.splitlines()

    assert [line for line in lines if line.startswith("ok: ")] == [
        "ok: signature",
        "ok: content",
        "ok: number",
        "ok: instant",
        "ok: choices",
    ]


@pytest.mark.parametrize(
    "change",
    [{"signature": ""}, {"signature": "AAAA"}, {"recorded_at": NOW + timedelta(seconds=1)}],
)
def test_altered_signature_or_instant_is_reported(verify, submission, change):
    db.session.execute(sa.update(Submission).values(**change))
    db.session.commit()
    db.session.expire_all()

    answer = verify(submission.number)

    assert answer.exit_code == 1
    assert "Does not match: the signature does not belong" in answer.output


def test_stripping_the_key_as_well_hides_nothing(verify, submission):
    db.session.execute(sa.update(Submission).values(signature="", signing_key_id=None))
    db.session.commit()
    db.session.expire_all()

    assert "its signature or the key of it is gone" in verify(submission.number).output


def test_a_record_older_than_the_first_key_is_no_failure(verify, submission):
    db.session.execute(sa.update(Submission).values(signature="", signing_key_id=None))
    db.session.execute(sa.delete(SigningKey))
    db.session.commit()
    db.session.expire_all()

    answer = verify(submission.number)

    assert answer.exit_code == 0
    assert "no signature: the record is older than the first key" in answer.output


def test_an_erased_content_leaves_a_true_receipt(verify, submission):
    db.session.execute(sa.update(Submission).values(content="", salt=""))
    db.session.commit()
    db.session.expire_all()

    answer = verify(submission.number)

    assert answer.exit_code == 0
    assert "its content was erased since" in answer.output


def test_bytes_of_a_file_are_read_again(verify, app, submission, make):
    cv = keep_file(submission.application.user, submission.application.round, "cv.pdf", "CV", NOW)
    give(submission, cv)
    assert "ok: file 1" in verify(submission.number).output

    path = app.extensions["settings"].data_dir / "files" / cv.key
    path.chmod(0o600)
    path.write_bytes(b"other bytes")
    assert "file 1 has other bytes" in verify(submission.number).output

    path.unlink()
    answer = verify(submission.number)
    assert (answer.exit_code, "file 1 cannot be read" in answer.output) == (1, True)


def give(submission, cv):
    """Make the file an answer of the submission, and sign it again as the service would have."""
    field = next(
        answer.field
        for part in read(submission.content).sections
        for answer in part.answers
        if answer.kind == "file"
    )
    give_files(submission, **{field: cv})
    text = signed_text(
        submission.number, submission.received_at, submission.recorded_at, submission.digest
    )
    submission.signature = signing.signer().sign(text)
    db.session.commit()
