"""A question for a file, as people meet it: sent, refused in words, replaced, removed, late, beside another tab."""

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from portal.domain.permissions import Viewer
from portal.domain.questions import Kind
from portal.domain.throttle import Limit
from portal.extensions import db
from portal.models import LateDraft, SectionAnswers, StoredFile
from portal.services import extensions
from portal.web.applicant import uploads
from tests.support.pdfs import a_pdf, form_data
from tests.web.applicant.conftest import ANSWERS, choose, fill, send

MULTIPART = "multipart/form-data; boundary=limit"


def sent(name="cv.pdf", data=None):
    return (name, a_pdf() if data is None else data)


def post(browser, path, page=None, **fields):
    token = browser.page(page or path).find("input", attrs={"name": "csrf_token"})["value"]
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    files = {name: value for name, value in fields.items() if not isinstance(value, str)}
    body = form_data({**texts, "csrf_token": token}, files)
    return browser.post(path, data=body, content_type=MULTIPART)


def parsed(answer):
    return BeautifulSoup(answer.text, "html5lib")


def fetched(browser, ref, **arguments):
    with browser.get(f"/files/{ref}", **arguments) as response:
        assert response.data is not None
        return response


def background(scene):
    return f"{scene.home}/background"


def stored():
    return db.session.scalars(sa.select(StoredFile).order_by(StoredFile.id)).all()


def answer_now(slug="background", name="cv"):
    row = db.session.scalar(sa.select(SectionAnswers).where(SectionAnswers.section == slug))
    return row.answers.get(name, "") if row else None


@pytest.fixture
def started(scene, iris):
    iris.submit(f"{scene.home}/start", page=scene.home)
    return iris


def test_one_account_sends_so_many_files_an_hour_and_keeps_its_text(
    scene, started, at, monkeypatch
):
    monkeypatch.setattr(uploads, "FILES_BY_ACCOUNT", Limit(2, timedelta(hours=1)))
    for version in ("0", "1"):
        post(started, background(scene), position="Engineer", version=version, cv=sent())
    refused = post(started, background(scene), position="Weaver", version="2", cv=sent())
    problem = " ".join(parsed(refused).find("main").text.split())
    assert "no more are taken from your account for now. Choose it again in 60 minutes." in problem
    former = answer_now()
    page = parsed(refused)
    assert page.find("input", attrs={"name": "position"})["value"] == "Weaver"
    version = page.find("input", attrs={"name": "version"})["value"]
    with at(timedelta(hours=1)):
        assert post(
            started, background(scene), position="Weaver", version=version, cv=sent(data=a_pdf(pages=2))
        ).status_code == 302  # fmt: skip
    assert answer_now() != former


def test_a_day_has_a_limit_too_and_it_is_of_one_account(scene, started, browser, make, monkeypatch):
    monkeypatch.setattr(uploads, "FILES_BY_ACCOUNT_A_DAY", Limit(1, timedelta(days=1)))
    post(started, background(scene), position="Engineer", version="0", cv=sent())
    refused = post(started, background(scene), position="Engineer", version="1", cv=sent())
    assert "Choose it again in 1440 minutes." in refused.text
    other = browser(make.user())
    other.submit(f"{scene.home}/start", page=scene.home)
    post(other, background(scene), position="Engineer", version="0", cv=sent())
    assert len(stored()) == 2


def test_cv_is_sent_with_the_form_and_comes_back_as_it_was(scene, started):
    name, data = "张伟 简历.pdf", a_pdf(pages=2)
    answer = post(started, background(scene), position="Engineer", version="0", cv=sent(name, data))
    assert answer.status_code == 302
    (file,) = stored()
    assert answer_now() == file.ref
    page = started.page(background(scene))
    link = page.find("a", href=f"/files/{file.ref}")
    assert link.text == name
    assert "2 pages" in page.find(class_="file-now").text

    found = fetched(started, file.ref)
    assert found.data == data
    assert found.headers["Content-Disposition"] == (
        'attachment; filename=" .pdf"; '
        "filename*=UTF-8''%E5%BC%A0%E4%BC%9F%20%E7%AE%80%E5%8E%86.pdf"
    )
    assert found.mimetype == "application/pdf"


def test_form_is_multipart_only_where_a_file_is_asked_for(scene, started):
    def encoding(path):
        form = started.page(path).find("form", attrs={"data-guard": True})
        return form.get("enctype")

    assert encoding(background(scene)) == "multipart/form-data"
    assert encoding(f"{scene.home}/about") is None


