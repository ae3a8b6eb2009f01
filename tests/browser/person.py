"""Somebody in front of a browser: goes, follows, fills, presses and reads, by what stands on the page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Response
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.inspection import WIDE, Findings
from tests.browser.site import Site
from tests.browser.stage import PASSWORD
from tests.support.pdfs import a_pdf

PATIENCE = 10_000  # milliseconds until something that should be there counts as missing
FOR_SCRIPTS = "[data-autosave], [data-file-field], [data-score-group], main form .draft-line"
SOON = 3_000  # milliseconds until a text that a page should hold counts as missing


class Person:
    """Each has a browser of their own; every page that they reach is inspected."""

    def __init__(
        self, name: str, site: Site, chromium: Browser, findings: Findings, *, javascript: bool
    ) -> None:
        self.name, self.site, self.findings = name, site, findings
        self.email = name.lower().replace(" ", ".") + "@example.org"
        self.javascript = javascript
        self.context = chromium.new_context(
            base_url=site.base_url,
            java_script_enabled=javascript,
            viewport=WIDE,  # type: ignore[arg-type]
            locale="en-GB",
            timezone_id="Asia/Kolkata",
            color_scheme="light",
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(PATIENCE)
        findings.watch(self.context)
        self.page = self.context.new_page()
        # A dialog that asks before leaving is accepted, as somebody in a hurry does; tests of it ask themselves.
        self.page.on("dialog", lambda dialog: dialog.accept())

    # -- going about -------------------------------------------------------------------------

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def goes_to(self, path: str, status: int = 200) -> Self:
        if status != 200:
            self.findings.refused.add(self.site.base_url + path)
        response = self.page.goto(path)
        self._arrived(response, status)
        assert path == "/login" or self.path != "/login", (
            f"{self.name} has to sign in to see {path}"
        )
        return self

    def follows(self, link: str, *, within: str = "body", exact: bool = False) -> Self:
        """Click the first link of this name and wait for its page."""
        target = self.page.locator(within).get_by_role("link", name=link, exact=exact).first
        self._click(target, f"no link {link!r}", status=200)
        return self

    def presses(self, button: str, *, within: str = "body", status: int = 200) -> Self:
        """Press the first button of this name and wait for the page that answers."""
        target = self.page.locator(within).get_by_role("button", name=button).first
        self._click(target, f"no button {button!r}", status)
        return self

    def goes_by_key(self, key: str) -> Self:
        """Press a key that leads to another page."""
        with self._goes():
            self.page.keyboard.press(key)
        return self

    def _click(self, target: Locator, problem: str, status: int) -> None:
        try:
            target.wait_for(timeout=SOON)
        except PlaywrightTimeout:
            raise AssertionError(
                f"{self.name}: {problem} at {self.path}:\n{self._main()}"
            ) from None
        with self._goes(status):
            target.click()

    @contextmanager
    def _goes(self, status: int = 200) -> Iterator[None]:
        if (
            status != 200
        ):  # where it leads is known afterwards, and the browser remarks on it before
            self.findings.refused.update(self._forms())
        with self.page.expect_navigation() as going:
            yield
        self._arrived(going.value, status)

    def _forms(self) -> list[str]:
        return list(self.page.evaluate("[...document.forms].map((form) => form.action)"))

    def _arrived(self, response: Response | None, status: int) -> None:
        if self.site.failures:
            raise AssertionError(f"{self.path} failed:\n{self.site.failures[0]}")
        if response is not None:
            assert response.status == status, (
                f"{self.name}: {response.url} answered {response.status}, wanted {status}:\n{self._main()}"
            )
        axe = self._is_worth_axe()
        self.findings.look(self.name, self.page, response, axe=axe, scripts=self.javascript)

    def _is_worth_axe(self) -> bool:
        """With scripts every page. Without them only those that scripts change: the rest are the same page again."""
        return self.javascript or self.page.locator(FOR_SCRIPTS).count() > 0

    def _main(self) -> str:
        return self.page.locator("main").inner_text()[:1500]

    # -- filling -----------------------------------------------------------------------------

    def fills(self, label: str, text: str) -> Self:
        self._control(label).fill(text)
        return self

    def types(self, label: str, text: str) -> Self:
        """Key by key, as scripts that listen for keys need it."""
        self._control(label).press_sequentially(text)
        return self

    def chooses(self, group: str, option: str) -> Self:
        """Tick one radio of the group that has this question."""
        found = self.page.get_by_role("group", name=group).first
        _labelled(found, option).check(force=True)  # the input may lie under its label
        return self

    def picks(self, label: str, option: str | re.Pattern[str]) -> Self:
        """Choose the option of a select box by its words, or by a pattern of them."""
        control = self._control(label)
        if isinstance(option, re.Pattern):
            option = control.locator("option").filter(has_text=option).first.inner_text()
        control.select_option(label=option)
        return self

    def ticks(self, label: str) -> Self:
        self._control(label).check()
        return self

    def attaches(self, label: str, name: str) -> Self:
        """Choose a PDF of this name. Where scripts run it is sent at once, else it comes with the form."""
        control = self._control(label)
        control.set_input_files([{"name": name, "mimeType": "", "buffer": a_pdf(name)}])
        if self.javascript:
            self.page.get_by_role("link", name=name).wait_for()
        return self

    def _control(self, label: str) -> Locator:
        return _labelled(self.page.locator("main"), label)

    # -- reading -----------------------------------------------------------------------------

    def reads(self, *texts: str) -> Self:
        """Each text stands on the page, visible."""
        main = self.page.locator("main")
        for text in texts:
            try:
                main.get_by_text(text).filter(visible=True).first.wait_for(timeout=SOON)
            except PlaywrightTimeout:
                raise AssertionError(
                    f"{self.name} does not read {text!r} at {self.path}:\n{self._main()}"
                ) from None
        return self

    def does_not_read(self, *texts: str) -> Self:
        for text in texts:
            assert text not in self.page.locator("body").inner_text(), f"{self.path} shows {text!r}"
        return self

    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def finds(self, pattern: str) -> str:
        """The first match of this pattern in the text of the page."""
        text = self.page.locator("main").inner_text()
        found = re.search(pattern, text)
        assert found, f"{self.path} has nothing like {pattern!r}:\n{text[:1500]}"
        return found.group(0)

    # -- accounts ----------------------------------------------------------------------------

    def letter(self, subject: str) -> str:
        """The text of the newest letter to this person with these words in its subject, read at /demo/mail."""
        self.goes_to("/demo/mail")
        entry = self.page.locator("li.entry", has_text=f"To {self.email}").filter(has_text=subject)
        with self._goes():
            entry.first.get_by_role("link").click()
        return self.page.locator("main").inner_text()

    def follows_the_letter(self, subject: str) -> Self:
        """Open the newest letter with these words in its subject, and the link in it."""
        self.letter(subject)
        with self._goes():
            self.page.locator("main .prose a").first.click()
        return self

    def registers(self) -> Self:
        self.goes_to("/register")
        self.fills_registration().presses("Register", within="main")
        return self

    def fills_registration(self) -> Self:
        self.fills("Your name", self.name).fills("E-mail address", self.email)
        self.fills("Password", PASSWORD)
        self.ticks("I will be 18 or over").ticks("I agree that")
        return self

    def confirms_by_letter(self) -> Self:
        self.follows_the_letter("Confirm your address")
        self.presses("Confirm this address")
        return self

    def signs_in(self, password: str = PASSWORD) -> Self:
        self.goes_to("/login")
        return self.signs_in_here(password)

    def signs_in_here(self, password: str = PASSWORD) -> Self:
        """On the sign-in page that one was sent to."""
        self.fills("E-mail address", self.email).fills("Password", password)
        self.presses("Sign in", within="main")
        return self


def _labelled(within: Locator, label: str) -> Locator:
    """The control with this label, else the first whose label holds these words."""
    exact = within.get_by_label(label, exact=True)
    return (exact if exact.count() else within.get_by_label(label)).first
