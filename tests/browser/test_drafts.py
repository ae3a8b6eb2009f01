"""What one types survives: two tabs, two devices, a lost connection, an ended sign-in, another person, no scripts."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, Route, expect

from portal import clock
from portal.extensions import db
from portal.models import AuditEvent, SectionAnswers, SignIn
from tests.browser import stage
from tests.browser.conftest import Cast
from tests.browser.inspection import Findings
from tests.browser.person import Person
from tests.browser.roles import INTEREST, Applicant
from tests.browser.site import Site, Time

INTERESTS = f"/apply/{stage.ROUND}/interests"
WHAT = "What do you want to find out, and why?"
PAUSE, APART = 2_100, 10_100  # a little more than js/autosave.js waits, in milliseconds


@pytest.fixture
def ines(site: Site, somebody: Cast, findings: Findings) -> Applicant:
    """Signed in, with an application that was started. Axe looks at these pages in the journey."""
    stage.open_round(site)
    stage.account(site, "Ines Varga")
    findings.with_axe = False
    return _in_front_of(somebody("Ines Varga", Applicant))


def _in_front_of(applicant: Applicant, start: bool = True) -> Applicant:
    applicant.page.clock.install(time=stage.NOW)
    applicant.signs_in()
    if start:
        applicant.presses("Start now")
    return applicant


def _line(page: Page) -> Locator:
    return page.locator("[data-draft-line]")


def _types(page: Page, text: str) -> None:
    page.get_by_label(WHAT).fill(text)


def _waits(page: Page, milliseconds: int = PAUSE) -> None:
    page.clock.run_for(milliseconds)


def _stands(site: Site) -> tuple[str, int]:
    """The text that is saved, and its version."""
    with site.database():
        row = db.session.scalars(
            sa.select(SectionAnswers).where(SectionAnswers.section == "interests")
        ).one_or_none()
        return (row.answers["interests"], row.version) if row else ("", 0)


def test_text_is_saved_while_one_types_and_leaving_asks_nothing(
    site: Site, ines: Applicant
) -> None:
    asked: list[str] = []
    ines.page.on("dialog", lambda dialog: asked.append(dialog.type))
    ines.goes_to(INTERESTS)
    _types(ines.page, INTEREST)
    _waits(ines.page)
    expect(_line(ines.page)).to_contain_text("Saved 12:00 UTC")
    expect(ines.page.locator("#saved-note")).to_contain_text("Sat 21 Nov 2026, 12:00 UTC")
    expect(ines.page.locator("[data-draft-spoken]")).to_have_text("Saved 12:00 UTC")
    assert _stands(site) == (INTEREST, 1)
    assert _kept(ines.page) == [], "what is saved is not kept in the browser"

    _types(ines.page, INTEREST + " And then.")
    _waits(ines.page)
    assert _stands(site)[1] == 1, "not more often than every ten seconds"
    with ines.page.expect_response("**/draft"):
        _waits(ines.page, APART)
    expect(_line(ines.page)).to_contain_text("Saved 12:00 UTC")
    ines.goes_to(INTERESTS)
    assert asked == []
    expect(ines.page.get_by_label(WHAT)).to_have_value(INTEREST + " And then.")
    with site.database():
        entries = db.session.scalars(
            sa.select(AuditEvent.action).where(AuditEvent.action == "application.saved")
        )
        assert len(list(entries)) == 1, "one entry a sitting"


def test_steady_typing_is_saved_without_a_pause(site: Site, ines: Applicant) -> None:
    ines.goes_to(INTERESTS)
    box = ines.page.get_by_label(WHAT)
    with ines.page.expect_response("**/draft"):
        for _ in range(12):
            box.press_sequentially("word ")
            _waits(ines.page, 1_000)
    assert _stands(site)[0].startswith("word word")


def test_button_after_typing_neither_clashes_nor_loses_what_came_after_the_last_save(
    site: Site, ines: Applicant
) -> None:
    ines.goes_to(INTERESTS)
    _types(ines.page, "First")
    with ines.page.expect_response("**/draft"):
        _waits(ines.page)
    expect(_line(ines.page)).to_contain_text("Saved 12:00")
    _types(ines.page, "First and second")
    ines.presses("Save and continue")
    assert ines.path.endswith("/directions")
    assert _stands(site) == ("First and second", 2)
    assert _kept(ines.page) == []


def test_slow_save_that_arrives_after_the_button_changes_nothing(
    site: Site, ines: Applicant
) -> None:
    _forgive(ines)
    held: list[Route] = []
    ines.page.route("**/draft", lambda route: held.append(route))
    ines.goes_to(INTERESTS)
    _types(ines.page, "Slow")
    _waits(ines.page)
    ines.page.wait_for_function("document.querySelector('[name=turn]').value === '1'")
    slow = _wait_for(ines.page, held)
    _types(ines.page, "Later and right")
    ines.presses("Save and continue")
    assert _stands(site) == ("Later and right", 1)

    answer = ines.context.request.post(
        slow.request.url, headers=slow.request.headers, data=slow.request.post_data or ""
    )
    assert answer.status == 200
    assert _stands(site) == ("Later and right", 1)


def test_lost_answer_does_not_make_the_page_clash_with_itself(site: Site, ines: Applicant) -> None:
    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    _forgive(ines)
    ines.page.route("**/draft", lose_the_answer)
    ines.goes_to(INTERESTS)
    _types(ines.page, "Arrived")
    _waits(ines.page)
    expect(_line(ines.page)).to_contain_text("Not saved: no connection")
    assert _stands(site) == ("Arrived", 1), "but it was"
    _types(ines.page, "Arrived and went on")
    ines.presses("Save and continue")
    assert ines.path.endswith("/directions")
    assert _stands(site) == ("Arrived and went on", 2)


def test_without_a_connection_the_text_is_kept_and_offered_back_beside_what_is_saved(
    site: Site, ines: Applicant
) -> None:
    _forgive(ines)
    ines.goes_to(INTERESTS)
    ines.page.route("**/draft", lambda route: route.abort())
    _types(ines.page, "Written on a train")
    _waits(ines.page)
    expect(_line(ines.page)).to_contain_text(
        "Not saved: no connection. Your text is kept in this browser"
    )
    expect(ines.page.locator("[data-draft-spoken]")).to_contain_text("no connection")
    assert _stands(site) == ("", 0)
    ines.page.unroute("**/draft")
    ines.goes_to(INTERESTS)
    ines.reads("This browser kept text that was not saved", "Written on a train")
    expect(ines.page.get_by_label(WHAT)).to_have_value("")
    ines.page.get_by_role("button", name="Put it into the form").click()
    expect(ines.page.get_by_label(WHAT)).to_have_value("Written on a train")
    with ines.page.expect_response("**/draft"):
        _waits(ines.page)
    expect(_line(ines.page)).to_contain_text("Saved 12:00")
    assert _stands(site) == ("Written on a train", 1)
    assert _kept(ines.page) == []


def test_connection_that_comes_back_saves_by_itself(site: Site, ines: Applicant) -> None:
    _forgive(ines)
    ines.goes_to(INTERESTS)
    ines.context.set_offline(True)
    _types(ines.page, "Written in a tunnel")
    _waits(ines.page)
    expect(_line(ines.page)).to_contain_text("Not saved: no connection")
    ines.context.set_offline(False)
    _waits(ines.page, APART)
    expect(_line(ines.page)).to_contain_text("Saved 12:00")
    assert _stands(site) == ("Written in a tunnel", 1)


def test_kept_text_can_be_thrown_away(site: Site, ines: Applicant) -> None:
    _keeps_something(ines)
    ines.goes_to(INTERESTS)
    ines.page.get_by_role("button", name="Throw it away").click()
    assert _kept(ines.page) == []
    ines.goes_to(INTERESTS).does_not_read("This browser kept")


def test_signing_out_forgets_what_the_browser_kept(site: Site, ines: Applicant) -> None:
    _keeps_something(ines)
    ines.goes_to("/account").presses("Sign out")
    assert _kept(ines.page) == []


def test_somebody_else_who_signs_in_makes_the_browser_forget(
    site: Site, ines: Applicant, time: Time
) -> None:
    _keeps_something(ines)
    stage.account(site, "Olu Other")
    _ends_sign_ins(site)
    ines.goes_to("/login")
    assert _kept(ines.page) != [], "an ended sign-in keeps it"
    ines.email = "olu.other@example.org"
    ines.signs_in_here()
    ines.goes_to("/apply")
    assert _kept(ines.page) == []


def test_two_tabs_save_themselves_and_the_second_is_told_and_gets_both_texts(
    site: Site, ines: Applicant
) -> None:
    ines.goes_to(INTERESTS)
    other = ines.context.new_page()
    other.clock.install(time=stage.NOW)
    other.goto(INTERESTS)
    _types(ines.page, "From the first tab")
    with ines.page.expect_response("**/draft"):
        _waits(ines.page)
    ines.findings.refused.update(_addresses(site))
    _types(other, "From the second tab")
    _waits(other)
    expect(_line(other)).to_contain_text("Saved elsewhere in the meantime")
    _types(other, "From the second tab, longer")
    _waits(other, APART)
    assert _stands(site) == ("From the first tab", 1), "it has stopped"

    ines.page = other
    ines.presses("Save and continue", status=409)
    ines.reads("This section was saved somewhere else", "From the first tab")
    expect(other.get_by_label(WHAT)).to_have_value("From the second tab, longer")
    ines.presses("Save mine over the other")
    assert _stands(site) == ("From the second tab, longer", 2)
    assert _kept(other) == []


def test_two_browsers_edit_one_draft_and_both_texts_are_on_screen(
    site: Site, ines: Applicant, somebody: Cast
) -> None:
    phone = _in_front_of(somebody("Ines Varga", Applicant, javascript=False), start=False)
    for device in (ines, phone):
        device.goes_to(INTERESTS)
    ines.fills(WHAT, "On the laptop").presses("Save and continue")
    phone.fills(WHAT, "On the phone").presses("Save and continue", status=409)
    phone.reads("On the laptop")
    expect(phone.page.get_by_label(WHAT)).to_have_value("On the phone")
    phone.presses("Save mine over the other")
    assert _stands(site) == ("On the phone", 2)


def test_two_browsers_rank_and_the_second_sees_both_rankings(
    site: Site, ines: Applicant, somebody: Cast
) -> None:
    phone = _in_front_of(somebody("Ines Varga", Applicant, javascript=False), start=False)
    directions = f"/apply/{stage.ROUND}/directions"
    for device in (ines, phone):
        device.goes_to(directions)
    ines.presses("Add Model diffing")
    phone.presses("Add Sparse autoencoders", status=409)
    phone.reads("Model diffing", "Sparse autoencoders")


@pytest.mark.parametrize("javascript", [True, False], ids=["with-scripts", "without-scripts"])
def test_sign_in_that_ends_in_mid_form_costs_no_text(
    javascript: bool, site: Site, somebody: Cast, findings: Findings
) -> None:
    stage.open_round(site)
    stage.account(site, "Ines Varga")
    findings.with_axe = False
    ines = somebody("Ines Varga", Applicant, javascript=javascript)
    ines.signs_in().presses("Start now").goes_to(INTERESTS)
    _ends_sign_ins(site)
    text = "A line.\n\n“Quotes” & <b>tags</b>, 你好 🙂"
    ines.fills(WHAT, text)
    ines.presses("Save and continue", status=401)
    ines.reads("You were signed out", "What you wrote")
    first = ines.page
    ines.page = ines.context.new_page()
    ines.signs_in()
    ines.page = first
    ines.presses("Send it again")
    assert ines.path.endswith("/directions")
    assert _stands(site) == (text, 1)


def test_sign_in_that_ends_while_typing_is_told_and_typing_goes_on_after_the_next(
    site: Site, ines: Applicant
) -> None:
    ines.goes_to(INTERESTS)
    ines.findings.refused.update(_addresses(site))
    _ends_sign_ins(site)
    _types(ines.page, INTEREST)
    _waits(ines.page)
    expect(_line(ines.page)).to_contain_text("Not saved: you were signed out. Your text is kept")
    first = ines.page
    with ines.context.expect_page() as opened:
        _line(first).get_by_role("link", name="Sign in in a new tab").click()
    ines.page = opened.value
    ines.signs_in_here()
    _types(first, INTEREST + " More.")
    _waits(first, APART)
    expect(_line(first)).to_contain_text("Saved 12:00")
    assert _stands(site) == (INTEREST + " More.", 1)


def test_text_is_not_sent_by_another_person_who_signs_in(site: Site, ines: Applicant) -> None:
    stage.account(site, "Olu Other")
    ines.goes_to(INTERESTS).fills(WHAT, "For nobody else")
    _ends_sign_ins(site)
    ines.presses("Save and continue", status=401)
    first = ines.page
    ines.page = ines.context.new_page()
    ines.email = "olu.other@example.org"
    ines.signs_in()
    ines.page = first
    ines.presses("Send it again", status=409)
    ines.reads("This text was written by another account").does_not_read("For nobody else")
    assert _stands(site) == ("", 0)


def test_late_text_stops_the_page_and_leads_to_where_it_is_kept(
    site: Site, ines: Applicant, time: Time
) -> None:
    time.is_now(stage.CLOSES - timedelta(minutes=5))
    ines.signs_in()
    ines.goes_to(INTERESTS)
    ines.findings.refused.update(_addresses(site))
    time.is_now(stage.CLOSES + timedelta(minutes=3))
    _types(ines.page, "Too late")
    _waits(ines.page)
    expect(_line(ines.page)).to_contain_text("Not saved: the deadline has passed")
    _line(ines.page).get_by_role("link").click()
    ines.reads("Too late")


# -- What the steps above need -----------------------------------------------------------------------


def _kept(page: Page) -> list[str]:
    keys: list[str] = page.evaluate(
        "Object.keys(localStorage).filter((k) => k.startsWith('draft:'))"
    )
    return keys


def _keeps_something(ines: Applicant) -> None:
    _forgive(ines)
    ines.goes_to(INTERESTS)
    ines.page.route("**/draft", lambda route: route.abort())
    _types(ines.page, "Kept here")
    _waits(ines.page)
    expect(_line(ines.page)).to_contain_text("Not saved")
    assert _kept(ines.page) != []
    ines.page.unroute("**/draft")


def _forgive(person: Person) -> None:
    """The browser and htmx remark on a request that fails; here it is meant to."""
    person.findings.expected.update(("htmx:", "net::ERR"))


def _addresses(site: Site) -> set[str]:
    return {f"{site.base_url}{INTERESTS}{rest}" for rest in ("", "/draft")}


def _wait_for(page: Page, held: list[Route]) -> Route:
    page.wait_for_function("document.querySelector('.htmx-request') !== null")
    assert held
    return held[0]


def _ends_sign_ins(site: Site) -> None:
    with site.database():
        db.session.execute(sa.update(SignIn).values(ended_at=clock.now()))
        db.session.commit()
