"""Setting a stream's tasks: who may, what cannot change once somebody has begun, and whom it is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.permissions import StreamRole, Viewer
from portal.domain.verdict import Refused
from portal.domain.work_tests import HandIn
from portal.extensions import db
from portal.models import AuditEvent, OutboxMessage, WorkTest
from portal.services import work_test_editing as editing
from portal.services import work_tests
from portal.services.versions import Stale
from portal.services.work_test_editing import Task
from portal.services.work_tests import Work
from tests.conftest import NOW
from tests.support.rows import again

DAY = timedelta(days=1)
TASK = Task("A replication", "Repeat the first figure.", hours=4)


@pytest.fixture
def stream(make):
    return make.stream(make.round())


@pytest.fixture
def lead(make, stream):
    return Viewer(make.member(stream).id, roles={stream.id: StreamRole.LEAD})


@pytest.fixture
def test_(lead, stream):
    return db.session.get(WorkTest, editing.add_task(lead, stream.id, TASK, now=NOW))


def edit(lead, test, now=NOW, **changed):
    task = replace(editing.task_of(test), **changed)
    return editing.edit_task(lead, test.id, task, seen=editing.mark_of(test), now=now)


def begin(make, stream, test, name="Iris Okafor"):
    user = make.user(name)
    make.submitted(user, stream.round, [stream])
    started = work_tests.start(user.id, stream.round_id, test.id, received_at=NOW)
    assert isinstance(started, work_tests.Started)
    return user


def letters():
    found = db.session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == "work_test_changed")
    )
    return list(found)


def test_leads_and_admins_set_tasks_and_readers_do_not(make, boss, stream):
    reader = Viewer(make.user().id, roles={stream.id: StreamRole.READER})
    other = Viewer(make.user().id, roles={stream.id + 1: StreamRole.LEAD})
    for viewer in (reader, other):
        assert isinstance(editing.add_task(viewer, stream.id, TASK, now=NOW), Refused)
    assert isinstance(editing.add_task(boss, stream.id, TASK, now=NOW), int)


def test_a_change_before_anybody_begins_raises_no_version_and_tells_nobody(lead, test_):
    assert edit(lead, test_, hand_in=HandIn.FILE, minutes=60, hours=None) is None
    assert again(test_).version == 1
    assert letters() == []


def test_a_change_after_somebody_began_raises_the_version_and_tells_them(make, lead, stream, test_):
    user = begin(make, stream, test_)
    begin(make, stream, test_, "Gone Away").active = False
    db.session.commit()

    assert edit(lead, test_, brief="Repeat the second figure.", due_at=NOW + 20 * DAY) is None

    assert again(test_).version == 2
    (letter,) = letters()
    assert letter.recipient == user.email
    assert "second figure" not in letter.text
    assert "Fri 11 Dec 2026, 12:00 UTC" in letter.text
    event = db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event.action == "work_test.changed"
    assert "second figure" not in str(event.after)


@pytest.mark.parametrize(
    "changed",
    [
        {"hand_in": HandIn.LINK},
        {"minutes": 60, "hours": None},
        {"due_at": NOW - timedelta(seconds=1)},
        {"due_at": NOW + 45 * DAY},
        {"title": " "},
    ],
    ids=["kind", "clock", "passed", "after the release", "no title"],
)
def test_refused_once_somebody_began(make, lead, stream, test_, changed):
    begin(make, stream, test_)
    assert isinstance(edit(lead, test_, **changed), Refused)
    assert again(test_).version == 1


def test_a_second_editor_gets_both(lead, test_):
    seen = editing.mark_of(test_)
    edit(lead, test_, title="Another title")
    stale = editing.edit_task(lead, test_.id, replace(TASK, hours=2), seen=seen, now=NOW)
    assert isinstance(stale, Stale)
    assert stale.current["title"] == "Another title"


def test_nobody_began_it_is_removed_else_it_is_retired_and_can_be_finished(
    make, lead, stream, test_
):
    user = begin(make, stream, test_)
    unused = editing.add_task(lead, stream.id, replace(TASK, title="Unused"), now=NOW)

    assert editing.retire_task(lead, unused, now=NOW) is None
    assert editing.retire_task(lead, test_.id, now=NOW) is None
    assert editing.retire_task(lead, test_.id, now=NOW) is None

    assert db.session.get(WorkTest, unused) is None
    assert again(test_).retired_at == NOW
    assert len(letters()) == 1
    result = work_tests.hand_in(
        user.id, stream.round_id, test_.id, Work("Done."), 0, received_at=NOW, recorded_at=NOW
    )
    assert isinstance(result, work_tests.HandedIn)
    newcomer = make.user()
    make.submitted(newcomer, stream.round, [stream])
    late = work_tests.start(newcomer.id, stream.round_id, test_.id, received_at=NOW)
    assert isinstance(late, Refused)


def test_nothing_changes_after_the_release(make, lead, stream, test_):
    stream.round.released_at = NOW - DAY
    db.session.commit()
    assert isinstance(edit(lead, test_, title="Too late"), Refused)
    assert isinstance(editing.retire_task(lead, test_.id, now=NOW), Refused)
