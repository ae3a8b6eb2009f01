"""Answering everybody who asked for more time with one press."""

from datetime import timedelta

import sqlalchemy as sa

from portal.extensions import db
from portal.models import AuditEvent, Extension, OutboxMessage
from portal.services import late_drafts
from tests.conftest import NOW


def test_one_press_grants_all_requests_each_on_its_own(make, browser):
    round_ = make.round(closes_at=NOW - timedelta(hours=1))
    make.stream(round_)
    people = [make.user("Iris Okafor"), make.user("Wei Zhang")]
    for user in people:
        late_drafts.ask_for_extension(user.id, round_.id, None, "A storm.", received_at=NOW)
    address = f"/admin/rounds/{round_.slug}/extensions"
    desk = browser(make.admin())
    button = desk.page(address).find("form", action=f"{address}/grant-all").text
    assert "Grant all 2" in " ".join(button.split())

    for _ in range(2):
        assert desk.submit(f"{address}/grant-all", page=address).status_code == 302

    granted = db.session.scalars(sa.select(Extension)).all()
    assert {each.user_id for each in granted} == {user.id for user in people}
    assert {each.closes_at for each in granted} == {NOW + timedelta(days=1)}
    letters = sa.select(OutboxMessage.recipient).where(OutboxMessage.kind == "extension_granted")
    assert sorted(db.session.scalars(letters)) == sorted(user.email for user in people)
    events = sa.select(AuditEvent).where(AuditEvent.action == "extension.granted")
    assert len(db.session.scalars(events).all()) == 2
    assert "Nobody is waiting for an answer" in desk.page(address).text
