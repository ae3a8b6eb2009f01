"""Conflicts of interest: they act at once, leave no gap in totals and places, and are lifted on record."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.conflicts import Why
from portal.domain.permissions import StreamRole, Viewer
from portal.domain.review import Outcome
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import Conflict, StreamMember
from portal.queries import conflict_desk, decisions
from portal.queries.decisions import RankingFilter
from portal.queries.viewers import viewer_of
from portal.services import conflicts
from portal.services.conflicts import Named
from portal.services.decisions import Choice, Decided, decide, decide_in_place
from portal.services.digests import send_due_digests
from portal.services.versions import Stale
from tests.conftest import NOW
from tests.support.rows import again, events


class Scene:
    """One stream with two leads, whose names are not told to applicants, and one applicant."""

    def __init__(self, make):
        self.make = make
        self.round = make.round()
        self.profile = make.mentor("Mara Mentor")
        self.stream = make.stream(self.round, mentors=[self.profile])
        self.lead = make.member(self.stream, StreamRole.LEAD, "Mara Mentor")
        self.co = make.member(self.stream, StreamRole.CO, "Cora Co")
        self.applicant = make.user("Ana Applicant")
        self.application = make.submitted(self.applicant, self.round, [self.stream])
        self.row = make.arrived(self.application, self.stream)
        self.admin = viewer_of(make.admin(), NOW)

    def viewer(self, user):
        return viewer_of(user, NOW)

    def declare(self, user, row=None):
        key = (row or self.row).id
        return conflicts.declare(self.viewer(user), key, "I supervised her.", now=NOW)

    def names(self, mentors=(), names=(), reason="", person=None, at=NOW):
        rows = conflict_desk.own_rows(self.application)
        seen = conflicts.mark_of(self.application, rows)
        named = Named(list(mentors), tuple(names), reason, person, seen)
        return conflicts.name_people(self.applicant.id, self.round.id, named, received_at=at)


@pytest.fixture
def scene(make):
    return Scene(make)


def one():
    return db.session.scalars(sa.select(Conflict)).one()


def test_a_review_that_was_in_is_kept_and_counts_no_more(scene):
    scene.make.reviewed(scene.row, scene.lead, fit=5, skill=5)
    scene.make.reviewed(scene.row, scene.co, fit=1, skill=1)
    assert (again(scene.row).reads, again(scene.row).score_mean) == (2, 3.0)
    assert scene.declare(scene.lead) is True
    row = again(scene.row)
    assert (row.reads, row.score_mean, len(row.reviews)) == (1, 1.0, 2)
    assert decisions.totals_of({row.id})[row.id].means == (1.0,)
    assert conflicts.lift(scene.admin, scene.application.id, one().id, "Not so.", now=NOW) is None
    assert again(scene.row).reads == 2


def test_declaring_twice_is_as_if_it_were_not_there(scene):
    assert scene.declare(scene.lead) is True
    assert scene.declare(scene.lead) is False
    assert [event.after["said_by"] for event in events("conflict.declared")] == ["reader"]
    assert "supervised" not in str([event.after for event in events("conflict.declared")])


def test_a_reason_is_asked_for_and_nothing_is_declared_after_the_release(scene):
    assert isinstance(
        conflicts.declare(scene.viewer(scene.lead), scene.row.id, " ", now=NOW), Refused
    )
    scene.round.released_at = NOW
    db.session.commit()
    assert isinstance(scene.declare(scene.lead), Refused)


def test_another_round_is_not_touched_and_only_suggested_there(scene):
    scene.declare(scene.lead)
    later = scene.make.round("Another")
    stream = scene.make.stream(later)
    scene.make.keep(
        StreamMember(stream_id=stream.id, user_id=scene.lead.id, role=StreamRole.LEAD, added_at=NOW)
    )
    anew = scene.make.submitted(scene.applicant, later, [stream])
    desk = conflict_desk.desk(scene.admin, anew.id)
    assert [(each.name, each.why) for each in desk.suggested] == [("Mara Mentor", Why.EARLIER)]
    assert desk.declared == []
    assert conflicts.declare(
        scene.viewer(scene.lead), scene.make.arrived(anew, stream).id, "x", now=NOW
    )


def test_an_applicant_names_a_profile_that_has_no_account_yet(scene):
    scene.make.reviewed(scene.row, scene.lead, fit=5, skill=5)
    assert scene.names([scene.profile.id]) is None
    assert again(scene.row).reads == 1
    scene.profile = again(scene.profile)
    scene.profile.user_id = scene.lead.id
    db.session.flush()
    conflicts.recount_profile(db.session(), scene.profile.id)
    db.session.commit()
    assert again(scene.row).reads == 0
    assert scene.declare(scene.lead) is False  # not there for them


def test_names_in_words_keep_nobody_away_and_are_seen_by_admins(scene):
    assert scene.names(names=["Cora  Co", "", "Cora Co"]) is None
    (found,) = conflict_desk.desk(scene.admin, scene.application.id).declared
    assert (found.who, found.keeps_away) == ("Cora Co", False)
    assert scene.declare(scene.co) is True


def test_an_applicant_changes_it_until_the_deadline_and_never_over_another_save(scene):
    scene.names([scene.profile.id], reason="A relative")
    assert one().reason == "A relative"
    stale = Named([], (), "", None, seen="long ago")
    answer = conflicts.name_people(scene.applicant.id, scene.round.id, stale, received_at=NOW)
    assert isinstance(answer, Stale)
    assert scene.names([]) is None
    assert db.session.scalars(sa.select(Conflict)).all() == []
    after = scene.round.closes_at + timedelta(hours=1)
    assert isinstance(scene.names([scene.profile.id], at=after), Refused)


def test_what_an_admin_lifted_stays_lifted(scene):
    scene.names([scene.profile.id])
    conflicts.lift(scene.admin, scene.application.id, one().id, "Only a shared surname.", now=NOW)
    assert scene.names([scene.profile.id]) is None
    assert one().lifted_reason == "Only a shared surname."
    assert events("conflict.lifted")[0].reason == "Only a shared surname."


def test_only_mentors_of_the_chosen_streams_can_be_named(scene):
    stranger = scene.make.mentor("Somebody Else")
    assert scene.names([stranger.id]) is None
    assert db.session.scalars(sa.select(Conflict)).all() == []


def test_suggestions_declare_nothing(scene):
    scene.make.referee(scene.application, email=scene.co.email)
    scene.lead.email, scene.applicant.email = "m@cs.uni.example", "ana@uni.example"
    db.session.commit()
    desk = conflict_desk.desk(scene.admin, scene.application.id)
    assert {(each.name, each.why) for each in desk.suggested} == {
        ("Cora Co", Why.REFEREE),
        ("Mara Mentor", Why.DOMAIN),
    }
    assert db.session.scalars(sa.select(Conflict)).all() == []
    assert scene.declare(scene.lead) is True


def test_shared_papers_are_suggested_to_those_who_said_who_they_are(scene):
    wrote, mara = scene.make.person("Ana Applicant"), scene.make.person("Mara Mentor")
    scene.make.paper(authors=[wrote, mara])
    profile = again(scene.profile)
    profile.person_id, profile.user_id = mara.id, scene.lead.id
    db.session.commit()
    assert conflict_desk.desk(scene.admin, scene.application.id).suggested == []
    scene.names(person=wrote.id)
    (found,) = conflict_desk.desk(scene.admin, scene.application.id).suggested
    assert (found.name, found.why) == ("Mara Mentor", Why.PAPER)


def _ranked(scene, count):
    rows = [scene.row]
    for number in range(count - 1):
        made = scene.make.submitted(scene.make.user(f"Other {number}"), scene.round, [scene.stream])
        rows.append(scene.make.arrived(made, scene.stream))
    choices = [Choice(row.id, 0, Outcome.ACCEPT, rank) for rank, row in enumerate(rows, 1)]
    assert decide(scene.viewer(scene.co), scene.stream.id, choices, now=NOW) == Decided(count)
    return rows


def places(scene, user):
    viewer = scene.viewer(user)
    board = decisions.board(viewer, scene.stream.id, NOW)
    rows, total = decisions.ranking(viewer, board, RankingFilter(), 1)
    return [(row.id, row.rank) for row in rows], total, board.counts


def test_a_ranking_shows_no_gap_where_somebody_is_missing(scene):
    rows = _ranked(scene, 4)
    scene.declare(scene.lead, rows[1])
    shown, total, counts = places(scene, scene.lead)
    assert shown == [(rows[0].id, 1), (rows[2].id, 2), (rows[3].id, 3)]
    assert (total, counts) == (3, {Outcome.ACCEPT: 3})
    assert len(places(scene, scene.co)[0]) == 4


@pytest.mark.parametrize(("moved", "to"), [(3, 1), (0, 3), (3, 2), (0, 2), (2, 1)])
def test_who_is_moved_gets_the_place_that_the_mover_sees(scene, moved, to):
    rows = _ranked(scene, 4)
    scene.declare(scene.lead, rows[1])
    seen = rows[moved].decision.version
    viewer = scene.viewer(scene.lead)
    choice = Choice(rows[moved].id, seen, Outcome.ACCEPT, to)
    assert decide(viewer, scene.stream.id, [choice], now=NOW) == Decided(1)
    assert dict(places(scene, scene.lead)[0])[rows[moved].id] == to
    assert sorted(rank for _, rank in places(scene, scene.co)[0]) == [1, 2, 3, 4]


def test_admins_decide_only_where_nobody_else_may(scene):
    choice = Choice(scene.row.id, 0, Outcome.WAITLIST, reason="Close.")
    key = scene.application.id
    assert isinstance(decide_in_place(scene.admin, key, choice, now=NOW), Refused)
    scene.declare(scene.lead)
    assert isinstance(decide_in_place(scene.admin, key, choice, now=NOW), Refused)
    assert conflict_desk.stuck(scene.admin, scene.round.id) == []
    scene.declare(scene.co)
    (stuck,) = conflict_desk.stuck(scene.admin, scene.round.id)
    assert (stuck.application_id, stuck.decided) == (key, False)
    assert decide_in_place(scene.admin, key, choice, now=NOW) == Decided(1)
    assert again(scene.row).decision.outcome is Outcome.WAITLIST
    assert "in conflict" in events("decision.made")[0].reason
    lead = scene.viewer(scene.lead)
    with pytest.raises(LookupError):
        decide(lead, scene.stream.id, [Choice(scene.row.id, 1, Outcome.DECLINE)], now=NOW)


def test_nobody_settles_a_conflict_of_their_own(scene):
    boss = scene.make.admin("Bo Boss")
    scene.make.keep(
        StreamMember(
            stream_id=scene.stream.id, user_id=boss.id, role=StreamRole.READER, added_at=NOW
        )
    )
    scene.declare(boss)
    viewer = Viewer(boss.id, is_admin=True)
    assert isinstance(conflicts.lift(viewer, scene.application.id, one().id, "x", now=NOW), Refused)


def test_readers_and_applicants_lift_nothing(scene):
    scene.declare(scene.lead)
    key, lead = scene.application.id, scene.viewer(scene.lead)
    assert isinstance(conflicts.lift(lead, key, one().id, "x", now=NOW), Refused)
    assert isinstance(conflicts.add(lead, key, scene.co.id, "x", now=NOW), Refused)
    assert conflicts.add(scene.admin, key, scene.applicant.id, "x", now=NOW) is not None
    assert conflicts.add(scene.admin, key, scene.co.id, "Works with her.", now=NOW) is None
    assert scene.declare(scene.co) is False


def test_the_daily_message_does_not_count_it(scene):
    for user in (scene.lead, scene.co):
        db.session.execute(
            sa.update(StreamMember)
            .where(StreamMember.user_id == user.id)
            .values(added_at=NOW - timedelta(days=3))
        )
    db.session.commit()
    scene.declare(scene.lead)
    assert send_due_digests(NOW) == 1
