"""The packet to write offline, with and without scripts; words counted in the browser as by the rules."""

from pathlib import Path

import pytest

from portal.domain.questions import word_count
from tests.browser import stage
from tests.browser.conftest import Cast
from tests.browser.inspection import Findings
from tests.browser.roles import INTEREST, Applicant
from tests.browser.site import Site

INTERESTS = f"/apply/{stage.ROUND}/interests"
WHAT = "What do you want to find out, and why?"
# Where languages may differ in what they take for white space, and texts without any.
COUNTED = [
    "", " ", "one", " one  two\n\nthree\t", "日本語の文章", "你好 世界", "one\u00a0two", "one\u200btwo",
    "one\ufefftwo", "\ufeff", "one\u2028two", "one\u3000two", "one\x85two", "one\x1ctwo", "one\x0btwo",
    "🙂 🙂🏽 👩‍👩‍👧", "e\u0301 é", "— – -", "don't stop-start", "one\u180etwo", "one\u2060two",
]  # fmt: skip


def test_words_are_counted_in_the_browser_as_by_the_rules(
    site: Site, somebody: Cast, findings: Findings
) -> None:
    stage.open_round(site)
    stage.account(site, "Ines Varga")
    findings.with_axe = False
    ines = somebody("Ines Varga", Applicant)
    ines.signs_in().presses("Start now").goes_to(INTERESTS)
    box, count = ines.page.get_by_label(WHAT), ines.page.locator("#interests-count")
    for text in COUNTED:
        # As a value, since a text field would turn some of these into others.
        box.evaluate(
            "(area, text) => { Object.defineProperty(area, 'value', { value: text, configurable: true });"
            " area.dispatchEvent(new Event('input', { bubbles: true })); delete area.value; }",
            text,
        )
        assert count.inner_text().startswith(f"{word_count(text)} of 400 words"), ascii(text)


@pytest.mark.parametrize("javascript", [True, False], ids=["with-scripts", "without-scripts"])
def test_packet_goes_out_and_comes_back(
    javascript: bool, site: Site, somebody: Cast, findings: Findings, tmp_path: Path
) -> None:
    stage.open_round(site)
    stage.account(site, "Ines Varga")
    ines = somebody("Ines Varga", Applicant, javascript=javascript)
    ines.signs_in().presses("Start now").follows("Work offline")
    with ines.page.expect_download() as going:
        ines.page.get_by_role("link", name="Download the questions").click()
    file = tmp_path / "answers.txt"
    going.value.save_as(file)
    text = file.read_text(encoding="utf-8-sig").replace(
        "[[answer interests interests]]\n", f"[[answer interests interests]]\n{INTEREST}\n"
    )
    file.write_text(text + "\nA stray thought\n", encoding="utf-8")
    ines.page.get_by_label("The text file that you wrote").set_input_files(file)
    ines.presses("Upload and check your answers")
    ines.reads("Taken in from your file: Research interests", "A stray thought")
    ines.follows("Check your answers").reads(INTEREST)

    file.write_bytes(b"PK\x03\x04 a document")
    ines.goes_to(f"/apply/{stage.ROUND}/offline")
    ines.page.get_by_label("The text file that you wrote").set_input_files(file)
    ines.presses("Upload and check your answers", status=422)
    ines.reads("not plain text")
