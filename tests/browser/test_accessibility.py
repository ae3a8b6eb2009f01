"""Every page that the routes know, in a portal full of people: axe in both schemes, narrow windows, the console.

The journey inspects the pages it passes in the states that it makes; this goes to all the others too. Addresses are
taken from the routes, so a new page is covered when it is added, or asks here for an example of its argument.
"""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.routing import Rule

from portal.demo.accounts import DEMO_PASSWORD
from portal.demo.seeding import seed
from portal.domain.permissions import Policy
from portal.extensions import db
from portal.models import (
    Announcement,
    Application,
    AuditEvent,
    Criterion,
    Direction,
    Enquiry,
    KeyDate,
    Mentor,
    OutboxMessage,
    Paper,
    Passkey,
    Question,
    Referee,
    Round,
    SigningKey,
    StoredFile,
    Stream,
    StreamApplication,
    Submission,
    User,
    WorkTest,
)
from portal.services.accounts import digest_of
from portal.web.policies import policy_of
from tests.browser.conftest import Cast
from tests.browser.inspection import WIDE, Findings
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.stage import NOW
from tests.support.builders import Builder

SERVED_AS = {
    "host": "localhost"
}  # browsers take passkeys at a name only, and their pages are looked at too
APPLICANT = "applicant2@example.org"
REFEREE_TOKEN = "a-link-that-stands-in-a-letter"

WHO = {
    "A Visitor": ("", {Policy.PUBLIC, Policy.ACCOUNT, Policy.DEMO}),
    "Applicant": (APPLICANT, {Policy.SIGNED_IN, Policy.OWN}),
    "Mentor": ("mentor@example.org", {Policy.MENTOR, Policy.LEAD}),
    "Admin": ("admin@example.org", {Policy.ADMIN}),
}
# Pages that a link in a letter leads to: the journey follows those letters. A referee's link is known here.
BY_LETTER = {"token"}
LINK_KNOWN = {"public_references"}
STATIC = {"static", "bootstrap.static"}
# The seeded round is open: the page for opening it is a refusal, and is looked at like any other.
REFUSED = "/open"


@pytest.fixture
def seeded(site: Site) -> Site:
    with site.database():
        seed("open", 30, 7, NOW)
        give_what_links_open()
    return site


def give_what_links_open() -> None:
    """What the addresses of the routes need beyond the demo."""
    # The demo links no account to a real mentor's profile; here somebody must be able to edit one.
    mentor = db.session.scalars(sa.select(Mentor).where(Mentor.slug == "neel-nanda")).one()
    mentor.user_id = db.session.scalars(
        sa.select(User.id).where(User.email == "mentor@example.org")
    ).one()
    _give_the_applicant_what_links_open()
    db.session.commit()


def _give_the_applicant_what_links_open() -> None:
    """Only digests of links are stored, and files belong to others: give the applicant one of each."""
    user_id = db.session.scalars(sa.select(User.id).where(User.email == APPLICANT)).one()
    asked = db.session.scalars(
        sa.select(Referee).join(Application).where(Application.user_id == user_id)
    ).first()
    sent = db.session.scalars(sa.select(Referee).where(Referee.received_at.is_not(None))).first()
    file = db.session.scalars(sa.select(StoredFile).order_by(StoredFile.id.desc())).first()
    assert asked is not None
    assert sent is not None
    assert file is not None
    Builder(NOW).passkey(db.session.get_one(User, user_id))
    asked.token_digest, asked.answers = digest_of(REFEREE_TOKEN), dict(sent.answers)
    file.user_id = user_id


@pytest.mark.parametrize("who", WHO)
def test_every_page_of_the_routes_holds(who: str, seeded: Site, somebody: Cast) -> None:
    email, policies = WHO[who]
    person = somebody(who, Person)
    if email:
        person.email = email
        person.signs_in(DEMO_PASSWORD)
    paths = list(addresses(seeded, policies))
    assert len(paths) > 4
    for path in paths:
        if _is_page(person, path):
            person.goes_to(path, status=409 if path.endswith(REFUSED) else 200)


def addresses(site: Site, policies: set[Policy]) -> Iterator[str]:
    """One address for each route that answers GET under these policies."""
    with site.database():
        adapter = site.app.url_map.bind("127.0.0.1")
        examples = Examples()
        for rule in _rules(site.app, policies):
            values = {name: examples.of(rule, name) for name in rule.arguments}
            yield adapter.build(rule.endpoint, values)


def _rules(app: Flask, policies: set[Policy]) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and policy_of(app, rule.endpoint) in policies
        and rule.endpoint not in STATIC
        and (not BY_LETTER & rule.arguments or rule.endpoint.split(".")[0] in LINK_KNOWN)
    ]


def _is_page(person: Person, path: str) -> bool:
    answer = person.context.request.get(path)
    return answer.headers.get("content-type", "").startswith("text/html")


