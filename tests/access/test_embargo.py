"""Before the release nothing that anybody but a decider or an admin can fetch differs by what was decided.

Twins applied alike; one is accepted, the other declined. All that each of them, a mentor of the other stream, another
applicant and a passer-by reach by following links is fetched undecided, decided, and decided the other way round:
status, headers (ETag and Content-Length among them) and body are byte for byte the same. At the release all flips.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.decisions import Release
from portal.domain.permissions import StreamRole, Viewer
from portal.domain.review import Outcome
from portal.extensions import db
from portal.models import Decision, OutboxMessage, StreamApplication
from portal.queries import own_applications
from portal.queries import release as looking
from portal.services.decisions import Choice, decide
from portal.services.release import Released, release
from tests.conftest import NOW
from tests.support.applicant import met_by, submit, write
from tests.support.builders import Builder
from tests.support.crawl import Answer, crawl
from tests.support.house import HouseClient

READING = timedelta(days=20)  # after the close, before the release
RELEASE = NOW + READING + timedelta(hours=1)
TICK = timedelta(microseconds=1)
TWINS = ("Ana Twin", "Bea Twin")
STARTS = [
    "/",
    "/dates",
    "/dates.ics",
    "/streams",
    "/streams.csv",
    "/api/v1/rounds",
    "/api/v1/directions?limit=50",
]
OWN = ["/apply", "/account"]
READ = [
    "/review",
    "/review?sort=rank",
    "/review?sort=newest",
    "/review/ranking",
    "/review/streams",
    "/review/profile",
]
SAME_FOR_ALL = r"/(?!faq|papers|mentors|topics|find|register|reset|apply/[^/]+/(?:start|offline))"


@dataclass
class Stage:
    """Two twins with one submission each to both streams; `rows` are those of the stream that decides."""

    slug: str
    round_id: int
    stream_id: int
    lead: Viewer
    admin: Viewer
    rows: list[StreamApplication]
    private: list[str]
    lookers: dict[str, HouseClient] = field(default_factory=dict)

    def decides(self, *outcomes: Outcome) -> None:
        """What the stream wants for each twin, with a reason each."""
        versions = dict(
            db.session.execute(sa.select(Decision.stream_application_id, Decision.version)).all()
        )
        chosen = [
            Choice(row.id, versions.get(row.id, 0), outcome, reason=f"Because of {outcome.value}.")
            for row, outcome in zip(self.rows, outcomes, strict=True)
        ]
        answer = decide(self.lead, self.stream_id, chosen, now=NOW + READING)
        assert not hasattr(answer, "what"), answer


@pytest.fixture
def stage(make: Builder, browser: Callable[..., HouseClient], at) -> Iterator[Stage]:
    round_ = make.round("Summer 2027", release_at=RELEASE)
    ours = make.stream(round_, "Ours", questions=["Why?"])
    other = make.stream(round_, "The other")
    lead, neighbour = make.member(ours), make.member(other, name="Nina Neighbour")
    twins = [make.user(name) for name in TWINS]
    numbers = []
    for twin in twins:
        write(twin, round_, ours, other)
        numbers.append(submit(twin, round_, key="the-one-key").number)
    rows = [met_by(twin, ours) for twin in twins]
    theirs = [*TWINS, *(twin.email for twin in twins), *numbers, *(str(row.id) for row in rows)]
    admin = make.admin()
    with at(READING):
        lookers = {
            "a twin": browser(twins[0]),
            "the other twin": browser(twins[1]),
            "another stream's mentor": browser(neighbour),
            "an applicant of no round": browser(make.user("Nobody Yet")),
            "a passer-by": browser(None),
        }
        yield Stage(
            round_.slug, round_.id, ours.id,
            Viewer(lead.id, roles={ours.id: StreamRole.LEAD}), Viewer(admin.id, is_admin=True),
            rows, theirs, lookers,
        )  # fmt: skip


def fetched(stage: Stage, who: str) -> dict[str, Answer]:
    """All that one person reaches, by address, without what is drawn anew for each answer."""
    starts = {"a passer-by": STARTS, "another stream's mentor": READ}.get(who, OWN)
    within = (
        SAME_FOR_ALL
        if who == "a passer-by"
        else r"/(?:apply|account$|review|receipts|files)(?!/[^/]+/offline)"
    )
    return {
        each.address: _same_each_time(each)
        for each in crawl(stage.lookers[who], starts, within=within)
    }


def _same_each_time(answer: Answer) -> Answer:
    lines = [
        line
        for line in answer.headers.splitlines()
        if not line.startswith(("Set-Cookie:", "Date:"))
    ]
    headers = re.sub(r"'nonce-[^']*'", "", "\n".join(lines))
    body = re.sub(rb'nonce="[^"]*"', b"", answer.body)
    body = re.sub(rb'value="[\w.-]{16,}"', b"", body)  # tokens, keys and names of pages
    return Answer(answer.address, answer.status, headers, body, answer.mimetype)


def differences(one: dict[str, Answer], other: dict[str, Answer]) -> list[str]:
    """The addresses that only one of them has, or that answer in another way."""
    return sorted(each for each in {*one, *other} if one.get(each) != other.get(each))


def as_anybody(answers: dict[str, Answer], private: list[str]) -> dict[str, Answer]:
    """The pages without who they are about: names, addresses, receipt numbers, digests, ids."""
    found = {}
    for answer in answers.values():
        body = answer.body[32:] if answer.mimetype == "application/octet-stream" else answer.body
        # what a digest is over begins with 32 bytes of salt
        text = answer.headers + "\n\n" + body.decode()
        text = re.sub(r"(?m)^(?:Content-Length|ETag): .*\n?", "", text)
        text = _anonymous(text, private)
        address = _anonymous(answer.address, private)
        found[address] = Answer(address, answer.status, "", text.encode(), answer.mimetype)
    return found


def _anonymous(text: str, private: list[str]) -> str:
    text = re.sub(r"[0-9a-f]{64}|[\w+/]{86}==", "DIGEST", text)
    text = re.sub(
        r'(name="writer"[^>]*value=")\d+|(value=")\d+("[^>]*name="writer")', r"\1\2\3", text
    )
    text = re.sub(r'data-viewer="\d+"', "", text)
    for each in sorted(private, key=len, reverse=True):
        if not each.isdigit():
            text = text.replace(each, "SOMEBODY")
    return text


def test_before_the_release_nothing_differs_by_what_was_decided(stage):
    fetched(stage, "another stream's mentor")  # that a page was opened once is written on others
    undecided = {who: fetched(stage, who) for who in stage.lookers}
    stage.decides(Outcome.ACCEPT, Outcome.DECLINE)
    decided = {who: fetched(stage, who) for who in stage.lookers}
    stage.decides(Outcome.DECLINE, Outcome.ACCEPT)
    swapped = {who: fetched(stage, who) for who in stage.lookers}

    for who in stage.lookers:
        assert differences(undecided[who], decided[who]) == [], who
        assert differences(decided[who], swapped[who]) == [], who
        assert len(decided[who]) >= 4, who
    one, other = (as_anybody(decided[who], stage.private) for who in ("a twin", "the other twin"))
    assert differences(one, other) == []
    assert any("Content-Length" in each.headers for each in decided["a twin"].values())


def test_before_the_release_no_letter_differs_by_what_was_decided(stage):
    def letters():
        rows = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))
        return [(each.kind, each.recipient, each.text, each.next_try_at) for each in rows]

    before = letters()
    stage.decides(Outcome.ACCEPT, Outcome.DECLINE)

    assert letters() == before


def test_the_comparison_finds_a_planted_difference(stage, monkeypatch):
    """An outcome that shows before its release, one header, one byte, one page more."""
    stage.decides(Outcome.ACCEPT, Outcome.DECLINE)
    before = fetched(stage, "a twin")
    honest = own_applications.outcomes

    def early(dossier, at):
        return honest(dossier, at) or [
            own_applications.StreamOutcome("Ours", outcome, "")
            for outcome in db.session.scalars(
                sa.select(Decision.outcome)
                .join(StreamApplication)
                .where(StreamApplication.application_id == dossier.application.id)
            )
        ]

    monkeypatch.setattr(own_applications, "outcomes", early)
    leaking = {who: fetched(stage, who) for who in ("a twin", "the other twin")}
    assert f"/apply/{stage.slug}" in differences(before, leaking["a twin"])
    one, other = (as_anybody(answers, stage.private) for answers in leaking.values())
    assert differences(one, other) == [f"/apply/{stage.slug}"]
    assert differences(leaking["a twin"], leaking["a twin"]) == []

    page = Answer("/apply", 200, "ETag: 1\nContent-Length: 9", b"Something", "text/html")
    for changed in (
        Answer("/apply", 200, "ETag: 2\nContent-Length: 9", b"Something", "text/html"),
        Answer("/apply", 200, "ETag: 1\nContent-Length: 9", b"Somethink", "text/html"),
        Answer("/apply", 404, "ETag: 1\nContent-Length: 9", b"Something", "text/html"),
    ):
        assert differences({"/apply": page}, {"/apply": changed}) == ["/apply"]
    assert differences({"/apply": page}, {}) == ["/apply"]


def test_at_the_release_everybody_learns_at_the_same_instant(stage, at):
    stage.decides(Outcome.ACCEPT, Outcome.DECLINE)
    asked = Release(2, decline_undecided=True, seen=looking.facts(stage.round_id).mark)
    home = f"/apply/{stage.slug}"
    words = {
        "a twin": "would like to work with you",
        "the other twin": "does not have a place for you",
    }
    with at(RELEASE - TICK):
        for who in words:
            assert "The outcome" not in stage.lookers[who].page(home).text
    assert release(stage.admin, stage.round_id, asked, now=RELEASE) == Released(RELEASE, 2)

    with at(RELEASE - TICK):
        for who in words:
            assert "The outcome" not in stage.lookers[who].page(home).text
    with at(RELEASE):
        for who, said in words.items():
            assert said in " ".join(stage.lookers[who].page(home).text.split())
    letters = db.session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == "decision")
    ).all()
    assert sorted(each.recipient for each in letters) == [
        "ana.twin@example.org",
        "bea.twin@example.org",
    ]
    assert {each.created_at for each in letters} == {RELEASE}
