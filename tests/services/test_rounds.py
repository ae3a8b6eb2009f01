"""Rounds: making and copying them, their details and criteria."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.permissions import StreamRole
from portal.domain.questions import Kind
from portal.domain.rounds import Phase, phase
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import (
    Question,
    Round,
    Score,
)
from portal.services import round_parts, rounds
from portal.services.rounds import RoundDetails
from portal.services.versions import Stale
from tests.conftest import NOW
from tests.support.rows import again, events

DAY = timedelta(days=1)
US = timedelta(microseconds=1)


def test_new_round_is_a_draft_with_an_address_of_its_name(boss):
    made = rounds.create_round(boss, RoundDetails("Winter 2027/28"), now=NOW)
    round_ = db.session.get_one(Round, made)
    assert round_.slug == "winter-2027-28"
    assert phase(round_, NOW) is Phase.DRAFT
    assert events("round.created")[0].actor_id == boss.user_id


@pytest.mark.parametrize("name", ["Summer 2027", "summer 2027"])
def test_second_round_of_a_name_is_refused(boss, draft, name):
    answer = rounds.create_round(boss, RoundDetails(name), now=NOW)
    assert isinstance(answer, Refused)
    assert "Choose another name" in answer.next


def test_copy_brings_what_lasts_and_shifts_every_date(make, boss):
    source = make.round("Summer 2027")
    stream = make.stream(
        source,
        "Mira",
        mentors=[make.mentor()],
        questions=["One?", "Two?"],
        closes_at=source.closes_at + DAY,
    )
    stream.questions[1].retired_at = NOW
    stream.questions[0].kind, stream.questions[0].options = Kind.CHOICE, ["This", "That"]
    make.work_test(stream, "Replicate", due_at=source.closes_at + 2 * DAY)
    make.work_test(stream, "Old", retired_at=NOW)
    source.max_referees, source.references_due_at = 2, source.closes_at + 3 * DAY
    make.keep(stream)
    reader = make.member(stream, StreamRole.READER)
    round_parts.save_key_date(
        boss, source.id, key_date_id=None, at=NOW + 60 * DAY, label="Start", note="", now=NOW
    )
    opens_at = source.opens_at + 180 * DAY
    made = rounds.copy_round(
        boss, source.id, RoundDetails("Winter 2027"), opens_at=opens_at, members=True, now=NOW
    )
    copy = db.session.get_one(Round, made)
    assert (copy.opens_at, copy.closes_at) == (opens_at, source.closes_at + 180 * DAY)
    assert copy.published_at is None
    assert [c.label for c in copy.criteria] == [c.label for c in source.criteria]
    assert [(k.label, k.at) for k in copy.key_dates] == [("Start", NOW + 240 * DAY)]
    (twin,) = copy.streams
    assert twin.closes_at == stream.closes_at + 180 * DAY
    assert [(q.prompt, q.options) for q in twin.questions] == [("One?", ["This", "That"])]
    assert [(t.title, t.due_at) for t in twin.work_tests] == [
        ("Replicate", source.closes_at + 182 * DAY)
    ]
    assert (copy.max_referees, copy.references_due_at) == (2, source.closes_at + 183 * DAY)
    assert [o.direction_id for o in twin.offerings] == [o.direction_id for o in stream.offerings]
    assert [link.mentor_id for link in twin.mentor_links] == [
        link.mentor_id for link in stream.mentor_links
    ]
    assert [(m.user_id, m.role) for m in twin.members] == [(reader.id, StreamRole.READER)]


def test_copy_without_an_opening_has_no_dates_and_without_members_no_rights(make, boss):
    source = make.round()
    stream = make.stream(source, closes_at=NOW + 20 * DAY)
    make.member(stream)
    made = rounds.copy_round(
        boss, source.id, RoundDetails("Copy"), opens_at=None, members=False, now=NOW
    )
    copy = db.session.get_one(Round, made)
    assert (copy.opens_at, copy.closes_at, copy.release_at) == (None, None, None)
    assert copy.streams[0].closes_at is None
    assert copy.streams[0].members == []


def test_questions_of_the_source_are_not_shared_with_the_copy(make, boss):
    source = make.round()
    make.stream(source, questions=["One?"])
    made = rounds.copy_round(
        boss, source.id, RoundDetails("Copy"), opens_at=None, members=True, now=NOW
    )
    prompts = db.session.scalars(sa.select(Question).where(Question.prompt == "One?")).all()
    assert len({question.stream_id for question in prompts}) == 2
    assert db.session.get_one(Round, made).streams[0].round_id == made


def test_second_save_of_a_rounds_details_gets_what_stands_now(boss, draft):
    version = str(draft.version)
    one, two = RoundDetails("Summer 2027", "First"), RoundDetails("Summer 2027", "Second")
    assert rounds.edit_details(boss, draft.id, version, one, now=NOW) is None
    answer = rounds.edit_details(boss, draft.id, version, two, now=NOW)
    assert isinstance(answer, Stale)
    assert answer.current["summary"] == "First"
    assert again(draft).summary == "First"
    assert rounds.edit_details(boss, draft.id, answer.version, two, now=NOW) is None
    assert again(draft).summary == "Second"


def test_save_that_changes_nothing_leaves_no_entry(boss, draft):
    same = rounds.details_of(draft)
    assert rounds.edit_details(boss, draft.id, str(draft.version), same, now=NOW) is None
    assert events("round.edited") == []


def test_scored_criterion_keeps_its_wording(make, boss, monkeypatch):
    round_ = make.round()
    criterion = round_.criteria[0]
    monkeypatch.setattr(round_parts, "_scored", lambda session, number: True)
    answer = round_parts.save_criterion(
        boss,
        round_.id,
        criterion_id=criterion.id,
        label="Other",
        help_text="",
        position=0,
        seen=round_parts.mark_of(criterion),
        now=NOW,
    )
    assert isinstance(answer, Refused)
    assert isinstance(round_parts.remove_criterion(boss, round_.id, criterion.id, now=NOW), Refused)
    assert again(criterion).label == "Research fit"


def test_unscored_criterion_can_be_removed(make, boss):
    round_ = make.round()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Score)) == 0
    assert round_parts.remove_criterion(boss, round_.id, round_.criteria[0].id, now=NOW) is None
    db.session.expire_all()
    assert [c.label for c in again(round_).criteria] == ["Technical strength"]