class Examples:
    """An example for each argument of an address, from what the demo was filled with."""

    def __init__(self) -> None:
        round_ = db.session.scalars(
            sa.select(Round).where(Round.is_demo).order_by(Round.opens_at.desc())
        ).first()
        assert round_ is not None
        stream = next(each for each in round_.streams if each.slug == "nanda")
        self._applicant = db.session.scalars(
            sa.select(User.id).where(User.email == APPLICANT)
        ).one()
        self.by_name = {
            "round": round_.slug,
            "section": "background",
            "stream": stream.slug,
            "stream_id": stream.id,
            "kind": "directions",
            "question_id": self._first(Question.id, Question.stream_id == stream.id),
            "criterion_id": self._first(Criterion.id, Criterion.round_id == round_.id),
            "key_date_id": self._first(KeyDate.id, KeyDate.round_id == round_.id),
            "announcement_id": self._first(Announcement.id),
            "enquiry_id": self._first(Enquiry.id),
            "user_id": self._first(User.id, User.email == "reader@example.org"),
            "message_id": self._first(OutboxMessage.id),
            "number": self._first(Submission.number, *self._own(Submission.application_id)),
            "referee": self._first(Referee.id, *self._own(Referee.application_id)),
            "test_id": self._first(WorkTest.id, WorkTest.stream_id == stream.id),
            "ref": self._first(StoredFile.ref, StoredFile.user_id == self._applicant),
            "passkey_id": self._first(Passkey.id, Passkey.user_id == self._applicant),
            "fingerprint": self._first(SigningKey.fingerprint),
            "position": self._first(AuditEvent.position, AuditEvent.actor_id.is_not(None)),
        }
        self.by_page = self._of_pages(round_)

    def _of_pages(self, round_: Round) -> dict[tuple[str, str], object]:
        """Arguments that one name gives several meanings, by the blueprint."""
        theirs = (
            sa.select(StreamApplication.id)
            .join(Stream)
            .where(Stream.round_id == round_.id, Stream.slug == "nanda")
            .where(StreamApplication.submission_id.is_not(None))
        )
        return {
            ("public_directions", "slug"): "model-diffing",
            ("public_mentors", "slug"): "neel-nanda",
            ("public_papers", "slug"): self._first(Paper.slug),
            ("public_references", "token"): REFEREE_TOKEN,
            ("mentor_profile", "slug"): "model-diffing",
            ("admin_content", "slug"): self._first(Direction.slug),
            ("review", "application"): db.session.scalars(theirs).first(),
            ("decision", "application"): db.session.scalars(theirs).first(),
            ("review_conflicts", "application"): db.session.scalars(theirs).first(),
            ("admin_applications", "application"): self._first(Application.id),
            ("admin_conflicts", "application"): self._first(Application.id),
            ("admin_references", "application"): self._first(Referee.application_id),
        }

    def _own(self, application_id: sa.ColumnElement[int]) -> list[sa.ColumnElement[bool]]:
        theirs = sa.select(Application.id).where(Application.user_id == self._applicant)
        return [application_id.in_(theirs)]

    def _first(self, column: sa.ColumnElement[object], *where: sa.ColumnElement[bool]) -> object:
        return db.session.scalars(sa.select(column).where(*where).limit(1)).first()

    def of(self, rule: Rule, name: str) -> object:
        blueprint = rule.endpoint.split(".")[0]
        found = self.by_page.get((blueprint, name))
        if found is None and name == "slug" and rule.rule.startswith("/admin/rounds/"):
            found = self.by_name["round"]
        found = found or self.by_name.get(name)
        assert found is not None, f"{rule.rule} is new here: give an example of its <{name}>"
        return found


def test_what_is_wrong_on_a_page_is_found(site: Site, chromium: Browser) -> None:
    """The instruments themselves: planted faults are reported, each by its name."""
    findings = Findings(site.base_url)
    context = chromium.new_context(base_url=site.base_url, viewport=WIDE)  # type: ignore[arg-type]
    findings.watch(context)
    page = context.new_page()
    page.goto("/faq")
    page.evaluate(
        """() => {
          const main = document.querySelector("main");
          main.insertAdjacentHTML("beforeend",
            '<p class="planted">too faint</p><input id="nameless"><div class="wide">wide</div>');
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(".planted { color: #777 } .wide { width: 700px } " +
            "@media (prefers-color-scheme: light) { .planted { color: #ddd } }");
          document.adoptedStyleSheets = [sheet];
          console.error("planted error");
          fetch("http://127.0.0.2:9/elsewhere").catch(() => {});
        }"""
    )
    findings.look("Nobody", page, None, axe=True)
    # The content security policy stops such a request before it is made, so it takes a page without one.
    context.new_page().set_content('<img alt="" src="http://127.0.0.2:9/elsewhere">')
    context.close()
    for fault in (
        "light: color-contrast",
        "dark: color-contrast",
        "light: label",
        "390 px: scrolls",
        "320 px: scrolls",
        "planted error",
        "asked another host: http://127.0.0.2:9/elsewhere",
        "Content Security Policy",
    ):
        assert any(fault in said for said in findings.wrong), (fault, findings.wrong)
