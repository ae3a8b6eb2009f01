"""A reader in conflict with an applicant meets the application nowhere: no address, link, count, order or file."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.permissions import StreamRole
from portal.domain.review import Outcome
from portal.extensions import db
from portal.models import AuditEvent, Conflict, StreamMember, User
from portal.queries.viewers import viewer_of
from portal.services.decisions import Choice, decide
from tests.conftest import NOW
from tests.support import canaries
from tests.support.canaries import CANARIES, Canary
from tests.support.crawl import Answer, crawl, settled, traces

STARTS = [
    "/review", "/review?sort=oldest", "/review?mine=left", "/review?mine=done", "/review?q=quillon", "/review/ranking",
    "/review/ranking?sort=name", "/review/ranking?show=accept", "/review/streams", "/review/profile", "/account",
]  # fmt: skip
WITHIN = "/review|/files|/account"


@dataclass(frozen=True)
class Stage:
    lead: User
    one: Canary
    others: list[int]

    @property
    def addresses(self) -> list[str]:
        """Every address that names the application, or something of it."""
        key = self.one.row.id
        return [
            f"/review/{key}", f"/review/{key}/conflict", f"/review/ranking/{key}",
            *(f"/files/{file.ref}" for file in self.one.files),
        ]  # fmt: skip


@pytest.fixture
def stage(make) -> Stage:
    """Three applicants, the one of the canaries in the middle; a lead and a co-lead who has decided on all."""
    round_ = make.round(max_referees=2, closes_at=NOW + timedelta(days=3))
    stream = make.stream(round_, "Mara's stream", questions=["What first?"])
    lead = make.member(stream, StreamRole.LEAD, "Mara Mentor")
    co = make.member(stream, StreamRole.CO, "Cora Co")
    before = make.arrived(make.submitted(make.user("Bea Before"), round_, [stream]), stream)
    one = canaries.applicant(make, round_, stream, NOW)
    after = make.arrived(make.submitted(make.user("Alf After"), round_, [stream]), stream)
    choices = [
        Choice(row.id, 0, Outcome.ACCEPT, place, f"Reason {row.id} for the {place}")
        for place, row in enumerate((before, one.row, after), 1)
    ]
    decide(viewer_of(co, NOW), stream.id, choices, now=NOW)
    return Stage(lead, one, [before.id, after.id])


def conflict(make, stage: Stage) -> None:
    make.keep(
        Conflict(
            round_id=stage.one.application.round_id,
            applicant_id=stage.one.user.id,
            reader_id=stage.lead.id,
            named="",
            origin="applicant",
            reason="A former supervisor",
            declared_at=NOW,
            lifted_reason="",
        )
    )


def test_the_control_before_the_conflict_all_of_it_is_met(stage, browser):
    reader = browser(stage.lead)
    answers = crawl(reader, STARTS, within=WITHIN)
    reached = {answer.address.partition("?")[0] for answer in answers if answer.status == 200}
    assert set(stage.addresses) <= reached
    seen = {canary for canary, _, _ in traces(answers, CANARIES)}
    # Readers never meet an account's name and address, the name's second form, and the address of a referee.
    kept = {CANARIES[1], canaries.EMAIL, "rosamund@canary.example.org"}
    assert set(CANARIES) - kept <= seen


def test_nothing_is_left_of_it_anywhere(stage, make, browser):
    reader = browser(stage.lead)
    conflict(make, stage)
    answers = crawl(reader, [start for start in STARTS if "quillon" not in start], within=WITHIN)
    hidden = [*CANARIES, *stage.one.numbers, *stage.one.instants, f"Reason {stage.one.row.id} for"]
    assert traces(answers, hidden) == []
    assert len(answers) > 30
    for address in stage.addresses:
        assert f"{address}?" not in " ".join(a.address for a in answers)
    queue = reader.page("/review?q=quillon")
    assert "Nothing matches" in queue.text


def test_its_addresses_answer_as_those_that_never_were(stage, make, browser):
    reader = browser(stage.lead)
    conflict(make, stage)
    token = reader.page(f"/review/{stage.others[0]}").find("input", attrs={"name": "csrf_token"})
    for address in stage.addresses:
        missing = "/files/" + "0" * 32 if "/files/" in address else "/review/998877"
        for method in ("GET", "POST", "HEAD"):
            data = {"csrf_token": token["value"], "then": "save"} if method == "POST" else None
            met, never = (
                reader.open(each, method=method, data=data) for each in (address, missing)
            )
            if method == "POST" and ("/files/" in address or "/ranking/" in address):
                assert met.status_code in (404, 405)
                continue
            assert met.status_code == 404, f"{method} {address}"
            assert (never.status_code, _page(never)) == (404, _page(met))


def _page(response) -> str:
    return settled(Answer("", response.status_code, "", response.data, response.mimetype))


def test_a_forged_save_of_the_ranking_writes_nothing(stage, make, browser):
    reader, key = browser(stage.lead), stage.one.row.id
    conflict(make, stage)
    answer = reader.submit(
        "/review/ranking", {f"was-{key}": "1|accept|2", f"outcome-{key}": "decline"}
    )
    assert answer.status_code == 404
    assert stage.one.row.decision.outcome is Outcome.ACCEPT


def test_the_pages_are_those_of_a_round_that_it_was_never_in(stage, make, browser):
    """Counts, places and neighbours, byte for byte: as if the application had been withdrawn before anybody decided."""
    reader = browser(stage.lead)
    conflict(make, stage)
    paths = ["/review", "/review/ranking", *(f"/review/{key}" for key in stage.others)]
    paths += [f"/review/ranking/{key}" for key in stage.others]
    met = [_page(reader.get(path)) for path in paths]
    decision = stage.one.row.decision
    db.session.delete(decision)
    stage.one.application.state = "withdrawn"
    last = db.session.get(type(stage.one.row), stage.others[1]).decision
    last.rank = 2
    db.session.execute(sa.delete(Conflict))
    db.session.commit()
    assert [_page(reader.get(path)) for path in paths] == met


def test_it_acts_on_the_next_request_and_is_gone_when_lifted(stage, make, browser):
    reader = browser(stage.lead)
    key = stage.one.row.id
    assert reader.get(f"/review/{key}").status_code == 200
    done = reader.submit(f"/review/{key}/conflict", {"reason": "She is my sister."})
    assert (done.status_code, done.location) == (302, "/review")
    for address in stage.addresses:
        assert reader.get(address).status_code == 404, address
    admin = browser(make.admin())
    found = db.session.scalars(sa.select(Conflict)).one()
    page = f"/admin/applications/{stage.one.application.id}/conflicts"
    refused = admin.submit(f"{page}/{found.id}/lift", {"reason": ""}, page=page)
    assert refused.status_code == 409
    lifted = admin.submit(f"{page}/{found.id}/lift", {"reason": "Not her sister."}, page=page)
    assert lifted.status_code == 302
    assert reader.get(f"/review/{key}").status_code == 200
    log = db.session.scalars(sa.select(AuditEvent.action)).all()
    assert {"conflict.declared", "conflict.lifted"} <= set(log)
    assert "Lifted" in admin.page(page).text


def test_admins_read_the_review_that_counts_no_more(stage, make, browser):
    make.reviewed(stage.one.row, stage.lead, fit=5, skill=5)
    page = f"/admin/applications/{stage.one.application.id}"
    admin = browser(make.admin())
    assert "not counted" not in admin.page(page).text
    done = browser(stage.lead).submit(
        f"/review/{stage.one.row.id}/conflict", {"reason": "A friend."}
    )
    assert done.status_code == 302
    text = admin.page(page).text
    assert "not counted: in conflict" in text
    assert "Read with care." in text


def test_a_former_member_with_a_conflict_gets_nothing_either(stage, make, browser):
    reader = browser(stage.lead)
    conflict(make, stage)
    db.session.execute(sa.delete(StreamMember).where(StreamMember.user_id == stage.lead.id))
    db.session.commit()
    assert [reader.get(address).status_code for address in stage.addresses[-2:]] == [404, 404]
    assert reader.get("/review").status_code == 403


def test_an_admin_decides_where_everybody_else_is_kept_away(stage, make, browser):
    application = stage.one.application
    admin = browser(make.admin())
    page = f"/admin/applications/{application.id}/conflicts"
    for name in ("Mara Mentor", "Cora Co"):
        reader = admin.page(page).find("option", string=name)["value"]
        added = admin.submit(page, {"reader": reader, "reason": "Same family."})
        assert added.status_code == 302
    text = admin.page(page).text
    assert "Yours to decide" in text
    listed = admin.page(f"/admin/rounds/{application.round.slug}/conflicts")
    assert "Yours to decide" in listed.text
    decided = admin.submit(
        f"{page.removesuffix('/conflicts')}/decide/{stage.one.row.id}",
        {"seen": "1", "outcome": "decline", "reason": "No place."},
        page=page,
    )
    assert decided.status_code == 302
    assert stage.one.row.decision.outcome is Outcome.DECLINE


def test_an_applicant_names_a_mentor_and_is_told_what_happens(stage, make, browser):
    mentor = make.mentor("Mara Mentor", user_id=stage.lead.id)
    stream = stage.one.row.stream
    stream.mentor_links.append(_link(mentor.id))
    db.session.commit()
    applicant = browser(stage.one.user)
    path = f"/apply/{stage.one.application.round.slug}/conflicts"
    seen = applicant.page(path).find("input", attrs={"name": "seen"})["value"]
    data = {"mentors": [str(mentor.id)], "names": "Somebody", "reason": "", "person": "0"}
    assert applicant.submit(path, {**data, "seen": "old"}).status_code == 409
    assert applicant.submit(path, {**data, "seen": seen}).status_code == 302
    page = applicant.page(path)
    assert page.find("input", attrs={"name": "mentors", "value": str(mentor.id)}).has_attr(
        "checked"
    )
    assert "named to the programme" in page.text
    assert "Cora Co" not in page.text  # who reads is not told to applicants
    assert browser(stage.lead).get(stage.addresses[0]).status_code == 404


def _link(mentor_id: int):
    from portal.models import StreamMentor

    return StreamMentor(mentor_id=mentor_id, is_primary=True, position=0)
