"""What the programme tells all applicants of a round."""

from dataclasses import replace

from portal.domain.permissions import Viewer
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import (
    Announcement,
)
from portal.services import announcements
from portal.services.announcements import Notice
from portal.services.versions import Stale
from tests.conftest import NOW
from tests.support.rows import actions, again


def test_announcement_is_published_changed_and_taken_down(make, boss, round_):
    notice = Notice("Office hours", "On *Friday*.", NOW)
    made = announcements.publish(boss, round_.id, notice, now=NOW)
    row = db.session.get_one(Announcement, made)
    seen = announcements.mark_of(row)
    changed = replace(notice, body="On *Monday*.")
    assert announcements.edit(boss, made, changed, seen=seen, now=NOW) is None
    assert isinstance(announcements.edit(boss, made, notice, seen=seen, now=NOW), Stale)
    assert again(row).body == "On *Monday*."
    assert announcements.remove(boss, made, now=NOW) is None
    assert again(row) is None
    assert actions() == [
        "announcement.published",
        "announcement.changed",
        "announcement.removed",
    ]


def test_nobody_but_an_admin_announces(make, round_):
    viewer = Viewer(make.user().id)
    notice = Notice("Free places", "For all.", NOW)
    assert isinstance(announcements.publish(viewer, round_.id, notice, now=NOW), Refused)
