"""The world that the table speaks of."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from portal.adapters import signing
from portal.adapters.tokens import unsubscribe_token
from portal.domain.mail import Optional
from portal.domain.permissions import StreamRole
from portal.extensions import db
from portal.models import (
    Announcement,
    Application,
    AuditEvent,
    Direction,
    Enquiry,
    FactorReset,
    Invitation,
    KeyDate,
    LateDraft,
    Mentor,
    OutboxMessage,
    Round,
    SignIn,
    Stream,
    User,
)
from portal.services.signing_keys import kept_key
from tests.access.others import others
from tests.access.table import PASSWORD_ALONE
from tests.conftest import NOW
from tests.support.applicant import write
from tests.support.builders import Builder
from tests.support.files import give_files, keep_file
from tests.support.house import HouseClient
from tests.support.tampering import tip

FIXED: dict[str, object] = {
    "kind": "topics",
    "section": "about",
    "field": "cv",
    "conflict": 0,
    "part": 0,
    "token": "x" * 32,
}
FILES = {"/static/": "css/tokens.css", "/bootstrap/": "css/bootstrap.min.css"}


@dataclass
class World:
    """Everybody's browsers, and the value of each placeholder in a path."""

    browsers: dict[str, HouseClient]
    values: Callable[[str], dict[str, object]]
    round: Round
    application: Application

    def address(self, rule: str) -> str:
        """The rule with the objects of this world in it."""
        address = rule
        for name, value in self.values(rule).items():
            for form in (f"<{name}>", f"<int:{name}>", f"<path:{name}>"):
                address = address.replace(form, str(value))
        assert "<" not in address, f"{rule}: no value for what is left in {address}"
        return address


@pytest.fixture
def world(make: Builder, browser: Callable[..., HouseClient]) -> World:
    return build(make, browser)


def build(make: Builder, browser: Callable[..., HouseClient], mark: str = "") -> World:
    """`mark` tells what has to be unique in a second world from the same in the first."""
    token = f"{FIXED['token']}{mark}"
    round_, mentor_profile, direction, stream = offered(make)
    mentor = make.member(stream, StreamRole.LEAD, "Mara Mentor")
    task = make.work_test(stream, required=False)
    other_stream = make.stream(round_, "Otto's stream")
    mentor_profile.user_id = mentor.id
    people = cast(make, mentor, other_stream)
    applicant = people["applicant"]
    people |= others(make, stream, applicant)
    for each in (applicant, people["other applicant"]):
        write(each, round_, stream)
    application = make.submitted(applicant, round_, [stream])
    db.session.refresh(application)
    late_draft(make, round_, applicant)
    row = application.stream_applications[0]
    rows = {
        **FIXED,
        "token": token,
        "test_id": task.id,
        **round_rows(round_, stream),
        **desk_rows(make, round_, applicant, mark),
        **account_rows(make, applicant, mark),
        **submission_rows(make, application, token),
    }
    slugs = addresses(make, direction, mentor_profile, round_)
    db.session.commit()

    def values(rule: str) -> dict[str, object]:
        return {
            **rows,
            "slug": starting(slugs, rule),
            "filename": starting(FILES, rule),
            "token": token_of(rule, applicant, token),
            **own_meaning(rule, application.id, row.id, mentor.id),
        }

    return World(signed_in(browser, people), values, round_, application)


def offered(make: Builder) -> tuple[Round, Mentor, Direction, Stream]:
    """An open round with one stream: a mentor who offers a direction and asks a question."""
    round_ = make.round("Summer 2027", max_referees=2)
    mentor = make.mentor("Mara Mentor")
    direction = make.direction("Model diffing", mentors=[mentor])
    stream = make.stream(round_, "Mara's stream", [direction], [mentor], ["What first?"])
    return round_, mentor, direction, stream


def signed_in(
    browser: Callable[..., HouseClient], people: dict[str, User | None]
) -> dict[str, HouseClient]:
    """A browser for each; all but one have shown a second factor."""
    return {
        name: browser(user, second_factor=name != PASSWORD_ALONE) for name, user in people.items()
    }


def submission_rows(make: Builder, application: Application, token: str) -> dict[str, object]:
    """What a submission brings: its receipt and the key that signed it, a file in it, somebody who writes about it."""
    submission = application.current_submission
    assert submission is not None
    cv = keep_file(application.user, application.round, "cv.pdf", "CV", NOW)
    give_files(submission, cv=cv)
    kept_key(db.session, signing.signer(), NOW)
    return {
        "number": submission.number,
        "ref": cv.ref,
        "fingerprint": signing.signer().fingerprint,
        "referee": make.referee(application, token).id,
    }


