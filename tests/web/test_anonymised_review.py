"""An anonymised review leaks nothing: canaries in all that an applicant fills in, and a crawl of all a reader gets."""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.anonymity import FIRST_CODE, label
from portal.domain.permissions import StreamRole
from portal.extensions import db
from portal.models import OutboxMessage, Round, Submission, User
from portal.services.digests import send_due_digests
from tests.conftest import NOW
from tests.support import canaries
from tests.support.canaries import CANARIES, EMAIL, NAME, Canary
from tests.support.crawl import Answer, crawl, settled, traces
from tests.support.house import HouseClient

REVIEW = {"score_fit": "4", "score_skill": "3", "recommendation": "yes", "comment": "Clear."}


@dataclass(frozen=True)
class Stage:
    round: Round
    lead: User
    one: Canary
    other_code: int


@pytest.fixture
def stage(make) -> Stage:
    """An anonymised round with two applicants: the one of the canaries, and another one."""
    round_ = make.round(
        "Summer 2027", anonymised=True, max_referees=2, closes_at=NOW + timedelta(days=3)
    )
    stream = make.stream(round_, "Mara's stream", questions=["What first?"])
    lead = make.member(stream, StreamRole.LEAD, "Mara Mentor")
    db.session.refresh(stream)
    stream.members[0].added_at = NOW - timedelta(days=9)
    one = canaries.applicant(make, round_, stream, NOW)
    other = make.submitted(
        make.user("Aaron Other"), round_, [stream], interests="I like sparse probes."
    )
    return Stage(round_, lead, one, make.arrived(other, stream).code)


def starts(stage: Stage) -> list[str]:
    key = stage.one.row.code
    return [
        "/", "/review", "/review?sort=oldest", "/review?sort=newest", "/review?sort=rank", "/review?q=probes",
        "/review/ranking", "/review/ranking?sort=name", f"/review/{key}", f"/review/{key}/conflict",
        f"/review/ranking/{key}", "/review/streams", "/review/profile", "/account", "/api/v1/rounds",
    ]  # fmt: skip


def everything(client: HouseClient, stage: Stage) -> list[Answer]:
    """All that a reader gets: pages, what forms answer, errors, and mail."""
    key = stage.one.row.code
    found = crawl(client, starts(stage))
    for path, data in (
        (f"/review/{key}", {"then": "submit", "version": "0"}),
        (f"/review/{key}", {**REVIEW, "then": "next", "version": "0"}),
        (f"/review/{key}", {**REVIEW, "then": "save", "version": "0"}),
        (f"/review/ranking/{key}", {"seen": "7", "outcome": "accept", "rank": "1"}),
        (f"/review/ranking/{key}", {"seen": "0", "outcome": "accept", "rank": "1"}),
        (f"/review/{key}/conflict", {"reason": ""}),
    ):
        response = client.submit(path, data)
        headers = "\n".join(f"{name}: {value}" for name, value in response.headers)
        found.append(Answer(path, response.status_code, headers, response.data, response.mimetype))
    for ref in [file.ref for file in stage.one.files]:
        refused = client.get(f"/files/{ref}")
        assert refused.status_code == 404
        found.append(
            Answer("", 404, str(refused.headers), refused.data.replace(ref.encode(), b""), "")
        )
    client.page(f"/review/{stage.one.row.id}", status=404)
    send_due_digests(NOW)
    letters = db.session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.user_id == stage.lead.id)
    ).all()
    assert letters, "the daily message is part of what a reader gets"
    texts = [f"{letter.subject}\n{letter.text}".encode() for letter in letters]
    return [
        *found,
        *crawl(client, starts(stage)),
        *(Answer("mail", 0, "", t, "text/plain") for t in texts),
    ]


def test_a_reader_meets_no_canary_in_any_dress(stage, browser):
    answers = everything(browser(stage.lead), stage)
    assert traces(answers, [*CANARIES, *stage.one.numbers, *stage.one.instants]) == []
    page = next(a for a in answers if a.address == f"/review/{stage.one.row.code}")
    text = page.body.decode()
    assert label(stage.one.row.code) in text
    assert "Honest sentence stays." in text
    assert "honestly worked" in text
    assert "[name withheld]" in text
    assert len(answers) > 60


def test_the_control_an_admin_meets_every_canary(stage, make, browser):
    """Otherwise the crawl would prove nothing."""
    application = stage.one.application
    answers = crawl(
        browser(make.admin()),
        [
            f"/admin/applications/{application.id}",
            f"/admin/applications/{application.id}/references",
            f"/admin/rounds/{stage.round.slug}/references",
            "/admin/applications",
            "/admin/applications/table.csv",
        ],
        within=f"/files/|/receipts/|/admin/applications/{application.id}",
    )
    assert {answer.status for answer in answers} == {200}
    numbers = [n for n in stage.one.numbers if n != application.current_submission.salt]
    numbers = [n for n in numbers if len(n) < 60]  # pages print the beginning of a digest
    wanted = {*CANARIES, *numbers}
    assert {canary for canary, _, _ in traces(answers, wanted)} == wanted
    assert {c for c, _, _ in traces(answers, stage.one.instants)}