REFUSED = {
    "another extension": ("cv.docx", b"PK", "This file is not a PDF."),
    "an extension before": ("cv.pdf.html", b"<p>", "This file is not a PDF."),
    "no data": ("cv.pdf", b"", "This file is empty."),
    "other content": ("cv.pdf", b"<html>" * 50, "This file cannot be taken."),
    "one byte too many": ("cv.pdf", b"%PDF-1.7" + b" " * 5_000_000, "This file is too large."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_file_is_told_at_its_field_while_the_text_is_saved(scene, started, case):
    name, data, words = REFUSED[case]
    post(started, background(scene), version="0", cv=sent("first.pdf"))
    (first,) = stored()

    answer = post(started, background(scene), position="Engineer", version="1", cv=sent(name, data))

    assert answer.status_code == 422
    page = parsed(answer)
    assert words in page.find(id="cv-error").text
    assert page.find(id="cv")["aria-invalid"] == "true"
    assert page.find(id="position")["value"] == "Engineer"
    assert "All you wrote is saved, but not the file" in page.text
    assert page.find("a", href=f"/files/{first.ref}"), "the file that was there before stays"
    row = db.session.scalar(sa.select(SectionAnswers))
    assert (row.answers["position"], row.answers["cv"]) == ("Engineer", first.ref)
    # The page carries the version that it was just saved as: the next save is no clash.
    version = page.find("input", attrs={"name": "version"})["value"]
    again = post(started, background(scene), position="Engineer!", version=version)
    assert again.status_code == 302


def test_a_save_without_a_file_leaves_the_one_that_is_there(scene, started):
    post(started, background(scene), version="0", cv=sent())
    ref = answer_now()
    post(started, background(scene), position="Engineer", version="1")
    started.submit(background(scene), {"position": "Now a postdoc", "version": "2", "cv": ""})
    started.submit(
        background(scene), {"position": "And now?", "version": "3", "cv": "[object File]"}
    )
    assert answer_now() == ref
    assert answer_now(name="position") == "And now?"


def test_its_own_button_removes_it_and_saves_what_was_typed(scene, started):
    post(started, background(scene), version="0", cv=sent())
    page = started.page(background(scene))
    button = page.find("button", attrs={"name": "remove"})
    assert button["value"] == "cv"
    assert page.find("form", attrs={"data-guard": True}).find("button")["name"] == "then", (
        "Enter in a field presses the first button: it must not be the one that removes"
    )

    answer = post(started, background(scene), position="Engineer", version="1", remove="cv")

    assert answer.location == background(scene)
    assert (answer_now(), answer_now(name="position")) == ("", "Engineer")
    page = started.page(background(scene))
    assert "without the file that you removed" in page.text
    assert not page.find("button", attrs={"name": "remove"})


def test_another_file_replaces_it_and_the_same_one_twice_is_one(scene, started):
    post(started, background(scene), version="0", cv=sent(data=a_pdf("one")))
    first = answer_now()
    again = post(started, background(scene), version="0", cv=sent(data=a_pdf("one")))
    assert again.status_code == 302, "a double click is no clash"
    assert (answer_now(), len(stored())) == (first, 1)
    post(started, background(scene), version="1", cv=sent(data=a_pdf("two")))
    assert answer_now() != first


def test_stale_save_keeps_the_file_and_a_second_save_takes_it(scene, started):
    post(started, background(scene), position="Theirs", version="0", cv=sent("theirs.pdf"))
    theirs = answer_now()

    mine = sent("mine.pdf", a_pdf("mine"))
    answer = post(started, background(scene), position="Mine", version="0", cv=mine)

    assert answer.status_code == 409
    assert answer_now() == theirs
    page = parsed(answer)
    kept = page.find("input", attrs={"name": "cv", "type": "hidden"})["value"]
    assert "mine.pdf" in page.find(class_="file-now").text
    assert "theirs.pdf" in page.find(class_="notice").text
    version = page.find("input", attrs={"name": "version"})["value"]
    post(started, background(scene), position="Mine", version=version, cv=kept)
    assert answer_now() == kept
    assert fetched(started, kept).data == a_pdf("mine")


def test_nobody_gets_another_persons_file_by_naming_it(scene, started, browser, make):
    post(started, background(scene), version="0", cv=sent())
    ref = answer_now()
    other = browser(make.user("Olu Other"))
    other.submit(f"{scene.home}/start", page=scene.home)
    other.submit(background(scene), {"position": "Thief", "version": "0", "cv": ref})
    rows = db.session.scalars(sa.select(SectionAnswers)).all()
    assert [row.answers["cv"] for row in rows] == [ref, ""]
    assert other.get(f"/files/{ref}").status_code == 404


def test_a_file_that_comes_too_late_is_kept_and_let_in_by_an_extension(scene, started, at, make):
    scene.round.closes_at = make.now + timedelta(minutes=5)
    make.keep(scene.round)
    with at(timedelta(minutes=7, seconds=1)):
        answer = post(
            started, background(scene), page=f"{scene.home}/questions",
            position="Late", version="0", cv=sent("late.pdf"),
        )  # fmt: skip
        assert answer.status_code == 409
        (file,) = stored()
        late = parsed(answer)
        assert late.find("a", href=f"/files/{file.ref}").text == "late.pdf"
        assert started.page(f"{scene.home}/late").find("a", href=f"/files/{file.ref}")
        assert fetched(started, file.ref).status_code == 200
        draft = db.session.scalar(sa.select(LateDraft))
        assert (draft.content["cv"], draft.content["position"]) == (file.ref, "Late")
        assert answer_now() is None
        grant(make, scene, until=timedelta(hours=1))
        assert answer_now() == file.ref


def grant(make, scene, until):
    boss = Viewer(make.admin().id, is_admin=True)
    extensions.grant_extension(
        boss, scene.round.id, scene.applicant.id, None, make.now + until, reason="ill", now=make.now
    )


def test_a_bad_file_that_comes_too_late_says_so_and_keeps_the_text(scene, started, at, make):
    scene.round.closes_at = make.now + timedelta(minutes=5)
    make.keep(scene.round)
    with at(timedelta(minutes=8)):
        answer = post(
            started, background(scene), page=f"{scene.home}/questions",
            position="Late", version="0", cv=sent("late.txt"),
        )  # fmt: skip
    assert answer.status_code == 409
    assert "This file is not a PDF." in answer.text
    assert "Late" in answer.text


def test_submission_proves_the_file_and_every_page_names_it(scene, iris, make):
    fill(iris, scene, scene.plain)
    post(iris, background(scene), **ANSWERS["background"], version="1", cv=sent("my cv.pdf"))
    (file,) = stored()
    check = iris.page(f"{scene.home}/check")
    assert check.find("a", href=f"/files/{file.ref}").text == "my cv.pdf"

    receipt = iris.page(send(iris, scene).location)

    assert receipt.find("a", href=f"/files/{file.ref}").text == "my cv.pdf"
    assert file.sha256 in receipt.text
    assert "Changes not submitted" not in iris.page(scene.home).text
    post(iris, background(scene), **ANSWERS["background"], version="2", cv=sent(data=a_pdf("new")))
    assert "Changes not submitted" in iris.page(scene.home).text


def test_a_streams_question_for_a_file_is_asked_missed_answered_and_sent(scene, iris, make):
    question = scene.asking.questions[0]
    question.kind, question.required = Kind.FILE, True
    make.keep(question)
    fill(iris, scene, scene.plain)
    choose(iris, scene, scene.asking)
    assert "not answered yet" in iris.page(f"{scene.home}/check").text.lower()
    version = iris.page(scene.stream_section).find("input", attrs={"name": "version"})["value"]
    answer = post(iris, scene.stream_section, version=version, **{scene.question: sent("plan.pdf")})
    assert answer.status_code == 302
    assert send(iris, scene).status_code == 302
    (file,) = stored()
    receipt = iris.page(f"{scene.home}/receipt")
    assert receipt.find("a", href=f"/files/{file.ref}").text == "plan.pdf"


# -- Sent by itself, as the script does --------------------------------------------------------


def alone(browser, scene, name="cv.pdf", data=None, section="background", field="cv"):
    path = f"{scene.home}/{section}/files/{field}"
    return post(browser, path, page=background(scene), file=sent(name, data))


def test_a_file_sent_by_itself_is_saved_and_takes_no_version_from_the_text(scene, started):
    answer = alone(started, scene, "one.pdf")
    assert answer.status_code == 200
    (file,) = stored()
    assert f"/files/{file.ref}" in answer.json["now"]
    assert answer_now() == file.ref
    saved = post(started, background(scene), position="Typed meanwhile", version="0")
    assert saved.status_code == 302, "the page's own version still stands"
    assert (answer_now(), answer_now(name="position")) == (file.ref, "Typed meanwhile")


def test_a_file_sent_by_itself_is_refused_in_the_same_words(scene, started):
    answer = alone(started, scene, "one.txt")
    assert answer.status_code == 422
    assert answer.json["problem"].startswith("This file is not a PDF.")
    assert stored() == []
    assert alone(started, scene, section="about", field="full_name").status_code == 404
    assert alone(started, scene, field="position").status_code == 404


def test_a_late_file_sent_by_itself_is_kept_and_told(scene, started, at, make):
    scene.round.closes_at = make.now + timedelta(minutes=5)
    make.keep(scene.round)
    with at(timedelta(minutes=8)):
        path = f"{scene.home}/background/files/cv"
        answer = post(started, path, page=f"{scene.home}/questions", file=sent())
    assert answer.status_code == 409
    assert answer.json["late"] == f"{scene.home}/late"
    (file,) = stored()
    assert db.session.scalar(sa.select(LateDraft)).content["cv"] == file.ref
    assert answer_now() is None


# -- Too much at once --------------------------------------------------------------------------


def test_a_request_beyond_all_files_at_once_is_refused_before_it_is_read(scene, started):
    class Endless(io.RawIOBase):
        taken = 0

        def readable(self):
            return True

        def readinto(self, buffer):
            self.taken += len(buffer)
            return len(buffer)

    for told in ({"CONTENT_LENGTH": "1000000000"}, {"wsgi.input_terminated": True}):
        body = Endless()
        overrides = {"wsgi.input": body, **told}
        answer = started.post(
            background(scene), content_type=MULTIPART, environ_overrides=overrides
        )
        assert answer.status_code == 413
        assert "too large" in answer.text
        assert body.taken <= 26_000_000 + 100_000


def test_pages_without_files_take_no_more_than_text(scene, started):
    text = "x" * 1_100_000
    assert started.submit(f"{scene.home}/about", {"city": text}).status_code == 413
