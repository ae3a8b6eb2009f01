"""The form that everybody fills in: what must be answered, in how many words, under which names; and the task list."""

from dataclasses import FrozenInstanceError

import pytest

from portal.domain.applications import (
    ABOUT,
    AVAILABILITY,
    BACKGROUND,
    CHECK,
    DIRECTIONS,
    INTERESTS,
    SECTION_BY_SLUG,
    SECTIONS,
    ApplicationState,
    Draft,
    Progress,
    StreamPart,
    Task,
    draft_gaps,
    may_choose,
    may_submit,
    progress,
    question_field,
    section_gaps,
    standing,
    stream_section,
    tasks,
    with_added,
    with_moved,
    with_ranks,
    with_removed,
)
from portal.domain.questions import Field, Gap, Kind
from tests.domain.test_applications import COMPLETE, asked

FIELDS = {field.name: field for section in SECTIONS for field in section.fields}
DRAFT, SUBMITTED, WITHDRAWN = ApplicationState


# -- What is asked -----------------------------------------------------------------------------------


def test_answers_are_stored_under_these_names_so_a_rename_would_lose_them():
    assert [section.slug for section in SECTIONS] == [
        "about", "background", "availability", "interests",
    ]  # fmt: skip
    assert {section.slug: [field.name for field in section.fields] for section in SECTIONS} == {
        "about": ["full_name", "pronouns", "country", "city", "adult", "returning"],
        "background": [
            "position", "institution", "story", "link_website", "link_code", "link_writing", "cv",
        ],
        "availability": ["hours", "whole_programme", "constraints"],
        "interests": ["interests", "changed_mind"],
    }  # fmt: skip
    assert {slug: found.slug for slug, found in SECTION_BY_SLUG.items()} == {
        section.slug: section.slug for section in (ABOUT, BACKGROUND, AVAILABILITY, INTERESTS)
    }
    assert (stream_section("nanda"), question_field(7)) == ("stream-nanda", "q7")
    assert (DIRECTIONS, CHECK) == ("directions", "check")
    assert [value for value, _ in FIELDS["hours"].choices] == ["full", "half", "unsure"]
    assert [state.value for state in ApplicationState] == ["draft", "submitted", "withdrawn"]
    assert [each.value for each in Progress] == ["not_started", "incomplete", "complete"]


def test_only_what_mentors_need_is_demanded():
    assert {name for name, field in FIELDS.items() if field.required} == {
        "full_name", "country", "adult", "returning", "position", "story", "hours",
        "whole_programme", "interests",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "most"),
    [("story", 300), ("constraints", 150), ("interests", 400), ("changed_mind", 200)],
)
def test_a_long_answer_may_use_its_whole_budget_and_not_a_word_more(name, most):
    section = next(each for each in SECTIONS if FIELDS[name] in each.fields)
    answers = COMPLETE[section.slug]

    assert section_gaps(section, {**answers, name: "word " * most}) == []
    assert [
        gap.field for gap in section_gaps(section, {**answers, name: "word " * (most + 1)})
    ] == [name]


def test_the_time_each_answer_is_said_to_take():
    assert {name: field.minutes for name, field in FIELDS.items() if field.minutes} == {
        "story": 20, "constraints": 3, "interests": 40, "changed_mind": 15,
    }  # fmt: skip


@pytest.mark.parametrize(("adult", "told"), [("yes", []), ("no", ["adult"])])
def test_who_is_under_age_is_told_why_and_nobody_else(adult, told):
    gaps = section_gaps(ABOUT, {**COMPLETE["about"], "adult": adult})
    assert [(gap.section, gap.field) for gap in gaps] == [("about", name) for name in told]
    assert section_gaps(BACKGROUND, {**COMPLETE["background"], "adult": adult}) == []


# -- The task list -----------------------------------------------------------------------------------


def test_progress_of_a_section():
    gap = Gap("about", "city", "City: missing")
    assert progress(None, [gap]) is Progress.NOT_STARTED
    assert progress(None, []) is Progress.NOT_STARTED
    assert progress({}, [gap]) is Progress.INCOMPLETE
    assert progress({}, []) is Progress.COMPLETE


def test_task_list_of_a_complete_draft_in_its_order():
    found = tasks(Draft(COMPLETE, (1,), (asked("Because."),)))

    assert [task.slug for task in found] == [*COMPLETE, "directions", "stream-nanda"]
    assert {task.progress for task in found} == {Progress.COMPLETE}
    assert all(task.missing == () and task.accepts for task in found)
    assert found[-1].title == "Questions of Nanda stream"


