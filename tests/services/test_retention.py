"""What is due is forgotten at its instant and not before, and a dry run says exactly what a run does."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from portal.commands import privacy
from portal.config import TERMS as TERM_SETTINGS
from portal.config import Mode, Settings, SettingsError
from portal.domain.applications import ApplicationState
from portal.domain.retention import WORDS, Kind, Terms, days_in_words
from portal.extensions import db
from portal.models import (
    Application,
    AuditEvent,
    Decision,
    Invitation,
    OutboxMessage,
    SignIn,
    StoredFile,
    Submission,
    User,
)
from portal.queries.audit_chain import verify
from portal.services import audit, retention
from portal.services.work import writing
from tests.conftest import NOW
from tests.support.builders import Builder
from tests.support.files import give_files, keep_file
from tests.support.rows import again

TICK = timedelta(microseconds=1)
TERMS = Terms()


def planned(at: datetime, terms: Terms = TERMS) -> dict[Kind, tuple[int, ...]]:
    return {each.kind: each.ids for each in retention.plan(terms, at)}


def draft(make: Builder) -> int:
    round_ = make.round(archived_at=NOW)
    row = Application(
        round_id=round_.id, user_id=make.user().id, created_at=NOW, saved_at=NOW
    )  # fmt: skip
    return make.keep(row).id


def withdrawn(make: Builder) -> int:
    application = make.submitted(round_=make.round(archived_at=NOW))
    application.state, application.withdrawn_at = ApplicationState.WITHDRAWN, NOW
    db.session.commit()
    return application.id


def decided(make: Builder, outcome: str) -> int:
    round_ = make.round(archived_at=NOW)
    stream = make.stream(round_)
    application = make.submitted(streams=[stream])
    row = make.arrived(application, stream)
    make.keep(
        Decision(stream_application_id=row.id, outcome=outcome, decided_at=NOW, reason="Why.")
    )
    return application.id


def unconfirmed(make: Builder) -> int:
    user = make.user(confirmed_at=None)
    user.created_at = NOW
    db.session.commit()
    return user.id


def sign_in(make: Builder) -> int:
    user = make.user()
    row = SignIn(user_id=user.id, token_digest="d", created_at=NOW, seen_at=NOW, ended_at=NOW)
    return make.keep(row).id


def invitation(make: Builder) -> int:
    row = Invitation(
        email="a@example.org", email_key="a@example.org", is_admin=True, token_digest="d",
        created_at=NOW, expires_at=NOW,
    )  # fmt: skip
    return make.keep(row).id


def letter(make: Builder, user: User | None = None) -> int:
    row = OutboxMessage(
        message_id=f"<{make._number()}@x>", kind="news", recipient="a@example.org", subject="s",
        text="Dear A", created_at=NOW, next_try_at=NOW, sent_at=NOW, user_id=user.id if user else None,
    )  # fmt: skip
    return make.keep(row).id


def event(make: Builder) -> int:
    with writing() as session:
        audit.record(
            session, "round.extended", at=NOW, actor_id=None, subject=("x", 1), reason="Because."
        )
    return db.session.scalars(sa.select(AuditEvent.id).where(AuditEvent.at == NOW)).one()


MAKERS: dict[Kind, Callable[[Builder], int]] = {
    Kind.DRAFTS: draft,
    Kind.WITHDRAWN: withdrawn,
    Kind.DECLINED: lambda make: decided(make, "decline"),
    Kind.ACCEPTED: lambda make: decided(make, "accept"),
    Kind.UNCONFIRMED: unconfirmed,
    Kind.SIGN_INS: sign_in,
    Kind.INVITATIONS: invitation,
    Kind.LETTERS: letter,
    Kind.AUDIT_TEXTS: event,
}


def test_every_kind_has_a_term_words_and_a_test() -> None:
    assert set(MAKERS) == set(WORDS) == set(Kind)
    assert {kind: TERMS.days(kind) > 0 for kind in Kind}


@pytest.mark.parametrize("kind", Kind)
def test_a_thing_is_due_at_the_end_of_its_term_and_not_a_microsecond_before(
    make: Builder, kind: Kind
) -> None:
    key = MAKERS[kind](make)
    end = NOW + timedelta(days=TERMS.days(kind))
    assert key not in planned(end - TICK)[kind]
    assert key in planned(end)[kind]


@pytest.mark.parametrize("kind", Kind)
def test_a_dry_run_says_what_a_run_does_and_the_next_run_has_nothing_left(
    make: Builder, kind: Kind
) -> None:
    MAKERS[kind](make)
    at = NOW + timedelta(days=TERMS.days(kind))
    said = retention.plan(TERMS, at)
    assert retention.run(TERMS, at, rewrite=False) == said
    assert any(each.ids for each in said)
    assert all(not each.ids for each in retention.plan(TERMS, at) if each.kind is kind)


def test_nothing_of_a_round_that_is_not_archived_is_ever_due(make: Builder) -> None:
    """Not even its letters and its entries in the log, a century later."""
    round_ = make.round()
    stream = make.stream(round_)
    application = make.submitted(make.user(), round_, [stream])
    user = db.session.get_one(User, application.user_id)
    letter(make, user)
    with writing() as session:
        for subject in (("user", user.id), ("round", round_.id)):
            audit.record(
                session, "extension.granted", at=NOW, actor_id=user.id, subject=subject,
                round_id=round_.id, reason="Ill.",
            )  # fmt: skip
    century = NOW + timedelta(days=36_500)
    assert {kind: ids for kind, ids in planned(century).items() if ids} == {}


def test_what_is_forgotten_keeps_its_receipt_and_loses_its_texts_and_files(make: Builder) -> None:
    round_ = make.round(archived_at=NOW)
    stream = make.stream(round_)
    application = make.submitted(make.user(), round_, [stream])
    submission = db.session.get_one(Submission, application.current_submission_id)
    file = keep_file(db.session.get_one(User, application.user_id), round_, "cv.pdf", "A life", NOW)
    submission = db.session.get_one(Submission, application.current_submission_id)
    give_files(submission, cv=file)
    number, digest = submission.number, submission.digest
    other = make.submitted(make.user(), make.round())
    kept = db.session.get_one(Submission, other.current_submission_id).content

    retention.run(TERMS, NOW + timedelta(days=TERMS.declined), rewrite=False)

    submission = db.session.scalars(sa.select(Submission).where(Submission.number == number)).one()
    assert (submission.content, submission.salt, submission.digest) == ("", "", digest)
    assert again(application).forgotten_at == NOW + timedelta(days=TERMS.declined)
    assert db.session.scalars(sa.select(StoredFile)).all() == []
    assert db.session.get_one(Submission, other.current_submission_id).content == kept
    assert not verify(db.session(), []).problems


def test_the_command_prints_numbers_and_no_names(
    app: Flask, make: Builder, monkeypatch: pytest.MonkeyPatch, at: Callable[..., Any]
) -> None:
    key = unconfirmed(make)
    monkeypatch.setattr(retention, "scrub", lambda: True)
    monkeypatch.setattr("portal.services.erasure.scrub", lambda: True)
    with at(timedelta(days=TERMS.unconfirmed)):
        dry = CliRunner().invoke(privacy.retention, ["--dry-run"], obj=app)
        assert db.session.get_one(User, key).erased_at is None
        real = CliRunner().invoke(privacy.retention, [], obj=app)
    assert f"unconfirmed: {key}" in dry.stdout
    assert dry.stdout.splitlines()[:-1] == real.stdout.splitlines()[:-1]
    assert "Person" not in dry.stdout
    assert again(db.session.get_one(User, key)).erased_at is not None


def test_terms_are_settings_and_an_unknown_one_is_refused() -> None:
    found = Settings.from_environ({"PORTAL_MODE": "test", "PORTAL_KEEP_DRAFTS_DAYS": "7"})
    assert Terms.of(found.keep_days) == Terms(drafts=7)
    assert set(TERM_SETTINGS.values()) == {kind.value for kind in Kind}
    with pytest.raises(SettingsError, match="PORTAL_KEEP_DRAFTZ_DAYS"):
        Settings.from_environ({"PORTAL_MODE": "test", "PORTAL_KEEP_DRAFTZ_DAYS": "7"})
    with pytest.raises(SettingsError, match="PORTAL_KEEP_DRAFTS_DAYS"):
        Settings.from_environ({"PORTAL_MODE": Mode.TEST, "PORTAL_KEEP_DRAFTS_DAYS": "0"})


def test_terms_in_words() -> None:
    assert [days_in_words(days) for days in (1, 30, 365, 1095)] == [
        "1 day", "30 days", "1 year", "3 years",
    ]  # fmt: skip
