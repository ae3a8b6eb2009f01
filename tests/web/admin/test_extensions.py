"""Answering those who asked for more time: one by one, stream by stream, and all with one press."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from portal.extensions import db
from portal.models import AuditEvent, Extension, OutboxMessage
from portal.services import late_drafts
from tests.conftest import NOW
from tests.support.applicant import answer, write


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


def asked_of_two_streams(make, user=None):
    """Somebody who missed two streams with deadlines of their own, while the round is open."""
    round_ = make.round(closes_at=NOW + timedelta(days=3))
    streams = [
        make.stream(round_, name, questions=["Why?"], closes_at=NOW - timedelta(seconds=160))
        for name in ("Mira", "Noor")
    ]
    make.stream(round_, "Open")
    user = user or make.user("Iris Okafor")
    write(user, round_, *streams, received_at=NOW - timedelta(hours=5))
    for stream in streams:
        late = answer(user, round_, stream, f"Too late for {stream.name}.", received_at=NOW)
        late_drafts.ask_for_extension(
            user.id, round_.id, late.draft_id, "The train stood.", received_at=NOW
        )
    return round_, streams, user


def test_a_request_shows_what_it_is_decided_by(make, browser):
    round_, _, user = asked_of_two_streams(make)

    request = browser(make.admin()).page(f"/admin/rounds/{round_.slug}/extensions")
    text = " ".join(request.find("section", class_="inset").text.split())

    assert text.count("2 min 40 s late") == 2
    assert "Questions of Mira" in text
    assert "Questions of Noor" in text
    assert text.count("The train stood.") == 1
    assert "never submitted" in text
    assert text.count("Last save before the close") == 2
    assert user.email in text


def test_one_stream_of_two_is_granted_until_the_instant_that_was_typed(make, browser):
    round_, (mira, noor), user = asked_of_two_streams(make)
    address = f"/admin/rounds/{round_.slug}/extensions"
    desk = browser(make.admin())
    typed = {
        "stream": mira.id,
        "closes_at-day": "2027-01-31",
        "closes_at-clock": "10:30",
        "closes_at-zone": "UTC",
    }

    desk.submit(f"{address}/{user.id}/grant", typed, page=address)

    granted = db.session.scalars(sa.select(Extension)).one()
    assert granted.stream_id == mira.id
    assert granted.closes_at == datetime(2027, 1, 31, 10, 30, tzinfo=UTC)
    left = desk.page(address).find("section", class_="inset")
    assert [h.text for h in left.find_all("h4")] == ["Noor"]

    desk.submit(f"{address}/{user.id}/grant", {"stream": noor.id}, page=address)
    assert "Nobody is waiting" in desk.page(address).text


def test_an_instant_that_makes_no_sense_grants_nothing(make, browser):
    round_, (mira, _), user = asked_of_two_streams(make)
    address = f"/admin/rounds/{round_.slug}/extensions"
    typed = {"stream": mira.id, "closes_at-day": "", "closes_at-clock": "", "closes_at-zone": "UTC"}

    answer = browser(make.admin()).submit(f"{address}/{user.id}/grant", typed, page=address)

    assert answer.status_code == 409
    assert db.session.scalars(sa.select(Extension)).all() == []


def test_grant_all_grants_each_stream_and_names_who_is_refused(make, browser):
    round_, streams, user = asked_of_two_streams(make)
    gone = make.user("Bo Lin")
    write(gone, round_, *streams, received_at=NOW - timedelta(hours=5))
    late = answer(gone, round_, streams[0], "Late.", received_at=NOW)
    late_drafts.ask_for_extension(gone.id, round_.id, late.draft_id, "Ill.", received_at=NOW)
    gone.active = False
    db.session.commit()
    address = f"/admin/rounds/{round_.slug}/extensions"
    desk = browser(make.admin())

    desk.submit(f"{address}/grant-all", page=address)

    granted = db.session.execute(sa.select(Extension.user_id, Extension.stream_id)).all()
    assert sorted(map(tuple, granted)) == sorted((user.id, stream.id) for stream in streams)
    text = desk.page(address).text
    assert "1 person has more time" in text
    assert "Not granted. Bo Lin: This account is closed." in text
