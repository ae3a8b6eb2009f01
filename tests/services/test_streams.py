"""Streams and their questions: who may change what, and what it leaves behind."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.permissions import StreamRole, Viewer
from portal.domain.questions import Kind
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import (
    Answer,
    Application,
    AuditEvent,
    Choice,
    Question,
    QuestionWording,
    Stream,
    StreamApplication,
    StreamMember,
)
from portal.services import questions, streams
from portal.services.questions import Wording
from portal.services.streams import StreamText
from portal.services.versions import Stale
from tests.conftest import NOW
from tests.support.rows import actions, again

DAY = timedelta(days=1)
ASKED = Wording("What would you do?", Kind.LONG_TEXT, word_limit=200, minutes=15)


def write_answer(make, stream, question, text="Because."):
    """Somebody's working copy with an answer to the question."""
    user = make.user()
    application = make.keep(
        Application(round_id=stream.round_id, user_id=user.id, created_at=NOW, saved_at=NOW)
    )
    part = make.keep(
        StreamApplication(application_id=application.id, stream_id=stream.id, saved_at=NOW)
    )
    return make.keep(Answer(stream_application_id=part.id, question_id=question.id, text=text))


# -- streams --------------------------------------------------------------------------------------


def test_stream_gets_an_address_unlike_its_neighbours(boss, round_):
    words = StreamText("Stream of Mira")
    slugs = []
    for _ in range(2):
        made = streams.create_stream(boss, round_.id, words, places=2, now=NOW)
        slugs.append(db.session.get_one(Stream, made).slug)
    assert slugs == ["stream-of-mira", "stream-of-mira-2"]


def test_stream_named_like_a_page_does_not_hide_it(boss, round_):
    made = streams.create_stream(boss, round_.id, StreamText("New"), places=1, now=NOW)
    assert db.session.get_one(Stream, made).slug != "new"


@pytest.mark.parametrize(
    ("role", "allowed"),
    [(StreamRole.LEAD, True), (StreamRole.CO, True), (StreamRole.READER, False)],
)
def test_leads_and_co_leads_edit_the_words_of_their_stream(make, round_, role, allowed):
    stream = make.stream(round_)
    viewer = Viewer(make.user().id, roles={stream.id: role})
    answer = streams.edit_text(
        viewer, stream.id, str(stream.version), StreamText("Renamed"), now=NOW
    )
    assert isinstance(answer, Refused) is not allowed
    assert (again(stream).name == "Renamed") is allowed


def test_lead_of_another_stream_edits_nothing(make, round_):
    stream, other = make.stream(round_, questions=["One?"]), make.stream(round_)
    viewer = Viewer(make.user().id, roles={other.id: StreamRole.LEAD})
    words = StreamText("Taken over")
    question = stream.questions[0]
    seen = questions.mark_of(question)
    answers = [
        streams.edit_text(viewer, stream.id, str(stream.version), words, now=NOW),
        questions.add_question(viewer, stream.id, ASKED, now=NOW),
        questions.edit_question(viewer, question.id, ASKED, seen=seen, now=NOW),
        questions.move_question(viewer, question.id, up=True, now=NOW),
        questions.retire_question(viewer, question.id, now=NOW),
    ]
    assert answers == [streams.NOT_YOURS] * 5


def test_lead_cannot_change_places_mentors_directions_or_members(make, round_):
    stream = make.stream(round_)
    member = make.member(stream)
    viewer = Viewer(member.id, roles={stream.id: StreamRole.LEAD})
    row = db.session.scalars(sa.select(StreamMember)).one()
    answers = [
        streams.edit_limits(viewer, stream.id, "1", places=9, closes_at=None, reason="", now=NOW),
        streams.set_mentors(viewer, stream.id, [], now=NOW),
        streams.set_offerings(viewer, stream.id, [], now=NOW),
        streams.remove_member(viewer, stream.id, row.id, now=NOW),
        streams.remove_stream(viewer, stream.id, now=NOW),
    ]
    assert all(isinstance(answer, Refused) for answer in answers)
    assert again(stream).places == 2


def test_second_save_of_a_streams_text_gets_what_stands_now(make, boss, round_):
    stream = make.stream(round_, "Mira")
    version = str(stream.version)
    assert streams.edit_text(boss, stream.id, version, StreamText("One"), now=NOW) is None
    answer = streams.edit_text(boss, stream.id, version, StreamText("Two"), now=NOW)
    assert isinstance(answer, Stale)
    assert answer.current["name"] == "One"
    assert again(stream).name == "One"


def test_direction_of_another_stream_is_refused_by_its_name(make, boss, round_):
    held = make.direction("Model diffing")
    make.stream(round_, "Stream of Mira", directions=[held])
    stream = make.stream(round_, "Stream of Noor")
    answer = streams.set_offerings(boss, stream.id, [held.id], now=NOW)
    assert isinstance(answer, Refused)
    assert answer.what == "“Model diffing” is offered by the stream Stream of Mira already."


