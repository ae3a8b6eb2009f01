"""Take the pictures under docs/screenshots: `make shots`.

A seeded portal is served by this process with its clock held, so that a picture changes only when its page does.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from portal.demo.accounts import DEMO_PASSWORD
from portal.demo.seeding import seed
from tests.browser.chromium import FLAGS, program
from tests.browser.site import Site, Time, prepare
from tests.browser.stage import NOW

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
LARGEST = 300_000  # bytes of one picture
WIDE, NARROW = (1280, 900), (390, 844)
APPLICANTS, SEED = 40, 1

INTEREST = (
    "I would like to compare a fine-tuned model with its base model and find out which features of a sparse "
    "autoencoder are new, which were there before, and whether the difference says what the model was trained on."
)


@dataclass(frozen=True)
class Shot:
    """One picture: who sees which page of a portal at which stage, in which window and scheme."""

    name: str
    path: str
    email: str = ""
    size: tuple[int, int] = WIDE
    scheme: str = "light"
    stage: str = "open"


APPLICANT, MENTOR, ADMIN = "applicant@example.org", "mentor@example.org", "admin@example.org"
ROUND = "{round}"
SHOTS = (
    Shot("home", "/"),
    Shot("home-390", "/", size=NARROW),
    Shot("direction", "/directions/understanding-thinking-models"),
    Shot("find", "/find"),
    Shot("task-list", f"/apply/{ROUND}", APPLICANT),
    Shot("task-list-390", f"/apply/{ROUND}", APPLICANT, NARROW),
    Shot("queue", "/review", MENTOR, stage="review"),
    Shot("queue-dark", "/review", MENTOR, scheme="dark", stage="review"),
    Shot("review", "/review", MENTOR, stage="review"),
    Shot("round", f"/admin/rounds/{ROUND}", ADMIN),
)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    time = Time(NOW)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program(), args=list(FLAGS))
        for stage in dict.fromkeys(shot.stage for shot in SHOTS):
            take_all(chromium, stage)
        chromium.close()
    time.runs_again()


def take_all(chromium: Browser, stage: str) -> None:
    """The pictures of one stage, from a portal made for them."""
    with tempfile.TemporaryDirectory() as scratch:
        prepared, served = Path(scratch, "prepared"), Path(scratch, "served")
        prepared.mkdir()
        served.mkdir()
        with Site(served, prepare(prepared)) as site:
            with site.database():
                report = seed(stage, APPLICANTS, SEED, NOW)
            for shot in SHOTS:
                if shot.stage == stage:
                    take(chromium, site, shot, report.round_slug)


def take(chromium: Browser, site: Site, shot: Shot, round_slug: str) -> None:
    """Sign in, go there, and write the picture; a picture that is too large is an error."""
    context = _window(chromium, site, shot)
    page = context.new_page()
    if shot.email:
        sign_in(page, shot.email)
    answer = page.goto(shot.path.format(round=round_slug))
    if answer is None or answer.status != 200 or site.failures:
        sys.exit(f"{page.url} does not answer with a page; no picture was taken of it.")
    if shot.name == "find":
        page.get_by_label("What interests you").fill(INTEREST)
        with page.expect_navigation():
            page.get_by_role("button", name="Find directions").click()
    if shot.name == "review":
        with page.expect_navigation():
            page.locator("main table a").nth(1).click()
    page.evaluate("document.fonts.ready.then(() => true)")
    file = FOLDER / f"{shot.name}.png"
    page.screenshot(path=file)
    context.close()
    size = file.stat().st_size
    print(f"{file.name:20} {size // 1000:4} kB")
    if size > LARGEST:
        sys.exit(f"{file.name} has {size:,} bytes, more than {LARGEST:,}.")


def _window(chromium: Browser, site: Site, shot: Shot) -> BrowserContext:
    width, height = shot.size
    return chromium.new_context(
        base_url=site.base_url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.scheme == "dark" else "light",
        timezone_id="Europe/London",
        locale="en-GB",
        reduced_motion="reduce",
    )


def sign_in(page: Page, email: str) -> None:
    page.goto("/login")
    form = page.locator("main")
    form.get_by_label("E-mail address").fill(email)
    form.get_by_label("Password").fill(DEMO_PASSWORD)
    with page.expect_navigation():
        form.get_by_role("button", name="Sign in").click()


if __name__ == "__main__":
    main()