def test_the_same_reader_meets_them_after_the_release(stage, browser):
    stage.round.closes_at = NOW - timedelta(days=2)
    stage.round.released_at = NOW - timedelta(hours=1)
    db.session.commit()
    answers = crawl(
        browser(stage.lead), ["/review", f"/review/{stage.one.row.id}"], within="/review|/files/"
    )
    wanted = {
        NAME,
        "zbane-codes",
        "Institute of Vellichor",
        "Vellichor-letter.pdf",
        "Vellumtext-inside",
    }
    assert {canary for canary, _, _ in traces(answers, wanted)} == wanted
    assert browser(stage.lead).get(f"/review/{stage.one.row.code}").status_code == 200


@pytest.mark.parametrize("word", ["Quillon", EMAIL, "Vellichor", "zbane-codes", "Farawaylandia"])
def test_no_search_of_a_reader_answers_by_what_is_withheld(stage, browser, word):
    reader = browser(stage.lead)
    for path in ("/review", "/review/ranking"):
        asked, nothing = (
            settled(_answer(reader, f"{path}?q={each}")) for each in (word, "Nobodyatall")
        )
        assert asked.replace(word, "Nobodyatall") == nothing.replace(word, "Nobodyatall")
    name = label(stage.one.row.code)
    assert name in reader.page("/review?q=honest").text
    for path in ("/review", "/review/ranking"):
        found = reader.page(f"{path}?q={name}").find("table").text
        assert name in found
        assert label(stage.other_code) not in found


def _answer(client: HouseClient, path: str) -> Answer:
    response = client.get(path)
    return Answer(path, response.status_code, "", response.data, response.mimetype)


def _pages(client: HouseClient, stage: Stage) -> list[str]:
    keys = (stage.one.row.code, stage.other_code)
    paths = [*starts(stage), *(f"/review/{key}" for key in keys)]
    answers = [_answer(client, path) for path in paths]
    assert {answer.status for answer in answers} == {200}
    return [settled(answer) for answer in answers]


def test_another_name_and_another_arrival_change_nothing_that_a_reader_sees(stage, make, browser):
    """Renaming Aaron to Zoe, and arriving last instead of first, leaves every page byte for byte the same."""
    reader = browser(stage.lead)
    before = _pages(reader, stage)
    other = db.session.scalars(sa.select(User).where(User.name == "Aaron Other")).one()
    submissions = db.session.scalars(sa.select(Submission)).all()
    for submission in submissions:
        if submission.applicant_name == "Aaron Other":
            submission.applicant_name = "Zoe Someone"
            submission.content = submission.content.replace("Aaron Other", "Zoe Someone")
    other.name, other.email, other.email_key = "Zoe Someone", "z@example.org", "z@example.org"
    row = stage.one.row
    row.first_received_at = NOW - timedelta(days=6)
    stage.one.application.current_submission.received_at = NOW - timedelta(days=6)
    stage.one.application.created_at = NOW - timedelta(days=7)
    db.session.commit()
    assert _pages(reader, stage) == before


def test_who_came_first_is_in_no_order(make, browser):
    """Two people who exchange their places in the tables are listed in the order of their codes all the same."""
    round_ = make.round(anonymised=True)
    stream = make.stream(round_)
    reader = browser(make.member(stream))
    rows = [make.arrived(make.submitted(round_=round_, streams=[stream]), stream) for _ in range(5)]
    for row, code in zip(rows, (5, 3, 4, 1, 2), strict=True):
        row.code = FIRST_CODE + code
    db.session.commit()
    wanted = [label(FIRST_CODE + code) for code in range(1, 6)]
    paths = [
        *(f"/review?sort={sort}" for sort in ("least", "oldest", "newest")),
        "/review/ranking?sort=name",
    ]
    for path in paths:
        table = reader.page(path).find("table")
        assert re.findall(r"Applicant [0-9A-Z]{6}", table.text)[: len(wanted)] == wanted, path
    second = reader.page(f"/review/{FIRST_CODE + 2}")
    assert second.find("a", rel="prev")["href"].startswith(f"/review/{FIRST_CODE + 1}")
    assert second.find("a", rel="next")["href"].startswith(f"/review/{FIRST_CODE + 3}")


def test_a_review_is_of_the_version_on_screen_whatever_names_it(stage, make, browser):
    """The version is named by a mark, since its id would tell when it came."""
    reader, key = browser(stage.lead), stage.one.row.code
    mark = reader.page(f"/review/{key}").find("input", attrs={"name": "submission"})["value"]
    first = stage.one.application.current_submission_id
    assert int(mark) >= FIRST_CODE
    make.submitted(stage.one.user, stage.round, [stage.one.row.stream], **canaries.ANSWERS)
    saved = reader.submit(
        f"/review/{key}", {**REVIEW, "then": "submit", "version": "0", "submission": mark}
    )
    assert saved.status_code == 302
    assert stage.one.row.reviews[0].submission_id == first
    page = reader.page(f"/review/{key}")
    assert "Changed since you read it" in page.text
    assert NAME not in page.text


def test_decisions_are_saved_by_the_code(stage, browser):
    lead, key = browser(stage.lead), stage.one.row.code
    saved = lead.submit(
        "/review/ranking", {f"was-{key}": "0||", f"outcome-{key}": "accept", f"rank-{key}": "1"}
    )
    assert saved.status_code == 302
    assert stage.one.row.decision.outcome == "accept"
    by_id = stage.one.row.id
    assert lead.submit(
        "/review/ranking", {f"was-{by_id}": "1|accept|1", f"outcome-{by_id}": "decline"}
    ).status_code == 404  # fmt: skip