def test_directions_are_begun_by_choosing_one():
    without = tasks(Draft(COMPLETE))[-1]
    assert (without.slug, without.progress) == ("directions", Progress.NOT_STARTED)
    assert [(gap.section, gap.field) for gap in without.missing] == [("directions", "directions")]
    assert tasks(Draft(COMPLETE, (1,)))[-1].progress is Progress.COMPLETE


def test_a_stream_that_closed_is_shown_as_it_stands_and_lacks_nothing_any_more():
    closed = tasks(Draft(COMPLETE, (1,), (asked(None, accepts=False),)))[-1]
    assert (closed.progress, closed.missing, closed.accepts) == (Progress.NOT_STARTED, (), False)

    begun = tasks(Draft(COMPLETE, (1,), (asked(""),)))[-1]
    assert (begun.progress, begun.accepts) == (Progress.INCOMPLETE, True)
    assert [gap.field for gap in begun.missing] == ["q1"]


def test_a_part_of_a_stream_accepts_unless_told_otherwise():
    assert StreamPart("s", "S", (), None).accepts is True
    assert Task("about", "About you", Progress.COMPLETE).accepts is True


def test_a_work_test_that_is_owed_holds_the_submission_up_after_all_else():
    owed = Gap("work-test-1", "", "A task: hand it in first")
    assert draft_gaps(Draft(COMPLETE, (1,), owed=(owed,))) == [owed]
    assert draft_gaps(Draft(COMPLETE, (), owed=(owed,)))[-1] == owed


def test_what_the_rules_were_given_stays_as_it_was_given():
    question = Field("q1", "Why?", Kind.LONG_TEXT)
    for given, name in (
        (ABOUT, "slug"),
        (StreamPart("s", "S", (question,), None), "accepts"),
        (Draft({}), "ranked"),
        (Task("about", "About you", Progress.COMPLETE), "missing"),
    ):
        with pytest.raises(FrozenInstanceError):
            setattr(given, name, None)


# -- The ranking -------------------------------------------------------------------------------------


def test_wishes_are_added_removed_and_moved():
    assert with_added((1, 2), 3) == (1, 2, 3)
    assert with_added((1, 2), 1) == (1, 2)
    assert with_removed((1, 2, 3), 2) == (1, 3)
    assert with_moved((1, 2, 3), 3, -1) == (1, 3, 2)
    assert with_moved((1, 2, 3), 1, 1) == (2, 1, 3)
    assert with_moved((1, 2, 3), 1, -1) == (1, 2, 3)
    assert with_moved((1, 2, 3), 3, 5) == (1, 2, 3)
    assert with_moved((1, 2, 3), 9, 1) == (1, 2, 3)


@pytest.mark.parametrize(
    ("wanted", "order"),
    [
        ({}, (1, 2, 3)),
        ({3: 1}, (3, 1, 2)),
        ({1: 3}, (2, 3, 1)),
        ({1: 2}, (2, 1, 3)),
        ({3: 2}, (1, 3, 2)),
        ({1: 2, 3: 2}, (3, 2, 1)),
        ({2: 1, 3: 1}, (2, 3, 1)),
    ],
)
def test_where_two_want_one_place_the_one_that_was_moved_gets_it(wanted, order):
    assert with_ranks((1, 2, 3), wanted) == order


def test_one_choice_too_many_is_refused_with_both_numbers():
    assert may_choose((1, 2), 2)
    refused = may_choose((1, 2, 3), 2)
    assert not refused
    assert "up to 2" in refused.what
    assert "make it 3" in refused.why


# -- Submitting, and how it stands -------------------------------------------------------------------


def test_why_an_application_cannot_be_submitted():
    gap = Gap("about", "city", "City: missing")
    assert "withdrawn" in may_submit(WITHDRAWN, []).what
    assert "withdrawn" in may_submit(WITHDRAWN, [gap]).what
    assert "not complete" in may_submit(DRAFT, [gap]).what
    assert may_submit(SUBMITTED, [])
    assert may_submit(DRAFT, [])


@pytest.mark.parametrize(
    ("state", "accepting", "released", "said"),
    [
        (WITHDRAWN, True, False, "Withdrawn"),
        (WITHDRAWN, False, True, "Withdrawn"),
        (DRAFT, True, False, "Not submitted yet"),
        (DRAFT, False, False, "Not submitted by the deadline"),
        (DRAFT, False, True, "Not submitted by the deadline"),
        (SUBMITTED, True, False, "You can change it"),
        (SUBMITTED, False, False, "being read"),
        (SUBMITTED, False, True, "Decided"),
        (SUBMITTED, True, True, "Decided"),
    ],
)
def test_the_sentence_about_an_application(state, accepting, released, said):
    assert said in standing(state, accepting=accepting, released=released)