def test_same_direction_in_another_round_is_no_conflict(make, boss, round_):
    held = make.direction("Model diffing")
    make.stream(make.round(), "Elsewhere", directions=[held])
    stream = make.stream(round_)
    mine = stream.offerings[0].direction_id
    assert streams.set_offerings(boss, stream.id, [held.id, mine], now=NOW) is None
    assert [offering.direction_id for offering in again(stream).offerings] == [held.id, mine]


def test_chosen_direction_stays_offered(make, boss, round_):
    stream, user = make.stream(round_), make.user()
    application = Application(round_id=round_.id, user_id=user.id, created_at=NOW, saved_at=NOW)
    application.choices = [Choice(offering_id=stream.offerings[0].id, rank=1)]
    make.keep(application)
    answer = streams.set_offerings(boss, stream.id, [], now=NOW)
    assert isinstance(answer, Refused)
    assert "has chosen it" in answer.why
    assert isinstance(streams.remove_stream(boss, stream.id, now=NOW), Refused)
    assert len(again(stream).offerings) == 1


def test_untouched_stream_is_removed_and_its_direction_is_free_again(make, boss, round_):
    direction = make.direction()
    stream = make.stream(round_, directions=[direction])
    assert streams.remove_stream(boss, stream.id, now=NOW) is None
    other = make.stream(round_)
    assert streams.set_offerings(boss, other.id, [direction.id], now=NOW) is None


def test_first_mentor_is_the_primary_one(make, boss, round_):
    stream = make.stream(round_)
    one, two = make.mentor("One"), make.mentor("Two")
    assert streams.set_mentors(boss, stream.id, [two.id, one.id, two.id], now=NOW) is None
    links = again(stream).mentor_links
    assert [(link.mentor.name, link.is_primary) for link in links] == [
        ("Two", True),
        ("One", False),
    ]


def test_removed_member_loses_the_role_and_keeps_nothing_else(make, boss, round_):
    stream = make.stream(round_)
    make.member(stream)
    row = db.session.scalars(sa.select(StreamMember)).one()
    assert streams.remove_member(boss, stream.id, row.id, now=NOW) is None
    assert again(row) is None
    assert "stream.member_removed" in actions()


# -- a stream's own deadline ----------------------------------------------------------------------


def limits(boss, stream, closes_at, reason="Why."):
    return streams.edit_limits(
        boss,
        stream.id,
        str(stream.version),
        places=stream.places,
        closes_at=closes_at,
        reason=reason,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        (None, NOW + 20 * DAY, True),
        (None, NOW + 5 * DAY, False),
        (NOW + 5 * DAY, NOW + 6 * DAY, True),
        (NOW + 5 * DAY, None, True),
        (NOW + 20 * DAY, None, False),
        (NOW + 5 * DAY, NOW + 4 * DAY, False),
    ],
)
def test_deadline_of_an_open_rounds_stream_only_moves_later(
    make, boss, round_, before, after, allowed
):
    stream = make.stream(round_, closes_at=before)
    answer = limits(boss, stream, after)
    assert (answer is None) is allowed
    assert again(stream).closes_at == (after if allowed else before)


def test_deadline_of_a_stream_moves_freely_before_the_opening(make, boss):
    planned = make.round(published_at=None, opens_at=NOW + 2 * DAY)
    stream = make.stream(planned, closes_at=NOW + 9 * DAY)
    assert limits(boss, stream, NOW + 5 * DAY) is None
    assert isinstance(limits(boss, again(stream), NOW + DAY), Refused)


def test_deadline_moves_with_a_reason_and_places_without(make, boss, round_):
    stream = make.stream(round_)
    assert isinstance(limits(boss, stream, NOW + 20 * DAY, reason=" "), Refused)
    answer = streams.edit_limits(
        boss, stream.id, str(stream.version), places=5, closes_at=None, reason="", now=NOW
    )
    assert answer is None
    assert again(stream).places == 5


# -- questions ------------------------------------------------------------------------------------


def test_question_is_added_after_the_others(make, boss, round_):
    stream = make.stream(round_, questions=["One?"])
    questions.add_question(boss, stream.id, replace(ASKED, prompt="Two?"), now=NOW)
    assert [question.prompt for question in again(stream).questions] == ["One?", "Two?"]


def test_changed_question_that_nobody_can_have_met_keeps_its_version(make, boss):
    question = make.stream(make.round(opens_at=NOW + DAY), questions=["One?"]).questions[0]
    seen = questions.mark_of(question)
    assert questions.edit_question(boss, question.id, ASKED, seen=seen, now=NOW) is None
    assert (again(question).prompt, question.version) == (ASKED.prompt, 1)


def test_changed_question_with_answers_becomes_a_new_version_and_keeps_them(make, boss, round_):
    stream = make.stream(round_, questions=["One?"])
    question = stream.questions[0]
    answer = write_answer(make, stream, question)
    seen = questions.mark_of(question)
    assert questions.edit_question(boss, question.id, ASKED, seen=seen, now=NOW) is None
    assert again(question).version == 2
    assert again(answer).text == "Because."
    event = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "question.changed")
    ).one()
    assert event.before["prompt"] == "One?"
    former = db.session.scalars(sa.select(QuestionWording)).one()
    assert (former.question_id, former.version, former.prompt) == (question.id, 1, "One?")


