"""What people write stays words: sixty payloads in every text column, on every page and letter, for everybody.

Three worlds at three points of a round's life take turns with the payloads, so that each long text meets all sixty and
each kind of column every one that fits it (`tests.support.painting`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from jinja2 import Environment
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, Response, Route
from playwright.sync_api import Error as PlaywrightError

from portal.adapters import letters, tokens
from portal.demo.accounts import DEMO_PASSWORD
from portal.demo.seeding import seed
from portal.extensions import db
from portal.models import Application, Invitation, User
from portal.services.accounts import digest_of
from tests.adapters import test_letters
from tests.browser.site import Site
from tests.browser.stage import NOW
from tests.browser.test_accessibility import WHO, addresses, give_what_links_open
from tests.browser.watching import Watch
from tests.support.painting import Brush, coverage, paint
from tests.support.payloads import ASLEEP, FOREIGN, HOST, PAYLOADS, by_mistake

STAGES = ("open", "review", "decided")
APPLICANTS = 9
INVITATION_TOKEN = "a-link-that-invites"
# A header that is shown, in the list of one's browsers.
AGENT = (
    "<svg onload=alert(44)> \" onmouseover=alert(45) {{7*7}} ' </title><script>alert(46)</script>"
)

# Words that a page says back, from its address.
SAID_BACK = (
    "\"'></title></script><script>alert(47)</script><img src=x: onerror=alert(48)>zq{{7*7}}zq"
)
REFLECTING = (
    "/papers?q={}&topic={}&year={}&author={}", "/directions?q={}&topic={}&mentor={}&open={}&sort={}",
    "/mentors?q={}&topic={}", "/streams?q={}&sort={}", "/login?next={}", "/find?q={}", "/{}", "/papers/{}",
    "/receipts/{}", "/reference/{}", "/unsubscribe/{}", "/confirm/{}", "/apply/{}", "/review?q={}&sort={}&state={}",
    "/review/ranking?stream={}", "/admin/applications?q={}&state={}&round={}&stream={}", "/admin/people?q={}&kind={}",
    "/admin/audit?kind={}&user={}&q={}&from={}", "/admin/mail?state={}&kind={}", "/account?from={}",
)  # fmt: skip
DATA = {
    "application/json", "application/octet-stream", "application/pdf", "application/x-pem-file", "application/xml",
    "application/atom+xml", "image/svg+xml", "text/calendar", "text/csv", "text/plain", "application/zip",
    "application/openapi+json", "application/vnd.oai.openapi+json", "image/x-icon", "image/vnd.microsoft.icon",
}  # fmt: skip
IS_DATA = re.compile(r"\.[a-z]+$|^/(?:api/v1/.|files/|healthz|readyz)|/options$")
CHANGES = re.compile(
    r'<input[^>]*name="csrf_token"[^>]*>|<meta name="csrf[^>]*>|nonce="[^"]*"|[?&;]next=[^"&]*|Reference: \S+'
)


@dataclass
class World:
    """One painted portal and who looks at it. `own` holds the addresses that are each role's own to see."""

    site: Site
    watch: Watch
    brush: Brush
    own: dict[str, list[str]] = field(default_factory=dict)
    browsers: dict[str, BrowserContext] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)  # pages that were looked at

    @property
    def everything(self) -> list[str]:
        return sorted({path for paths in self.own.values() for path in paths})


def build(site: Site, chromium: Browser, stage: str) -> World:
    """Fill it, sign everybody in while their names are still theirs, then paint it."""
    turn = STAGES.index(stage) * 20
    world = World(site, Watch(site.base_url), Brush(turn))
    with site.database():
        seed(stage, APPLICANTS, 7, NOW)
        give_what_links_open()
        _invite()
        people = _people()
    for name, (_, policies) in WHO.items():
        world.own[name] = list(addresses(site, policies))
    world.own["A Visitor"] += list(_by_letter(site))
    for name, email in people.items():
        context = chromium.new_context(base_url=site.base_url, user_agent=AGENT)
        world.watch.over(context)
        world.browsers[name] = context
        if email:
            _sign_in(context.new_page(), email)
    with site.database():
        world.brush = paint(turn)
    return world


