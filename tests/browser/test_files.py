"""Choosing a file in a browser: a wrong one is refused at once, a good one is sent at once, and no script is needed."""

import pytest
from playwright.sync_api import expect

from tests.browser import stage
from tests.browser.conftest import Cast
from tests.browser.inspection import Findings
from tests.browser.roles import Applicant
from tests.browser.site import Site
from tests.support.pdfs import a_pdf

NAME = "张伟 简历.pdf"
WRONG = {
    "notes.docx": (b"PK", "This file is not a PDF."),
    "empty.pdf": (b"", "This file is empty."),
    "page.pdf": (b"<html>", "This file cannot be taken."),
    "scan.pdf": (b"%PDF-1.7" + b" " * 5_000_000, "This file is too large."),
}


def chosen(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "", "buffer": data}


@pytest.fixture
def started(site: Site, somebody: Cast, findings: Findings):
    def begin(javascript: bool) -> Applicant:
        stage.open_round(site)
        person = somebody("Zhang Wei", Applicant, javascript=javascript)
        stage.account(site, person.name)
        person.signs_in().goes_to("/apply")
        person.page.goto(person.page.locator("main a[href^='/apply/']").first.get_attribute("href"))
        person.page.get_by_role("button", name="Start now").click()
        person.page.goto(f"{person.page.url}/background")
        return person

    return begin


def test_wrong_files_are_refused_as_they_are_chosen_and_a_good_one_is_sent(started) -> None:
    page = started(javascript=True).page
    page.get_by_label("What do you do now?").fill("Engineer")
    control = page.get_by_label("CV", exact=False)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for name, (data, words) in WRONG.items():
        control.set_input_files(chosen(name, data))
        expect(page.locator("#cv-error")).to_contain_text(words)
        expect(control).to_have_attribute("aria-invalid", "true")
        assert control.input_value() == ""
    assert not [url for url in asked if "/files/" in url], "nothing was sent"

    control.set_input_files(chosen(NAME, a_pdf()))
    expect(page.get_by_role("link", name=NAME)).to_be_visible()
    expect(page.locator("#cv-error")).to_have_count(0)
    page.get_by_role("button", name="Save and see all sections").click()
    page.go_back()
    page.reload()
    expect(page.get_by_role("link", name=NAME)).to_be_visible()
    assert page.get_by_label("What do you do now?").input_value() == "Engineer"
    with page.expect_download() as download:
        page.get_by_role("link", name=NAME).click()
    assert download.value.suggested_filename == NAME


def test_files_go_with_the_form_where_no_script_runs(started, findings: Findings) -> None:
    page = started(javascript=False).page
    findings.refused.add(page.url)  # a file that is not taken is answered with 422
    page.get_by_label("What do you do now?").fill("Engineer")
    page.locator("#cv").set_input_files(chosen("page.pdf", b"<html>"))
    page.get_by_role("button", name="Save and continue").click()
    expect(page.locator("#cv-error")).to_contain_text("This file cannot be taken.")
    assert page.get_by_label("What do you do now?").input_value() == "Engineer"
    page.locator("#cv").set_input_files(chosen(NAME, a_pdf()))
    page.get_by_role("button", name="Save and continue").click()
    page.goto(page.url.rsplit("/", 1)[0] + "/background")
    expect(page.get_by_role("link", name=NAME)).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("link", name=NAME)).to_have_count(0)
    assert page.get_by_label("What do you do now?").input_value() == "Engineer"
