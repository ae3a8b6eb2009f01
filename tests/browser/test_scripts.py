"""What the scripts add, tried in the browser: keys, counts, warnings, the countdown, the reader's zone, the colours."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser import stage
from tests.browser.conftest import Cast
from tests.browser.inspection import Findings
from tests.browser.person import Person
from tests.browser.roles import Applicant, Reader
from tests.browser.site import Site, Time


@pytest.fixture
def round_is_open(site: Site, findings: Findings) -> None:
    stage.open_round(site)
    findings.with_axe = False  # these pages are all in the journey, where axe looks at them


def test_keys_of_the_review_page_do_what_its_help_says(
    site: Site, somebody: Cast, round_is_open: None
) -> None:
    reader = somebody("Lucia Brandvold", Reader)
    stage.account(site, reader.name, lead_of="Inside Models")
    for name in ("Ines Varga", "Tomasz Adeyemi", "Noor Haddad"):
        stage.another_application(site, name)
    reader.signs_in().follows("Ines Varga", within="table")
    page, order = reader.page, [reader.heading()]

    for key, place in (("j", 1), ("j", 2), ("k", 1), ("k", 0)):
        reader.goes_by_key(key)
        order += [reader.heading()] if place == len(order) else []
        assert reader.heading() == order[place], key
    assert len(set(order)) == 3

    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(help_).to_be_visible()
    page.keyboard.press("5")  # while the help is open, keys belong to it
    help_.get_by_role("button", name="Close").click()
    expect(help_).to_be_hidden()

    page.keyboard.press("4")
    page.keyboard.press("2")
    fit, skill = (page.get_by_role("group", name=n) for n in ("Research fit", "Technical strength"))
    expect(fit.get_by_label("4", exact=True)).to_be_checked()
    expect(skill.get_by_label("2", exact=True)).to_be_checked()

    reader.fills("Comment", "")
    page.get_by_label("Comment").press_sequentially("j 3 ?")  # letters in a text are a text
    assert reader.heading() == order[0]
    expect(skill.get_by_label("2", exact=True)).to_be_checked()

    reader.chooses("Recommendation", "Maybe")
    reader.goes_by_key("Control+Enter").reads("Your review is in")
    assert reader.heading() in order[1:]


def test_shortcuts_can_be_switched_off_in_a_browser(
    site: Site, somebody: Cast, round_is_open: None
) -> None:
    reader = somebody("Lucia Brandvold", Reader)
    stage.account(site, reader.name, lead_of="Inside Models")
    stage.another_application(site, "Ines Varga")
    reader.signs_in().follows("Ines Varga", within="table")
    reader.page.get_by_role("button", name="Keyboard shortcuts").click()
    reader.page.get_by_label("Use these shortcuts in this browser").uncheck()
    reader.page.get_by_role("button", name="Close").click()
    reader.page.reload()
    reader.page.keyboard.press("4")
    assert reader.page.locator("[data-score-group] input:checked").count() == 0


def test_words_are_counted_as_they_are_typed(
    site: Site, somebody: Cast, round_is_open: None
) -> None:
    applicant = _at_interests(site, somebody)
    count = applicant.page.locator("#interests-count")
    expect(count).to_have_text("0 of 400 words.")
    applicant.types("What do you want to find out", "What changes\n inside  models")
    expect(count).to_have_text("4 of 400 words.")
    applicant.fills("What do you want to find out", "word " * 402)
    expect(count).to_have_text("402 of 400 words: 2 too many.")


def test_an_error_about_too_many_words_goes_as_soon_as_they_fit(
    site: Site, somebody: Cast, round_is_open: None
) -> None:
    applicant = _at_interests(site, somebody)
    box, error = applicant.page.locator("#interests"), applicant.page.locator("#interests-error")
    applicant.fills("What do you want to find out", "word " * 402).presses("Save and continue")
    expect(error).to_contain_text("2 words over the limit of 400")
    expect(box).to_have_attribute("aria-describedby", re.compile("interests-error"))
    applicant.fills("What do you want to find out", "word " * 401)
    expect(error).to_be_visible()
    applicant.fills("What do you want to find out", "word " * 400)
    expect(error).to_have_count(0)
    expect(box).not_to_have_attribute("aria-invalid", "true")
    expect(box).to_have_attribute("aria-describedby", "interests-hint interests-count")
    expect(applicant.page.locator(".field.has-error")).to_have_count(0)


def test_leaving_unsaved_text_asks_first_and_saving_does_not(
    site: Site, somebody: Cast, round_is_open: None
) -> None:
    applicant = _at_interests(site, somebody)
    asked: list[str] = []
    applicant.page.on("dialog", lambda dialog: asked.append(dialog.type))
    applicant.follows("All sections")
    assert asked == [], "nothing was typed, so nothing is lost"
    applicant.opens_section("Research interests")
    applicant.types("What do you want to find out", "Something unsaved")
    applicant.follows("All sections")
    assert asked == ["beforeunload"]
    applicant.opens_section("Research interests")
    applicant.types("What do you want to find out", "Something saved")
    applicant.presses("Save and continue")
    assert asked == ["beforeunload"]


def test_deadlines_count_down_and_name_the_readers_zone(
    site: Site, somebody: Cast, round_is_open: None
) -> None:
    visitor = somebody("A Visitor", Person)
    visitor.goes_to("/")
    panel = visitor.page.locator(".deadline").first
    # The browser lives at UTC+5:30 and its clock is its own: only the time since the page came may be taken off.
    expect(panel).to_contain_text("13 days 23 hours left")
    expect(panel).to_contain_text("Sat 5 Dec 2026, 17:30 in your zone")
    expect(panel).to_contain_text("Sat 5 Dec 2026, 12:00 UTC")
    expect(panel).to_contain_text("Sat 5 Dec 2026, 00:00 AoE")


def test_a_deadline_within_the_hour_shows_its_seconds_run(
    somebody: Cast, round_is_open: None, time: Time
) -> None:
    time.is_now(stage.CLOSES - timedelta(minutes=5))
    visitor = somebody("A Visitor", Person)
    visitor.goes_to("/")
    left = visitor.page.locator("[data-countdown]").first
    running = re.compile(r"^4 minutes \d+ seconds? left$")
    expect(left).to_have_text(running)
    first = left.inner_text()
    expect(left).not_to_have_text(first)
    expect(left).to_have_text(running)
    assert _seconds(left.inner_text()) < _seconds(first)


def test_a_chosen_colour_scheme_is_remembered(
    site: Site, somebody: Cast, round_is_open: None
) -> None:
    visitor = somebody("A Visitor", Person)
    visitor.goes_to("/")
    root, button = visitor.page.locator("html"), visitor.page.locator("[data-theme-toggle]")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = visitor.page.evaluate(paper)
    button.click()
    expect(root).to_have_attribute("data-theme", "light")
    button.click()
    expect(root).to_have_attribute("data-theme", "dark")
    dark = visitor.page.evaluate(paper)
    assert dark != light
    visitor.goes_to("/papers")
    expect(root).to_have_attribute("data-theme", "dark")
    assert visitor.page.evaluate(paper) == dark
    expect(button).to_have_attribute("title", "Colours: dark")


def test_a_list_of_errors_takes_the_focus_and_leads_to_the_field(
    site: Site, somebody: Cast, round_is_open: None
) -> None:
    visitor = somebody("Ines Varga", Person)
    visitor.goes_to("/register").presses("Register", within="main")
    summary = visitor.page.locator(".error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Enter your name").click()
    expect(visitor.page.get_by_label("Your name")).to_be_focused()
    assert visitor.page.title().startswith("Error: ")


def test_main_content_is_one_key_away(site: Site, somebody: Cast, round_is_open: None) -> None:
    visitor = somebody("A Visitor", Person)
    visitor.goes_to("/papers")
    visitor.page.keyboard.press("Tab")
    skip = visitor.page.get_by_role("link", name="Skip to main content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("#main")).to_be_focused()


def test_the_browsers_time_zone_is_offered_at_registration(
    site: Site, somebody: Cast, round_is_open: None
) -> None:
    visitor = somebody("Ines Varga", Person)
    visitor.goes_to("/register")
    chosen = visitor.page.get_by_label("Your time zone").input_value()
    assert chosen in ("Asia/Kolkata", "Asia/Calcutta")


def _seconds(left: str) -> int:
    minutes, seconds = re.findall(r"\d+", left)
    return int(minutes) * 60 + int(seconds)


def _at_interests(site: Site, somebody: Cast) -> Applicant:
    applicant = somebody("Ines Varga", Applicant)
    stage.account(site, applicant.name)
    applicant.signs_in().presses("Start now")
    return applicant.opens_section("Research interests")
