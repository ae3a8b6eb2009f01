"""Somebody in front of a browser: goes, follows, fills, presses and reads, by what stands on the page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Response, expect

from tests.browser.inspection import WIDE, Findings
from tests.browser.site import Site

PATIENCE = 10_000  # milliseconds until something that should be there counts as missing
PASSWORD = "seven green lanterns"


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

    def goes_to(self, path: str, status: int = 200) -> "Person":
        if status != 200:
            self.findings.refused.add(self.site.base_url + path)
        response = self.page.goto(path)
        self._arrived(response, status)
        return self

    def follows(self, link: str, *, within: str = "body", exact: bool = False) -> "Person":
        """Click the first link of this name and wait for its page."""
        target = self.page.locator(within).get_by_role("link", name=link, exact=exact).first
        with self._goes():
            target.click()
        return self

    def presses(self, button: str, *, within: str = "body", status: int = 200) -> "Person":
        """Press the first button of this name and wait for the page that answers."""
        target = self.page.locator(within).get_by_role("button", name=button).first
        with self._goes(status):
            target.click()
        return self

    @contextmanager
    def _goes(self, status: int = 200) -> Iterator[None]:
        if status != 200:  # the address is known only afterwards, the remark of the browser comes before
            self.findings.refused.update(self._forms())
        with self.page.expect_navigation() as going:
            yield
        self._arrived(going.value, status)

    def _forms(self) -> list[str]:
        return list(
            self.page.evaluate("[...document.forms].map((form) => form.getAttribute('action') ? form.action : location.href)")
        )

    def _arrived(self, response: Response | None, status: int) -> None:
        if self.site.failures:
            raise AssertionError(f"{self.path} failed:\n{self.site.failures[0]}")
        if response is not None:
            assert response.status == status, (
                f"{self.name}: {response.url} answered {response.status}, wanted {status}:\n{self._main()}"
            )
        self.findings.look(self.name, self.page, response, axe=self.javascript)

    def _main(self) -> str:
        return self.page.locator("main").inner_text()[:2000]

    # -- filling -----------------------------------------------------------------------------

    def fills(self, label: str, text: str) -> "Person":
        self._control(label).fill(text)
        return self

    def types(self, label: str, text: str) -> "Person":
        """Key by key, as scripts that listen for keys need it."""
        self._control(label).press_sequentially(text)
        return self

    def chooses(self, group: str, option: str) -> "Person":
        """Tick one radio of the group that has this question."""
        found = self.page.get_by_role("group", name=group)
        found.get_by_label(option).first.check(force=True)  # the input lies under its label
        return self

    def picks(self, label: str, option: str) -> "Person":
        self._control(label).select_option(label=option)
        return self

    def ticks(self, label: str) -> "Person":
        self._control(label).check()
        return self

    def _control(self, label: str) -> Locator:
        return self.page.locator("main").get_by_label(label).first

    # -- reading -----------------------------------------------------------------------------

    def reads(self, *texts: str) -> "Person":
        """Each text stands on the page, visible."""
        for text in texts:
            expect(self.page.locator("main").get_by_text(text).first).to_be_visible(timeout=PATIENCE)
        return self

    def does_not_read(self, *texts: str) -> "Person":
        for text in texts:
            assert text not in self.page.locator("body").inner_text(), f"{self.path} shows {text!r}"
        return self

    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def finds(self, pattern: str) -> str:
        """The first match of this pattern in the text of the page."""
        text = self.page.locator("main").inner_text()
        found = re.search(pattern, text)
        assert found, f"{self.path} has nothing like {pattern!r}:\n{text[:2000]}"
        return found.group(0)

    # -- accounts ----------------------------------------------------------------------------

    def letter(self, subject: str) -> str:
        """The text of the newest letter to this person with these words in its subject, read at /demo/mail."""
        self.goes_to("/demo/mail")
        entry = self.page.locator("li.entry", has_text=f"To {self.email}").filter(has_text=subject)
        with self._goes():
            entry.first.get_by_role("link").click()
        return self.page.locator("main").inner_text()

    def follows_the_letter(self, subject: str) -> "Person":
        """Open the newest letter with these words in its subject, and the link in it."""
        self.letter(subject)
        with self._goes():
            self.page.locator("main .prose a").first.click()
        return self

    def registers(self) -> "Person":
        self.goes_to("/register")
        self.fills("Your name", self.name).fills("E-mail address", self.email)
        self.fills("Password", PASSWORD)
        self.ticks("I will be 18 or over").ticks("I agree that")
        self.presses("Register", within="main")
        return self

    def confirms_by_letter(self) -> "Person":
        self.follows_the_letter("Confirm your address")
        self.presses("Confirm this address")
        return self

    def signs_in(self) -> "Person":
        self.goes_to("/login")
        self.fills("E-mail address", self.email).fills("Password", PASSWORD)
        self.presses("Sign in", within="main")
        return self
