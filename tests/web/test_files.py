"""Who may open a file, how it is served, and that opening somebody else's is recorded."""

import re
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from portal.domain.files import label
from portal.domain.questions import Kind
from portal.domain.submissions import canonical, read
from portal.extensions import db
from portal.models import (
    Application,
    AuditEvent,
    StoredFile,
    StreamMember,
    Submission,
)
from portal.services import files
from tests.support.files import give_files, keep_file
from tests.support.pdfs import a_pdf

NAME = "张伟 简历.pdf"


@pytest.fixture
def scene(make, browser):
    """Ana sent a CV to two streams and an answer to a question of the first; a draft's file nobody has but her."""
    round_ = make.round("Summer 2027")
    streams = [make.stream(round_, name, questions=["Your plan?"]) for name in ("First", "Second")]
    for stream in streams:
        stream.questions[0].kind = Kind.FILE
    applicant, boss = make.user("Ana Applicant"), make.admin()
    application = make.submitted(applicant, round_, streams)
    cv, plan, draft = (
        keep_file(applicant, round_, name, text, make.now)
        for name, text in ((NAME, "cv"), ("plan.pdf", "plan"), ("draft.pdf", "draft"))
    )
    give_files(application.current_submission, cv=cv, **{f"q{streams[0].questions[0].id}": plan})
    people = {
        "owner": applicant,
        "first reader": make.member(streams[0], name="Fia First"),
        "second reader": make.member(streams[1], name="Sol Second"),
        "other reader": make.member(make.stream(round_, "Third"), name="Tia Third"),
        "other applicant": make.user("Olu Other"),
        "admin": boss,
        "nobody": None,
    }
    browsers = {name: browser(user) for name, user in people.items()}
    return SimpleNamespace(
        cv=cv.ref, plan=plan.ref, draft=draft.ref, people=people, browsers=browsers,
        streams=streams, application=application, round=round_,
    )  # fmt: skip


def status(scene, person, ref, **arguments):
    with scene.browsers[person].get(f"/files/{ref}", **arguments) as response:
        return response.status_code


#  person             cv   plan  draft
RIGHTS = {
    "owner":           (200, 200, 200),
    "first reader":    (200, 200, 404),
    "second reader":   (200, 404, 404),
    "other reader":    (404, 404, 404),
    "other applicant": (404, 404, 404),
    "admin":           (200, 200, 404),
    "nobody":          (302, 302, 302),
}  # fmt: skip


@pytest.mark.parametrize("person", RIGHTS)
def test_a_file_is_read_by_those_who_read_the_answer(scene, person):
    refs = (scene.cv, scene.plan, scene.draft)
    assert tuple(status(scene, person, ref) for ref in refs) == RIGHTS[person]
    for headers in ({"Range": "bytes=0-3"}, {"If-None-Match": f'"{"0" * 64}"'}):
        found = [status(scene, person, ref, headers=headers) for ref in refs]
        assert [code in (200, 206) for code in found] == [code == 200 for code in RIGHTS[person]]


def test_what_is_not_there_and_what_one_may_not_read_look_the_same(scene):
    reader = scene.browsers["other reader"]
    refs = (scene.cv, scene.draft, "f" + "0" * 32)
    token = re.compile(r'name="csrf_token" value="[^"]+"')
    texts = {token.sub("", reader.get(f"/files/{ref}").text) for ref in refs}
    assert len(texts) == 1
    assert reader.get("/files/nonsense").status_code == 404


def test_rights_end_with_their_reason(scene):
    member = db.session.scalar(
        sa.select(StreamMember).where(StreamMember.user_id == scene.people["first reader"].id)
    )
    assert status(scene, "first reader", scene.plan) == 200
    db.session.delete(member)
    db.session.commit()
    assert status(scene, "first reader", scene.cv) == 404
    assert status(scene, "first reader", scene.plan) == 404

    assert status(scene, "second reader", scene.cv) == 200
    application = db.session.get(Application, scene.application.id)
    application.state = "withdrawn"
    db.session.commit()
    assert status(scene, "second reader", scene.cv) == 404
    assert status(scene, "owner", scene.cv) == 200


