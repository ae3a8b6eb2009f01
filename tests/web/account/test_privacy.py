"""Taking away and erasing what is held about oneself, and about somebody who asked an admin."""

import io
import json
import zipfile
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from portal.commands import privacy
from portal.domain.permissions import Viewer
from portal.domain.retention import WORDS, Terms
from portal.extensions import db
from portal.models import AuditEvent, Decision, Referee, Submission, User
from portal.services import enquiries
from tests.conftest import NOW
from tests.support.files import give_files, keep_file
from tests.web.account.steps import PASSWORD, sign_in

ERASE = {"typed": "Erase everything", "password": PASSWORD}


@pytest.fixture
def applied(make, mira):
    """Mira applied, with a file, a question and two references; somebody else did the same."""
    for user in (mira, make.user("Olga Other")):
        stream = make.stream(make.round())
        application = make.submitted(user, stream.round, [stream])
        submission = db.session.get_one(Submission, application.current_submission_id)
        file = keep_file(user, stream.round, "cv.pdf", f"The life of {user.name}", NOW)
        give_files(submission, cv=file)
        row = make.arrived(application, stream)
        make.keep(
            Decision(
                stream_application_id=row.id, outcome="decline", reason="SECRET", decided_at=NOW
            )
        )
        for shown, words in ((True, "OPEN WORDS"), (False, "CONFIDENTIAL WORDS")):
            make.referee(
                application,
                f"t{user.id}{shown}",
                shown=shown,
                received_at=NOW,
                arrival="on_time",
                answers={"text": f"{words} about {user.name}"},
            )
        enquiries.ask(Viewer(user.id), stream.round_id, f"May {user.name} ask?", now=NOW)
    return mira