def test_question_of_an_open_round_changes_its_version_before_anybody_saved(make, boss, round_):
    """Somebody may have its words on the screen."""
    question = make.stream(round_, questions=["One?"]).questions[0]
    seen = questions.mark_of(question)
    assert questions.edit_question(boss, question.id, ASKED, seen=seen, now=NOW) is None
    assert again(question).version == 2


@pytest.mark.parametrize("change", [{"minutes": 40}, {"required": False}])
def test_estimate_and_need_of_an_answer_are_no_other_words(make, boss, round_, change):
    stream = make.stream(round_, questions=["One?"])
    question = stream.questions[0]
    write_answer(make, stream, question)
    wording = replace(questions.wording_of(question), **change)
    seen = questions.mark_of(question)
    assert questions.edit_question(boss, question.id, wording, seen=seen, now=NOW) is None
    assert again(question).version == 1


def test_other_options_are_another_question(make, boss, round_):
    choice = replace(ASKED, kind=Kind.CHOICES, options=("Red", "Blue"), word_limit=None)
    stream = make.stream(round_)
    key = questions.add_question(boss, stream.id, choice, now=NOW)
    question = db.session.get_one(Question, key)
    assert question.options == ["Red", "Blue"]
    wider = replace(choice, options=("Red", "Blue", "Green"))
    seen = questions.mark_of(question)
    assert questions.edit_question(boss, key, wider, seen=seen, now=NOW) is None
    assert again(question).version == 2
    assert db.session.scalars(sa.select(QuestionWording)).one().options == ["Red", "Blue"]


def test_question_to_choose_from_needs_something_to_choose(make, boss, round_):
    stream = make.stream(round_)
    for options in (
        (),
        ("Red",),
        ("Red", "red"),
        ("x" * 201, "Red"),
        tuple("abcdefghijklmnopqrstu"),
    ):
        wording = replace(ASKED, kind=Kind.CHOICE, options=options)
        assert isinstance(questions.add_question(boss, stream.id, wording, now=NOW), Refused)


def test_removed_question_takes_its_former_words_along(make, boss, round_):
    question = make.stream(round_, questions=["One?"]).questions[0]
    seen = questions.mark_of(question)
    questions.edit_question(boss, question.id, ASKED, seen=seen, now=NOW)
    assert questions.retire_question(boss, question.id, now=NOW) is None
    assert db.session.scalar(sa.select(sa.func.count(QuestionWording.id))) == 0


def test_second_save_of_a_question_gets_what_stands_now(make, boss, round_):
    question = make.stream(round_, questions=["One?"]).questions[0]
    seen = questions.mark_of(question)
    questions.edit_question(boss, question.id, replace(ASKED, prompt="First"), seen=seen, now=NOW)
    late = questions.edit_question(
        boss, question.id, replace(ASKED, prompt="Second"), seen=seen, now=NOW
    )
    assert isinstance(late, Stale)
    assert late.current["prompt"] == "First"


def test_answered_question_is_retired_and_an_unanswered_one_removed(make, boss, round_):
    stream = make.stream(round_, questions=["Answered?", "Blank?"])
    answered, blank = stream.questions
    write_answer(make, stream, answered)
    write_answer(make, stream, blank, text="")
    assert questions.retire_question(boss, answered.id, now=NOW) is None
    assert questions.retire_question(boss, blank.id, now=NOW) is None
    assert again(answered).retired_at == NOW
    assert again(blank) is None
    assert actions() == ["question.retired", "question.removed"]


def test_questions_change_places(make, boss, round_):
    stream = make.stream(round_, questions=["One?", "Two?", "Three?"])
    three = stream.questions[2]
    assert questions.move_question(boss, three.id, up=True, now=NOW) is None
    assert [question.prompt for question in again(stream).questions] == ["One?", "Three?", "Two?"]
    first = again(stream).questions[0]
    assert questions.move_question(boss, first.id, up=True, now=NOW) is None
    assert again(stream).questions[0].id == first.id


def test_questions_are_fixed_once_the_stream_has_closed(make, boss):
    closed = make.round(closes_at=NOW)
    stream = make.stream(closed, questions=["One?"])
    longer = make.stream(closed, closes_at=NOW + DAY)
    assert isinstance(questions.add_question(boss, stream.id, ASKED, now=NOW), Refused)
    assert isinstance(questions.retire_question(boss, stream.questions[0].id, now=NOW), Refused)
    assert isinstance(questions.add_question(boss, longer.id, ASKED, now=NOW), int)


def test_empty_question_is_refused(make, boss, round_):
    stream = make.stream(round_)
    empty = replace(ASKED, prompt="  ")
    assert isinstance(questions.add_question(boss, stream.id, empty, now=NOW), Refused)
    assert db.session.scalar(sa.select(sa.func.count(Question.id))) == 0
