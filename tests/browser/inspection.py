"""What must hold on every page that a browser of these tests shows: the house rules, axe in both schemes, no sideways
scrolling on a telephone, nothing on the console, nothing from elsewhere. A new page is covered by being visited."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response
from werkzeug.datastructures import Headers

from tests.support import house

AXE = Path(__file__).resolve().parent.parent / "vendor" / "axe.min.js"
NARROW = (390, 320)  # pixels; a telephone, and the narrowest that WCAG 1.4.10 asks for
WIDE = {"width": 1280, "height": 900}

# All of axe's rules run, best practice included; this one is off by default and asked for here.
ASKED_FOR = {"target-size": {"enabled": True}}

# The scheme changes colours and nothing else, so the second pass runs the rules that look at colours.
ABOUT_COLOUR = ["color-contrast", "link-in-text-block"]
PASSES: dict[str, dict[str, Any]] = {
    "light": {"resultTypes": ["violations"], "rules": ASKED_FOR},
    "dark": {"resultTypes": ["violations"], "runOnly": ABOUT_COLOUR},
}

RUN_AXE = """
async (options) => {
  const found = await axe.run(document, options);
  return found.violations.map((violation) =>
    `${violation.id}: ${violation.help}: ` +
    violation.nodes.slice(0, 3).map((node) => node.target.join(" ") + " " +
      (node.any[0]?.message ?? node.none[0]?.message ?? node.all[0]?.message ?? "")).join("; "));
}
"""
SIDEWAYS = """
() => {
  const root = document.documentElement;
  const over = root.scrollWidth - root.clientWidth;
  if (over <= 0) return null;
  const wide = [...document.body.querySelectorAll("*")].filter(
    (element) => element.getBoundingClientRect().right > root.clientWidth + 0.5 && !element.closest(".table-scroll"));
  const last = wide.at(-1);
  return `${over} px sideways, because of ` +
    (last ? `<${last.tagName.toLowerCase()} class="${last.className}"> ${last.textContent.trim().slice(0, 60)}` : "?");
}
"""


@dataclass
class Findings:
    """What was wrong on the pages of one test, said in words; `seen` names the pages that were looked at."""

    base_url: str
    wrong: list[str] = field(default_factory=list)
    seen: set[tuple[str, ...]] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    expected: set[str] = field(default_factory=set)  # words of remarks that a test brings about
    with_axe: bool = True

    def watch(self, context: BrowserContext) -> None:
        """Listen to everything that this browser asks for and says."""
        context.on("request", self._note_request)
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.wrong.append(f"uncaught: {error.error}"))

    def look(
        self, person: str, page: Page, response: Response | None, *, axe: bool, scripts: bool = True
    ) -> None:
        """Inspect the page that was just reached, once for each person, address and title."""
        path = urlsplit(page.url).path
        key = (person, path, page.title())
        if key in self.seen:
            return
        self.seen.add(key)
        where = f"{person} at {path}"
        if response is not None and response.status not in (301, 302, 303):
            self._house_rules(where, path, response)
        self._sideways(where, page)
        if axe and self.with_axe:
            look = axe_violations if scripts else axe_without_scripts
            self.wrong += [f"{where}, {problem}" for problem in look(page)]

    def _house_rules(self, where: str, path: str, response: Response) -> None:
        fetched: Any = SimpleNamespace(
            request=SimpleNamespace(path=path, method="GET"),
            headers=Headers(list(response.headers.items())),
            text=response.text(),
        )
        try:
            house.check_headers(fetched)
            house.check_page(fetched)
        except AssertionError as broken:
            self.wrong.append(f"{where}, house rule: {str(broken).splitlines()[0]}")

    def _sideways(self, where: str, page: Page) -> None:
        before = page.viewport_size
        for width in NARROW:
            page.set_viewport_size({"width": width, "height": 800})
            over = page.evaluate(SIDEWAYS)
            if over is not None:
                self.wrong.append(f"{where}, {width} px: scrolls {over}")
        assert before is not None
        page.set_viewport_size(before)

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.base_url + "/", "data:", "blob:")):
            self.wrong.append(f"asked another host: {request.url}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if any(words in message.text for words in self.expected):
            return
        address = str(message.location.get("url", ""))
        if message.text.startswith("Failed to load resource") and address in self.refused:
            return  # the browser's own remark about a page that this test expects to be refused
        self.wrong.append(f"console {message.type} at {address}: {message.text}")


def axe_without_scripts(page: Page) -> list[str]:
    """The same for a page on which no script runs, nor axe: its markup is shown where axe can, without ours."""
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")  # type: ignore[arg-type]
    lens, markup = context.new_page(), page.content()
    lens.route(page.url, lambda route: route.fulfill(body=markup, content_type="text/html"))
    lens.route("**/*.js*", lambda route: route.abort())
    lens.goto(page.url)
    found = axe_violations(lens)
    context.close()
    return found


def axe_violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands, in the light and in the dark scheme."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = []
    for scheme, options in PASSES.items():
        with shown_in(page, scheme):
            found += [f"{scheme}: {line}" for line in page.evaluate(RUN_AXE, options)]
    return found


@contextmanager
def shown_in(page: Page, scheme: str) -> Iterator[None]:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    try:
        yield
    finally:
        page.emulate_media(color_scheme="light")
