"""What makes the portal unready, by name."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.config import Mode
from portal.extensions import db
from portal.models import OutboxMessage


@pytest.fixture
def production(app):
    """The readiness checks of production, in which mail is meant to leave."""
    before = app.extensions["settings"]
    app.extensions["settings"] = replace(before, mode=Mode.PRODUCTION)
    yield
    app.extensions["settings"] = before


def checks(client, status):
    answer = client.get("/readyz")
    assert answer.status_code == status, answer.json
    return answer.json["checks"]


def test_ready_portal_passes_every_check(client):
    assert set(checks(client, 200)) == {"database", "migrations", "data_folder", "disk", "mail"}
    assert all(checks(client, 200).values())


def test_pending_migration_is_not_ready(client, database):
    db.session.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    assert checks(client, 503)["migrations"] is False


def test_data_folder_that_takes_no_files_is_not_ready(app, client, tmp_path):
    before = app.extensions["settings"]
    app.extensions["settings"] = replace(before, data_dir=tmp_path / "gone")
    try:
        assert checks(client, 503)["data_folder"] is False
    finally:
        app.extensions["settings"] = before


def test_mail_that_waits_for_an_hour_is_not_ready(client, make, production, at):
    make.keep(
        OutboxMessage(
            message_id="<1@portal>", kind="note", recipient="a@example.org", subject="s", text="t",
            created_at=make.now, next_try_at=make.now,
        )
    )  # fmt: skip
    with at(timedelta(minutes=59)):
        assert checks(client, 200)["mail"] is True
    with at(timedelta(hours=1)):
        assert checks(client, 503)["mail"] is False
