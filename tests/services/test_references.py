"""The one reminder, and what a copied round brings along."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.applications import ApplicationState
from portal.domain.permissions import Viewer
from portal.domain.preflight import Level, preflight
from portal.extensions import db
from portal.models import Extension, OutboxMessage, Round
from portal.queries.admin_rounds import round_facts
from portal.services import reference_desk, rounds
from portal.services.applications import Mail
from portal.services.rounds import RoundDetails
from portal.tasks import JOBS
from tests.support.rows import again

DAY = timedelta(days=1)
MAIL = Mail("Programme", "http://localhost", "help@example.org")


@pytest.fixture
def asked(make):
    """Due in ten days; asked yesterday."""
    round_ = make.round(max_referees=2, references_due_at=make.now + 10 * DAY)
    application = make.submitted(make.user("Iris Okafor"), round_, [make.stream(round_)])
    return make.referee(application, "token")


def reminders():
    return db.session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == "reference_reminder")
    ).all()


def remind(make, after):
    return reference_desk.send_due_reminders(MAIL, make.now + after)


def test_a_silent_referee_is_reminded_once_three_days_before(make, asked, client):
    assert remind(make, 7 * DAY - timedelta(seconds=1)) == 0
    assert [remind(make, 7 * DAY + n * timedelta(hours=1)) for n in range(3)] == [1, 0, 0]
    (letter,) = reminders()
    assert letter.recipient == asked.email
    assert "only reminder" in letter.text
    link = next(word for word in letter.text.split() if "/reference/" in word)
    assert link.startswith(MAIL.base_url)
    assert client.get(link.removeprefix(MAIL.base_url)).status_code == 200
    assert client.get("/reference/token").status_code == 200  # the first link works on
    assert again(asked).reminded_at == make.now + 7 * DAY


@pytest.mark.parametrize(
    "change", ["received", "declined", "withdrawn", "never asked", "application"]
)
def test_nobody_else_is_reminded(make, asked, change):
    match change:
        case "received":
            asked.received_at, asked.arrival = make.now, "on_time"
        case "declined":
            asked.declined_at = make.now
        case "withdrawn":
            asked.withdrawn_at = make.now
        case "never asked":
            asked.asked_at = None
        case "application":
            asked.application.state = ApplicationState.WITHDRAWN
    db.session.commit()
    assert remind(make, 8 * DAY) == 0


def test_past_the_due_instant_nobody_is_reminded(make, asked):
    assert remind(make, 10 * DAY) == 0


def test_an_extension_moves_the_reminder(make, asked):
    application = asked.application
    make.keep(
        Extension(
            round_id=application.round_id, user_id=application.user_id, reason="ill",
            closes_at=make.now + 20 * DAY, granted_at=make.now,
        )
    )  # fmt: skip
    assert remind(make, 8 * DAY) == 0
    assert remind(make, 18 * DAY) == 1


def test_after_the_release_nobody_is_reminded(make, asked):
    db.session.execute(sa.update(Round).values(released_at=make.now))
    db.session.commit()
    assert remind(make, 8 * DAY) == 0


def test_the_job_is_among_the_jobs():
    assert "reference_reminders" in {job.name for job in JOBS}


def test_a_copied_round_asks_as_the_last_one_did(make):
    source = make.round(
        max_referees=2, references_shown=True, references_due_at=make.now + 20 * DAY
    )
    boss = Viewer(make.admin().id, is_admin=True)
    opens = source.opens_at + 100 * DAY
    made = rounds.copy_round(
        boss, source.id, RoundDetails("Next"), opens_at=opens, members=False, now=make.now
    )
    copy = db.session.get_one(Round, made)
    assert (copy.max_referees, copy.references_shown) == (2, True)
    assert copy.references_due_at == source.references_due_at + 100 * DAY


@pytest.mark.parametrize(("due", "level"), [
    (None, Level.WARN), (timedelta(days=-1), Level.WARN), (timedelta(days=7), Level.OK),
    (timedelta(days=60), Level.RED),
])  # fmt: skip
def test_preflight_looks_at_the_due_instant(make, due, level):
    round_ = make.round(max_referees=1)
    round_.references_due_at = round_.closes_at + due if due is not None else None
    checks = preflight(round_facts(round_, mail_ready=True), make.now)
    assert [check.level for check in checks if "eferences" in check.found] == [level]


def test_preflight_is_silent_where_none_are_asked_for(make):
    checks = preflight(round_facts(make.round(), mail_ready=True), make.now)
    assert [check for check in checks if "eferences" in check.found] == []