def _people() -> dict[str, str]:
    """Everybody who looks, by role; an address to sign in with for those who have an account."""
    of_applicants = sa.select(User.email).join(Application, Application.user_id == User.id)
    asks = WHO["Applicant"][0]
    other = db.session.scalars(
        of_applicants.where(User.email != asks, User.active, User.confirmed_at.is_not(None))
        .order_by(User.id.desc())
    ).first()  # fmt: skip
    assert other is not None
    named = {name: email for name, (email, _) in WHO.items()}
    return {**named, "Another applicant": other, "Reader": "reader@example.org"}


def _invite() -> None:
    inviter = db.session.scalars(sa.select(User.id).where(User.is_admin)).first()
    db.session.add(
        Invitation(
            email="someone@example.org", email_key="someone@example.org", is_admin=True,
            token_digest=digest_of(INVITATION_TOKEN), invited_by_id=inviter, created_at=NOW,
            expires_at=NOW.replace(year=NOW.year + 1),
        )
    )  # fmt: skip
    db.session.commit()


def _by_letter(site: Site) -> Iterator[str]:
    """Pages behind links that only stand in letters."""
    with site.database():
        someone = db.session.scalars(sa.select(User.id).order_by(User.id)).first()
        assert someone is not None
        yield f"/unsubscribe/{tokens.unsubscribe_token(someone, 'reminders')}"
    yield f"/invitations/{INVITATION_TOKEN}"


def _sign_in(page: Page, email: str) -> None:
    page.goto("/login")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name="Sign in").click()
    assert "/login" not in page.url, f"{email} cannot sign in"


def walk(world: World, who: str, paths: Sequence[str]) -> None:
    """Go to each of these. Data is fetched and not shown: browsers dress it in a style of their own."""
    page = world.browsers[who].new_page()
    for path in paths:
        if IS_DATA.search(path):
            _check_data(f"{who} at {path}", page.context.request.get(path, max_redirects=0))
        else:
            _visit(world, who, page, path)
    page.close()


def walk_what_differs(world: World, who: str, paths: Sequence[str]) -> None:
    """Go to those of these that answer with a page which nobody has seen yet, be it a refusal."""
    page = world.browsers[who].new_page()
    for path in paths:
        answer = page.context.request.get(path, max_redirects=0)
        _check_answer(world, f"{who} at {path}", answer)
        is_page = "text/html" in answer.headers["content-type"] and not 300 <= answer.status < 400
        if is_page and _settled(answer.text()) not in world.known:
            _visit(world, who, page, path)
    page.close()


def _visit(world: World, who: str, page: Page, path: str) -> None:
    where = f"{who} at {path}"
    try:
        answer = page.goto(path, wait_until="domcontentloaded")
    except PlaywrightError as error:
        raise AssertionError(f"{where}, after {page.url}: {error}; {world.watch.wrong}") from error
    assert answer is not None
    assert answer.headers.get("content-type", "").startswith("text/html"), where
    _check_answer(world, where, answer)
    world.known.add(_settled(answer.text()))
    world.watch.look(where, page)


def _settled(page: str) -> str:
    """A page without what differs each time."""
    return CHANGES.sub("", page)


def _check_answer(world: World, where: str, answer: Response | APIResponse) -> None:
    assert answer.status < 500, f"{where}:\n{''.join(world.site.failures[-1:])}"
    assert answer.headers.get("x-content-type-options") == "nosniff", where


def _check_data(where: str, answer: APIResponse) -> None:
    """What is no page says what it is, and no browser may take it for one. A refusal is a page like any other."""
    assert answer.headers["x-content-type-options"] == "nosniff", where
    assert "content-security-policy" in answer.headers, where
    if answer.status == 200:
        assert answer.headers["content-type"].split(";")[0] in DATA, (where, answer.headers)


@pytest.mark.parametrize("stage", STAGES)
def test_what_people_write_stays_words(stage: str, site: Site, chromium: Browser) -> None:
    world = build(site, chromium, stage)
    for who, paths in world.own.items():
        walk(world, who, paths)
    if stage == STAGES[0]:
        everyones_pages(world)
    assert world.watch.pages > 100
    for context in world.browsers.values():
        context.close()
    assert not world.watch.wrong, "\n".join(world.watch.wrong)


