"""A receipt that a stranger checks by hand, with the commands that the page itself gives."""

import json
import subprocess

import pytest
import sqlalchemy as sa

from portal.adapters import signing
from portal.extensions import db
from portal.models import OutboxMessage, SigningKey, Submission
from portal.services import submissions
from tests.conftest import NOW
from tests.support.applicant import MAIL, write


@pytest.fixture
def round_(make):
    return make.round()


@pytest.fixture
def iris(make):
    return make.user("Iris Okafor")


@pytest.fixture
def number(make, iris, round_):
    write(iris, round_, make.stream(round_, "Secret stream"))
    made = submissions.submit(
        iris.id, round_.id, "key-0001", MAIL, received_at=NOW, recorded_at=NOW
    )
    return made.number


def commands(page, label):
    return page.find("pre", attrs={"aria-label": label}).text


def run(script, folder):
    return subprocess.run(
        ["bash", "-e", "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_stranger_verifies_the_signature_with_what_the_page_says(client, number, tmp_path):
    script = commands(client.page(f"/receipts/{number}"), "Commands that check the signature")

    genuine = run(script, tmp_path)
    forged = run(script.replace("received 2026-11-21", "received 2026-11-20"), tmp_path)

    assert (genuine.returncode, "Verified Successfully" in genuine.stdout) == (0, True)
    assert forged.returncode != 0


def test_an_applicant_proves_what_was_sent_with_the_file_and_the_page(
    client, browser, iris, round_, number, tmp_path
):
    own = browser(iris)
    page = own.page(f"/apply/{round_.slug}/receipt")
    link = page.find("a", string="Download what was signed")["href"]
    answer = own.get(link)
    (tmp_path / f"{number}.bin").write_bytes(answer.data)

    told = run(commands(page, "Commands that check the content"), tmp_path)

    submission = db.session.scalars(sa.select(Submission)).one()
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{number}.bin"'
    first, _, rest = told.stdout.partition("\n")
    assert first.endswith(submission.digest)
    assert json.loads(rest) == json.loads(submission.content)
    script = commands(page, "Commands that check the signature")
    assert "Verified Successfully" in run(script, tmp_path).stdout


def test_nobody_else_gets_the_content(browser, make, round_, number):
    address = f"/apply/{round_.slug}/receipt/{number}.bin"

    assert browser(make.user("Somebody Else")).get(address).status_code == 404


def test_page_mail_program_and_applicant_are_told_the_same(client, browser, iris, round_, number):
    submission = db.session.scalars(sa.select(Submission)).one()
    letter = db.session.scalars(sa.select(OutboxMessage)).one().text
    told = client.get(f"/receipts/{number}.json").json
    public = client.page(f"/receipts/{number}").find("main").text
    own = browser(iris).page(f"/apply/{round_.slug}/receipt").find("main").text

    for text in (public, own, letter):
        for value in (number, submission.digest, submission.signature):
            assert value in text
    assert told["received_at"] in public
    assert told["received_at"] in own
    assert (told["sha256"], told["signature"]) == (submission.digest, submission.signature)
    assert signing.verifies(told["public_key"], told["signature"], told["signed_text"].encode())
    assert told["fingerprint"] == signing.fingerprint_of(told["public_key"])


def test_public_proof_outlives_the_content_and_tells_of_nobody(client, iris, number, tmp_path):
    db.session.execute(sa.update(Submission).values(content="", salt="", applicant_name=""))
    db.session.commit()

    page = client.page(f"/receipts/{number}")
    told = run(commands(page, "Commands that check the signature"), tmp_path)

    assert "Verified Successfully" in told.stdout
    everything = page.text + client.get(f"/receipts/{number}.json").text
    for hidden in ("Iris", "Okafor", "Secret stream", "example.org"):
        assert hidden not in everything


def test_a_receipt_of_an_older_key_stays_true(client, number, app, tmp_path):
    before = signing.signer()
    signing.make_key(tmp_path / "next")
    after = signing.load(
        type(app.extensions["settings"])(
            **{**vars(app.extensions["settings"]), "data_dir": tmp_path / "next"}
        )
    )
    signing.introduce(after)
    try:
        keys = client.page("/receipts/keys").text
        assert before.fingerprint in keys
        assert after.fingerprint not in keys
        script = commands(client.page(f"/receipts/{number}"), "Commands that check the signature")
        assert "Verified Successfully" in run(script, tmp_path).stdout
    finally:
        signing.introduce(before)


def test_the_keys_are_published_for_good(client, number):
    key = db.session.scalars(sa.select(SigningKey)).one()

    assert client.get(f"/receipts/keys/{key.fingerprint}.pem").text == key.public_key
    assert client.get(f"/receipts/keys/{'0' * 64}.pem").status_code == 404
    assert "PRIVATE" not in client.page("/receipts/keys").text
