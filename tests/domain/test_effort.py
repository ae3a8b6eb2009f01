"""What an application takes of somebody's time, added up and counted down."""

from portal.domain.effort import Effort, effort, general_effort, remaining, task_effort
from portal.domain.questions import Field, Kind

LONG = Field("q1", "Why?", Kind.LONG_TEXT, words=200, minutes=20)
OPTIONAL = Field("q2", "Anything else?", required=False, minutes=5)
NAME = Field("q3", "Name")


def test_effort_adds_up_questions_minutes_and_words():
    assert effort([LONG, OPTIONAL, NAME]) == Effort(questions=3, needed=2, minutes=25, words=200)
    assert general_effort().minutes > 0


def test_what_is_answered_is_not_left():
    left = remaining([LONG, OPTIONAL, NAME], {"q1": "Because", "q3": "  "})
    assert left == Effort(questions=2, needed=1, minutes=5)
    assert not remaining([NAME], {"q3": "Iris"})


def test_tasks_count_by_their_clock_or_else_by_their_hours():
    tasks = task_effort([(6, None), (None, 90), (4, 90), (None, None)])
    assert tasks == Effort(tasks=4, task_minutes=6 * 60 + 90 + 90)
    assert (effort([LONG]) + tasks).minutes == 20
    assert tasks