def test_a_file_is_a_download_that_can_do_nothing(scene):
    with scene.browsers["first reader"].get(f"/files/{scene.cv}") as found:
        assert found.data == a_pdf("cv")
        assert found.mimetype == "application/pdf"
        assert found.content_length == len(a_pdf("cv"))
        assert found.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert found.headers["X-Content-Type-Options"] == "nosniff"
        assert found.headers["Cache-Control"] == "no-store"
        assert found.headers["Content-Disposition"].startswith("attachment;")
        assert "filename*=UTF-8''%E5%BC%A0%E4%BC%9F%20" in found.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "name",
    ['a"; filename="b.html".pdf', "a\r\nSet-Cookie: b.pdf", "../../x.pdf", "\u202efdp.exe.pdf"],
)
def test_no_name_gets_out_of_its_header(scene, name):
    file = db.session.scalar(sa.select(StoredFile).where(StoredFile.ref == scene.cv))
    file.name = label(name)
    db.session.commit()
    with scene.browsers["owner"].get(f"/files/{scene.cv}") as found:
        assert found.status_code == 200
        assert not any("b.pdf" in cookie for cookie in found.headers.getlist("Set-Cookie"))
        assert found.headers["Content-Disposition"].startswith("attachment; filename=")
        assert "\u202e" not in found.headers["Content-Disposition"]


def test_parts_heads_and_marks_obey_the_same_rule(scene):
    reader, path, data = scene.browsers["first reader"], f"/files/{scene.cv}", a_pdf("cv")
    with reader.get(path, headers={"Range": "bytes=5-14"}) as part:
        assert (part.status_code, part.data) == (206, data[5:15])
        assert part.headers["Content-Range"] == f"bytes 5-14/{len(data)}"
    with reader.head(path) as head:
        assert (head.status_code, head.data) == (200, b"")
        assert head.content_length == len(data)
        mark = head.headers["ETag"]
    with reader.get(path, headers={"If-None-Match": mark}) as same:
        assert (same.status_code, same.data) == (304, b"")
    with reader.get(path, headers={"Range": "bytes=99999999-"}) as beyond:
        assert beyond.status_code == 416
    stranger = scene.browsers["other reader"]
    assert stranger.head(path).status_code == 404
    assert stranger.get(path, headers={"If-None-Match": mark}).status_code == 404
    assert stranger.get(path, headers={"Range": "bytes=0-1"}).status_code == 404


def opened():
    rows = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "file.opened"))
    return rows.all()


def test_opening_somebody_elses_file_is_recorded_without_its_name(scene):
    status(scene, "owner", scene.cv)
    assert opened() == []
    status(scene, "first reader", scene.cv)
    status(scene, "other reader", scene.cv)
    scene.browsers["first reader"].head(f"/files/{scene.cv}").close()
    (event,) = opened()
    assert event.actor_id == scene.people["first reader"].id
    assert (event.subject_type, event.subject_id) == ("application", scene.application.id)
    assert NAME not in f"{event.before}{event.after}{event.reason}"
    shown = scene.browsers["admin"].page(f"/admin/applications/{scene.application.id}")
    assert "opened a file of an application" in shown.text
    assert shown.find("a", href=f"/files/{scene.cv}").text == NAME


def test_bytes_that_cannot_be_read_are_told_plainly(scene):
    file = db.session.scalar(sa.select(StoredFile).where(StoredFile.ref == scene.cv))
    files._room.storage.delete(file.key)
    page = scene.browsers["owner"].page(f"/files/{scene.cv}", status=503)
    assert "cannot be read right now" in page.h1.text
    assert opened() == []


def test_readers_find_the_files_in_what_they_read(scene):
    rows = {row.stream_id: row.id for row in scene.application.stream_applications}
    first = scene.browsers["first reader"].page(f"/review/{rows[scene.streams[0].id]}")
    assert first.find("a", href=f"/files/{scene.cv}").text == NAME
    assert first.find("a", href=f"/files/{scene.plan}").text == "plan.pdf"
    second = scene.browsers["second reader"].page(f"/review/{rows[scene.streams[1].id]}")
    assert second.find("a", href=f"/files/{scene.cv}")
    assert not second.find("a", href=f"/files/{scene.plan}")


def test_content_keeps_the_digest_of_each_file(scene):
    submission = db.session.scalar(sa.select(Submission))
    content = read(submission.content)
    assert {answer.answer for answer in content.files()} == {scene.cv, scene.plan}
    assert canonical(content) == submission.content
