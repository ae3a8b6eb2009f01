"""The world that the table speaks of."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from portal.domain.applications import ApplicationState
from portal.domain.permissions import StreamRole
from portal.extensions import db
from portal.models import (
    Announcement,
    Application,
    Enquiry,
    Invitation,
    KeyDate,
    LateDraft,
    OutboxMessage,
    SignIn,
    User,
)
from tests.conftest import NOW
from tests.support.builders import Builder
from tests.support.house import HouseClient


@dataclass
class World:
    """Six people's browsers, and the value of each placeholder in a path."""

    browsers: dict[str, HouseClient]
    values: Callable[[str], dict[str, object]]

    def address(self, rule: str) -> str:
        """The rule with the objects of this world in it."""
        address = rule
        for name, value in self.values(rule).items():
            for form in (f"<{name}>", f"<int:{name}>", f"<path:{name}>"):
                address = address.replace(form, str(value))
        assert "<" not in address, f"{rule}: no value for what is left in {address}"
        return address


@pytest.fixture
def world(make: Builder, browser: Callable[[User | None], HouseClient]) -> World:
    return build(make, browser)


def build(make: Builder, browser: Callable[[User | None], HouseClient]) -> World:
    round_ = make.round("Summer 2027")
    mentor_profile = make.mentor("Mara Mentor")
    direction = make.direction("Model diffing", mentors=[mentor_profile])
    stream = make.stream(round_, "Mara's stream", [direction], [mentor_profile], ["What first?"])
    other_stream = make.stream(round_, "Otto's stream")
    mentor = make.member(stream, StreamRole.LEAD, "Mara Mentor")
    mentor_profile.user_id = mentor.id
    other_mentor = make.member(other_stream, StreamRole.LEAD, "Otto Other")
    applicant, other = make.user("Ana Applicant"), make.user("Olu Other")
    application = make.submitted(applicant, round_, [stream])
    make.keep(
        Application(
            round_id=round_.id,
            user_id=other.id,
            state=ApplicationState.DRAFT,
            created_at=NOW,
            saved_at=NOW,
        )
    )
    admin = make.admin()
    row = application.stream_applications[0]
    paper = make.paper()
    topic = make.topic()
    rows = {
        "announcement_id": make.keep(
            Announcement(round_id=round_.id, title="News", body="Text", published_at=NOW)
        ).id,
        "enquiry_id": make.keep(
            Enquiry(round_id=round_.id, user_id=applicant.id, text="May I?", asked_at=NOW)
        ).id,
        "key_date_id": make.keep(KeyDate(round_id=round_.id, at=NOW, label="Talks")).id,
        "message_id": make.keep(
            OutboxMessage(
                message_id="<1@portal>",
                kind="receipt",
                recipient=applicant.email,
                user_id=applicant.id,
                subject="Received",
                text="Thank you.",
                created_at=NOW,
                next_try_at=NOW,
                failed_at=NOW,
            )
        ).id,
        "invitation_id": make.keep(
            Invitation(
                email="new@example.org",
                email_key="new@example.org",
                is_admin=True,
                token_digest="0" * 64,
                created_at=NOW,
                expires_at=NOW.replace(year=2027),
            )
        ).id,
        "sign_in_id": make.keep(
            SignIn(user_id=applicant.id, token_digest="1" * 64, created_at=NOW, seen_at=NOW)
        ).id,
        "criterion_id": round_.criteria[0].id,
        "question_id": stream.questions[0].id,
        "member_id": stream.members[0].id,
        "user_id": applicant.id,
        "number": application.current_submission.number,
        "kind": "topics",
        "round": round_.slug,
        "section": "about",
        "stream": stream.slug,
        "stream_id": stream.id,
        "token": "x" * 32,
    }
    make.keep(
        LateDraft(
            round_id=round_.id,
            user_id=applicant.id,
            action="about",
            content={"city": "Nowhere"},
            received_at=NOW,
            closed_at=NOW,
            extension_asked_at=NOW,
            extension_reason="The power failed.",
        )
    )
    slugs = {
        "/directions/": direction.slug,
        "/review/directions/": direction.slug,
        "/mentors/": mentor_profile.slug,
        "/papers/": paper.slug,
        "/admin/content/": topic.slug,
        "/admin/rounds/": round_.slug,
    }
    files = {"/static/": "css/tokens.css", "/bootstrap/": "css/bootstrap.min.css"}
    db.session.commit()

    def values(rule: str) -> dict[str, object]:
        def starting(table: dict[str, str]) -> str:
            return next((text for start, text in table.items() if rule.startswith(start)), "")

        person = {"application": application.id if rule.startswith("/admin") else row.id}
        if rule.startswith("/admin/people/<int:user_id>/roles"):
            person["user_id"] = mentor.id
        return {**rows, "slug": starting(slugs), "filename": starting(files), **person}

    people = {
        "anonymous": None,
        "applicant": applicant,
        "other applicant": other,
        "mentor": mentor,
        "other mentor": other_mentor,
        "admin": admin,
    }
    return World({name: browser(user) for name, user in people.items()}, values)
