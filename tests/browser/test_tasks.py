"""A task in a browser: it saves itself, a lost answer makes no clash, and a wrong file is refused as it is chosen."""

import pytest
from playwright.sync_api import Route, expect

from portal.domain.work_tests import HandIn
from tests.browser import stage
from tests.browser.conftest import Cast
from tests.browser.inspection import Findings
from tests.browser.roles import Applicant
from tests.browser.site import Site

PAUSE = 2_100  # milliseconds; a little more than js/autosave.js waits


@pytest.fixture
def ines(site: Site, somebody: Cast, findings: Findings) -> Applicant:
    """She has chosen the stream that asks for a task. Axe looks at a task's page in the journey."""
    stage.open_round(site)
    stage.account(site, "Ines Varga")
    findings.with_axe = False
    ines = somebody("Ines Varga", Applicant)
    ines.page.clock.install(time=stage.NOW)
    ines.signs_in().presses("Start now").goes_to(f"/apply/{stage.ROUND}/directions")
    return ines.presses("Add Model diffing")


def test_a_task_saves_itself_as_sections_do(site: Site, ines: Applicant) -> None:
    """One test for a text and for a file, since coming here takes longest."""
    _hands_in_a_text(site, ines)
    _hands_in_a_file(site, ines)


def _hands_in_a_text(site: Site, ines: Applicant) -> None:
    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    ines.findings.expected.update(("htmx:", "net::ERR"))
    ines.goes_to(stage.task(site))
    box, line = ines.page.get_by_label("What you hand in"), ines.page.locator("[data-draft-line]")
    box.fill("What I saw")
    ines.page.clock.run_for(PAUSE)
    expect(line).to_contain_text("Saved 12:00")
    ines.page.route("**/draft", lose_the_answer)
    box.fill("What I saw, and")
    ines.page.clock.run_for(10_100)
    expect(line).to_contain_text("Not saved: no connection")
    box.fill("What I saw, and what I did not.")
    ines.presses("Hand in").reads("You handed this in")
    expect(box).to_have_value("What I saw, and what I did not.")
    kept = ines.page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('draft:'))")
    assert kept == []


def _hands_in_a_file(site: Site, ines: Applicant) -> None:
    ines.goes_to(stage.task(site, hand_in=HandIn.FILE))
    control = ines.page.get_by_label("PDF that you hand in")
    control.set_input_files([{"name": "work.docx", "mimeType": "", "buffer": b"PK"}])
    expect(ines.page.locator("#file-error")).to_contain_text("This file is not a PDF.")
    assert control.input_value() == ""
    for name in ("first.pdf", "second.pdf"):
        ines.attaches("PDF that you hand in", name)
    expect(ines.page.locator("#file-error")).to_have_count(0)
    ines.presses("Hand in", within=".buttons").reads("You handed this in", "second.pdf")
    ines.does_not_read("first.pdf")
