"""One person's later deadline: granted, refused, asked for and declined."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import (
    Extension,
    LateDraft,
    OutboxMessage,
)
from portal.queries import late_requests
from portal.services import extensions
from tests.conftest import NOW
from tests.support.rows import again, events

DAY = timedelta(days=1)


def test_extension_for_somebody_who_never_started_is_kept_and_mailed(make, boss):
    round_, user = make.round(closes_at=NOW - DAY), make.user("Late Comer")
    made = extensions.grant_extension(
        boss, round_.id, user.id, None, NOW + DAY, reason="Illness.", now=NOW
    )
    row = db.session.get_one(Extension, made)
    assert (row.user_id, row.stream_id, row.closes_at) == (user.id, None, NOW + DAY)
    mail = db.session.scalars(sa.select(OutboxMessage)).one()
    assert mail.recipient == user.email
    assert "Illness" not in mail.text
    assert events("extension.granted")[0].subject_id == user.id


def test_extension_granted_twice_is_refused_the_second_time(make, boss):
    round_, user = make.round(), make.user()
    until = NOW + 20 * DAY
    first = extensions.grant_extension(
        boss, round_.id, user.id, None, until, reason="Why.", now=NOW
    )
    second = extensions.grant_extension(
        boss, round_.id, user.id, None, until, reason="Why.", now=NOW
    )
    assert isinstance(first, int)
    assert isinstance(second, Refused)


@pytest.mark.parametrize("closes_at", [NOW - DAY, NOW, NOW + 14 * DAY])
def test_extension_that_gives_no_time_is_refused(make, boss, closes_at):
    round_ = make.round()
    answer = extensions.grant_extension(
        boss, round_.id, make.user().id, None, closes_at, reason="Why.", now=NOW
    )
    assert isinstance(answer, Refused)


def test_extension_for_a_stream_of_another_round_is_refused(make, boss):
    round_, other = make.round(), make.stream(make.round())
    answer = extensions.grant_extension(
        boss, round_.id, make.user().id, other.id, NOW + 30 * DAY, reason="Why.", now=NOW
    )
    assert isinstance(answer, Refused)


def late(make, round_, user):
    return make.keep(
        LateDraft(
            round_id=round_.id,
            user_id=user.id,
            action="submit",
            content={"text": "kept"},
            received_at=NOW + timedelta(seconds=121),
            closed_at=NOW,
            extension_asked_at=NOW + DAY,
            extension_reason="The train stopped.",
        )
    )


def test_request_is_listed_until_it_is_granted(make, boss):
    round_, user = make.round(closes_at=NOW), make.user()
    late(make, round_, user)
    (request,) = late_requests.requests(round_.id, late_requests.streams_of(round_.id))
    assert (request.user_id, request.parts[0].sent[0].late) == (user.id, "2 min 1 s late")
    extensions.grant_extension(
        boss, round_.id, user.id, None, NOW + 3 * DAY, reason="Yes.", now=NOW + 2 * DAY
    )
    assert late_requests.requests(round_.id, late_requests.streams_of(round_.id)) == []


def test_declined_request_leaves_the_list_and_keeps_the_text(make, boss):
    round_, user = make.round(closes_at=NOW), make.user()
    draft = late(make, round_, user)
    answer = extensions.decline_extension(
        boss, round_.id, user.id, reason="Too late.", now=NOW + 2 * DAY
    )
    assert answer is None
    assert late_requests.requests(round_.id, late_requests.streams_of(round_.id)) == []
    assert again(draft).content == {"text": "kept"}
    assert again(draft).settled_at is None
    mail = db.session.scalars(sa.select(OutboxMessage)).one()
    assert "Too late." in mail.text
    twice = extensions.decline_extension(boss, round_.id, user.id, reason="No.", now=NOW)
    assert isinstance(twice, Refused)