def own_meaning(
    rule: str, application_id: int, stream_application_id: int, mentor_id: int
) -> dict[str, object]:
    """What one part of an address means under some rules only."""
    found: dict[str, object] = {
        "application": application_id if rule.startswith("/admin") else stream_application_id
    }
    if rule.startswith("/admin/people/<int:user_id>/roles"):
        found["user_id"] = mentor_id
    if rule.endswith("/files/<field>"):
        found["section"] = "background"
    return found


def cast(make: Builder, mentor: User, other_stream: Stream) -> dict[str, User | None]:
    """The seven, by the names that the table gives them."""
    return {
        "anonymous": None,
        "applicant": make.user("Ana Applicant"),
        "other applicant": make.user("Olu Other"),
        "mentor": mentor,
        "other mentor": make.member(other_stream, StreamRole.LEAD, "Otto Other"),
        "admin": make.admin(),
        PASSWORD_ALONE: make.admin("Pia Password"),
    }


def addresses(make: Builder, direction: Direction, mentor: Mentor, round_: Round) -> dict[str, str]:
    """What <slug> is: by the start of the rule it stands in."""
    return {
        "/directions/": direction.slug,
        "/review/directions/": direction.slug,
        "/mentors/": mentor.slug,
        "/papers/": make.paper().slug,
        "/admin/content/": make.topic().slug,
        "/admin/rounds/": round_.slug,
    }


def token_of(rule: str, applicant: User, token: str) -> str:
    """The token in a link: one that is signed where the rule wants one, else one that nobody ever made."""
    if rule.startswith("/unsubscribe/"):
        return unsubscribe_token(applicant.id, Optional.REMINDERS)
    return token


def starting(table: dict[str, str], rule: str) -> str:
    """What the table holds for rules that start as this one does."""
    return next((text for start, text in table.items() if rule.startswith(start)), "")


def late_draft(make: Builder, round_: Round, user: User) -> None:
    make.keep(
        LateDraft(
            round_id=round_.id,
            user_id=user.id,
            action="about",
            content={"city": "Nowhere"},
            received_at=NOW,
            closed_at=NOW,
            extension_asked_at=NOW,
            extension_reason="The power failed.",
        )
    )


def round_rows(round_: Round, stream: Stream) -> dict[str, object]:
    """A round and its parts: by the placeholder that names each, its id or address."""
    return {
        "round": round_.slug,
        "stream": stream.slug,
        "stream_id": stream.id,
        "criterion_id": round_.criteria[0].id,
        "question_id": stream.questions[0].id,
        "member_id": stream.members[0].id,
    }


def desk_rows(make: Builder, round_: Round, applicant: User, mark: str) -> dict[str, object]:
    """What the admins' desk holds: by the placeholder that names it, its id."""
    news = Announcement(round_id=round_.id, title="News", body="Text", published_at=NOW)
    asked = Enquiry(round_id=round_.id, user_id=applicant.id, text="May I?", asked_at=NOW)
    letter = OutboxMessage(
        message_id=f"<1{mark}@portal>",
        kind="receipt",
        recipient=applicant.email,
        user_id=applicant.id,
        subject="Received",
        text="Thank you.",
        created_at=NOW,
        next_try_at=NOW,
        failed_at=NOW,
    )
    return {
        "announcement_id": make.keep(news).id,
        "enquiry_id": make.keep(asked).id,
        "key_date_id": make.keep(KeyDate(round_id=round_.id, at=NOW, label="Talks")).id,
        "message_id": make.keep(letter).id,
        "position": logged(make, applicant),
    }


def logged(make: Builder, applicant: User) -> int:
    """The position of an event of the audit log."""
    make.keep(
        AuditEvent(at=NOW, action="account.signed_in", actor_id=applicant.id, subject_type="user")
    )
    return tip()


def account_rows(make: Builder, applicant: User, mark: str) -> dict[str, object]:
    """What belongs to accounts: by the placeholder that names it, its id."""
    invitation = Invitation(
        email=f"new{mark}@example.org",
        email_key=f"new{mark}@example.org",
        is_admin=True,
        token_digest="0" * (64 - len(mark)) + mark,
        created_at=NOW,
        expires_at=NOW.replace(year=2027),
    )
    asker = make.admin("Aske Admin")
    asked = FactorReset(user_id=applicant.id, asked_by_id=asker.id, asked_at=NOW, reason="Lost.")
    sign_in = SignIn(
        user_id=applicant.id,
        token_digest="1" * (64 - len(mark)) + mark,
        created_at=NOW,
        seen_at=NOW,
    )
    return {
        "user_id": applicant.id,
        "passkey_id": make.passkey(applicant).id,
        "reset_id": make.keep(asked).id,
        "invitation_id": make.keep(invitation).id,
        "sign_in_id": make.keep(sign_in).id,
    }