def everyones_pages(world: World) -> None:
    """Every page as everybody else, and what pages say back."""
    back = [path.replace("{}", SAID_BACK) for path in REFLECTING]
    for who in world.browsers:
        others = sorted(set(world.everything) - set(world.own.get(who, ())))
        walk_what_differs(world, who, [*others, *back])


def test_all_sixty_come_into_texts_lines_and_what_is_nested(site: Site) -> None:
    """By the three paintings together; and each long text meets every one of them."""
    brushes = []
    for turn in (0, 20, 40):
        with site.database():
            if not turn:
                seed("open", APPLICANTS, 7, NOW)
            brushes.append(paint(turn))
    assert dict(coverage(brushes)) == {"prose": set(), "line": set(), "nested": set()}


def test_no_letter_comes_to_life(
    site: Site, chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mail programs have no content security policy of ours: nothing may be there that one would have to stop."""
    watch = Watch(site.base_url)
    context = chromium.new_context()
    watch.over(context)
    page = context.new_page()
    for number, kind in enumerate(test_letters.KINDS):
        for part in range(
            3
        ):  # thirds of the sixty, turned so that not all letters begin with the same
            first = (number + part * 20) % len(PAYLOADS)
            words = " ".join((PAYLOADS + PAYLOADS)[at].text for at in range(first, first + 20))
            monkeypatch.setattr(test_letters, "HOSTILE", words)
            page.set_content(letters.write(kind, **_hostile_values(kind, words)).html)
            watch.look(f"{kind} from payload {first}", page, styles=True)
    context.close()
    assert not watch.wrong, "\n".join(watch.wrong)


def _hostile_values(kind: str, words: str) -> dict[str, object]:
    """Also what staff write is hostile here."""
    values = test_letters.values_for(kind)
    plain = {name for name, value in values.items() if value == "See <b>below</b>."}
    return values | dict.fromkeys(plain, words)


def test_each_is_found_where_the_mistake_is_made_that_wakes_it(
    site: Site, chromium: Browser
) -> None:
    """The instruments themselves see what comes to life, each of the sixty."""
    unseen = []
    context = chromium.new_context(base_url=site.base_url)
    watch = Watch(site.base_url)
    watch.over(context)
    context.route(f"{FOREIGN}/**", lambda route: route.abort())
    for number, payload in enumerate(PAYLOADS):
        body = f"<!doctype html><title>planted</title><body>{by_mistake(payload)}"
        page = context.new_page()  # some of them leave it
        watch.wrong.clear()
        _plant(page, f"/planted/{number}", body, {})
        watch.look("planted", page)
        page.close()
        if bool(watch.wrong) == (payload.wakes == ASLEEP):
            unseen.append(payload)
    context.close()
    assert not unseen


def test_the_control_runs_and_asks(site: Site, chromium: Browser) -> None:
    """A template that prints what it is given as it is: a dialog, a request to another host, a worked-out brace."""
    template = Environment(autoescape=True).from_string("<h1>{{ words | safe }}</h1>")
    words = PAYLOADS[0].text + PAYLOADS[1].text
    for csp, found in (({}, ("dialog: 1", HOST)), (_policy_of(site), ("policy: ",))):
        context = chromium.new_context(base_url=site.base_url)
        watch = Watch(site.base_url)
        watch.over(context)
        page = context.new_page()
        _plant(page, "/planted", template.render(words=words), csp)
        watch.look("planted", page)
        context.close()
        for each in found:
            assert any(each in said for said in watch.wrong), (each, watch.wrong)
        assert csp == {} or not any(said.startswith("dialog") for said in watch.wrong)


def _plant(page: Page, path: str, body: str, headers: dict[str, str]) -> None:
    """Go to a page of ours that does not exist: what stands there is planted."""

    def answer(route: Route) -> None:
        route.fulfill(body=body, headers={"Content-Type": "text/html; charset=utf-8"} | headers)

    page.route(f"**{path}", answer)
    page.goto(path, wait_until="domcontentloaded")


def _policy_of(site: Site) -> dict[str, str]:
    answer = site.app.test_client().get("/faq")
    return {"Content-Security-Policy": answer.headers["Content-Security-Policy"]}