def taken(response: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
    with response:
        archive = zipfile.ZipFile(io.BytesIO(response.data))
    files = {name: archive.read(name) for name in archive.namelist() if name.startswith("files/")}
    return json.loads(archive.read("data.json")), files


def test_the_export_holds_ones_own_data_and_nobody_elses(browser, applied):
    here = browser(applied)
    assert "Download everything we hold about you" in str(here.page("/account"))
    response = here.submit("/account/export", {"password": PASSWORD})
    data, files = taken(response)
    text = json.dumps(data, ensure_ascii=False)

    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["Cache-Control"] == "no-store"
    tables = data["tables"]
    assert tables["users"][0]["email"] == "mira@example.org"
    assert [row["text"] for row in tables["enquiries"]] == ["May Mira Okonjo ask?"]
    assert json.loads(tables["submissions"][0]["content"])["number"]
    assert list(files) == [f"files/{tables['files'][0]['ref']}.pdf"]
    assert next(iter(files.values())).startswith(b"%PDF")
    assert "Olga" not in text
    assert "OPEN WORDS about Mira" in text
    assert "CONFIDENTIAL" not in text
    assert db.session.get_one(User, applied.id).password not in text
    assert data["withheld"]["users"]["password"]
    actions = sa.select(AuditEvent.action).order_by(AuditEvent.position)
    assert db.session.scalars(actions).all()[-1] == "account.exported"


def test_no_decision_is_given_out_before_its_release(browser, applied):
    here = browser(applied)
    data, _ = taken(here.submit("/account/export", {"password": PASSWORD}))
    assert data["tables"]["decisions"] == []
    for row in db.session.scalars(sa.select(Decision)):
        row.stream_application.application.round.released_at = NOW
    db.session.commit()
    data, _ = taken(here.submit("/account/export", {"password": PASSWORD}))
    assert [row["reason"] for row in data["tables"]["decisions"]] == ["SECRET"]


def test_exporting_needs_the_password(browser, mira):
    page = browser(mira).submit("/account/export", {"password": "a wrong guess"})
    assert page.status_code == 422
    assert "This is not your current password." in page.text


def test_erasing_oneself_needs_the_words_and_the_password(browser, mira):
    here = browser(mira)
    assert "This cannot be undone" in str(here.page("/account/erase"))
    for wrong in ({**ERASE, "typed": "yes"}, {**ERASE, "password": "a wrong guess"}):
        assert here.submit("/account/erase", wrong).status_code == 422
    assert db.session.get_one(User, mira.id).erased_at is None


def test_erased_one_is_signed_out_everywhere_and_cannot_come_back(browser, client, applied):
    here, there = browser(applied), browser(applied)
    number = db.session.scalars(sa.select(Submission.number).order_by(Submission.id)).first()
    before = client.get(f"/receipts/{number}.json").json
    here.submit("/account/erase", ERASE)

    assert "Your data is erased" in str(here.page("/login"))
    assert there.get("/account").status_code == 302
    assert sign_in(client, "mira@example.org").status_code == 200
    user = db.session.get_one(User, applied.id)
    assert (user.name, user.email) == ("Erased account", f"erased-{user.id}@erased.invalid")
    assert len(db.session.scalars(sa.select(Referee)).all()) == 2, "those of the other one"
    assert client.get(f"/receipts/{number}.json").json == before
    assert "Mira" not in str(client.page(f"/receipts/{number}"))


def test_desk_and_readers_meet_an_erased_application_as_one_without_words(
    browser, make, applied
) -> None:
    """Every page on which it stood still opens."""
    admin = make.admin()
    browser(applied).submit("/account/erase", ERASE)
    first = db.session.scalars(sa.select(Submission).order_by(Submission.id)).first()
    here = browser(admin)
    round_ = first.application.round.slug
    pages = [
        f"/admin/applications/{first.application_id}",
        f"/admin/applications?round={round_}",
        "/admin/people",
        f"/admin/people/{applied.id}",
        "/admin/audit",
        "/admin/mail",
        "/admin",
        f"/admin/rounds/{round_}",
        f"/admin/rounds/{round_}/decisions",
    ]
    for path in pages:
        text = str(here.page(path))
        assert "Mira" not in text
        assert "mira@" not in text


def test_an_admin_erases_somebody_by_typing_the_address(browser, make, applied):
    admin = make.admin()
    here = browser(admin)
    address = f"/admin/people/{applied.id}/erase"
    assert address in str(here.page(f"/admin/people/{applied.id}"))
    here.page(address)
    assert here.submit(address, {"typed": "olga.other@example.org"}).status_code == 422
    assert here.submit(address, {"typed": " MIRA@example.org "}).status_code == 302
    assert db.session.get_one(User, applied.id).erased_at == NOW
    assert here.get(address).status_code == 404
    assert here.get(f"/admin/people/{admin.id}/erase").status_code == 404
    assert "was erased on" in str(here.page(f"/admin/people/{applied.id}"))


# -- commands --------------------------------------------------------------------------------------


def test_the_command_exports_into_a_file_that_only_its_owner_reads(app, applied, tmp_path):
    target = tmp_path / "mira.zip"
    run = CliRunner().invoke(
        privacy.export_subject, ["MIRA@example.org", "--to", str(target)], obj=app
    )
    assert run.exit_code == 0, run.output
    assert target.stat().st_mode & 0o777 == 0o600
    assert zipfile.ZipFile(target).testzip() is None
    again = CliRunner().invoke(
        privacy.export_subject, ["mira@example.org", "--to", str(target)], obj=app
    )
    assert again.exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mira.zip"]


def test_the_command_erases_after_asking(app, applied, monkeypatch):
    monkeypatch.setattr("portal.services.erasure.scrub", lambda: True)
    kept = CliRunner().invoke(privacy.erase_subject, ["mira@example.org"], input="no\n", obj=app)
    assert kept.exit_code == 1
    assert db.session.get_one(User, applied.id).erased_at is None
    gone = CliRunner().invoke(
        privacy.erase_subject, ["mira@example.org"], input="Erase everything\n", obj=app
    )
    assert gone.exit_code == 0, gone.output
    assert "1 erasures finished, 0 still open." in gone.output
    db.session.expire_all()
    assert db.session.get_one(User, applied.id).erased_at == NOW
    assert "mira" not in gone.output.splitlines()[-1]


def test_the_commands_say_so_when_there_is_nobody_or_something_is_in_the_way(
    app, applied, monkeypatch
):
    monkeypatch.setattr("portal.services.erasure.scrub", lambda: False)
    for command in (privacy.erase_subject, privacy.export_subject):
        assert CliRunner().invoke(command, ["nobody@example.org"], obj=app).exit_code == 2
    run = CliRunner().invoke(privacy.erase_subject, ["mira@example.org", "--yes"], obj=app)
    assert run.exit_code == 3
    assert CliRunner().invoke(privacy.erase_subject, [], obj=app).exit_code == 2


# -- the page --------------------------------------------------------------------------------------


def test_the_privacy_page_prints_every_term_as_it_is_set(client):
    page = str(client.page("/privacy"))
    for what, since in WORDS.values():
        assert what in page
        assert since in page
    assert Terms().drafts == 30
    assert "30 days after their round is archived" in page
    assert 'href="/privacy"' in str(client.page("/"))
