"""A stream's task: who may begin it, until when it is taken, and what of it counts.

Until when
    A task is due at its own instant, else when its stream closes; an extension that serves the stream moves it, if that
    is later. The due instant may lie after the round's close, and always lies before the release.
    A timed one also ends when its minutes are over, counted from the press that started the clock, and never later than
    it is due. An extension granted while the clock ran is an answer to that: it lasts until the extension's instant.
    Arrivals are judged as everywhere (`rounds.Deadline`), with the same grace.

Who
    Whoever has chosen the stream, or is read by it, may begin. Whoever has begun may finish, whatever became of their
    choice or of the task: a text is never lost by it. Readers see it while they see the application.

What counts
    The newest thing handed in. What was saved and not handed in is never counted: readers see that the task was begun,
    and nothing of it. Handing in is the applicant's own act, also after an extension let a late text in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.domain.questions import LINK
from portal.domain.rounds import DEFAULT_GRACE, Deadline, Grant, stream_deadline
from portal.domain.verdict import ALLOWED, Refused, Verdict


class HandIn(StrEnum):
    TEXT = "text"
    FILE = "file"
    LINK = "link"

    @property
    def words(self) -> str:
        return {"text": "a text", "file": "a PDF", "link": "a link"}[self.value]


PREFIX = "work-test-"
LARGEST_KEY = 2**31 - 1


def action_of(test_id: int) -> str:
    """The name under which a task stands in lists and in late drafts, such as "work-test-7"."""
    return f"{PREFIX}{test_id}"


def test_of(action: str) -> int | None:
    """The task that such a name is about; None for other names."""
    number = action.removeprefix(PREFIX)
    if not (action.startswith(PREFIX) and number.isascii() and number.isdigit()):
        return None
    # More digits than any key has are nobody's, and no number that a database is asked for.
    return (
        int(number) if len(number) <= len(str(LARGEST_KEY)) and int(number) <= LARGEST_KEY else None
    )


# -- until when ---------------------------------------------------------------------------------


def due(
    round_closes_at: datetime,
    stream_closes_at: datetime | None,
    due_at: datetime | None,
    grants: Iterable[Grant] = (),
    stream_id: int | None = None,
    grace: timedelta = DEFAULT_GRACE,
) -> Deadline:
    """When a task is due for one applicant: its own instant, else the stream's, or a later extension."""
    own = due_at if due_at is not None else stream_closes_at
    return stream_deadline(round_closes_at, own, grants, stream_id, grace)


def ends(
    due: Deadline,
    minutes: int | None,
    started_at: datetime | None,
    grants: Iterable[Grant] = (),
    stream_id: int | None = None,
) -> Deadline:
    """Until when work on a task is taken: its due instant, or the end of a clock that was started."""
    if minutes is None or started_at is None:
        return due
    answers = [
        grant.closes_at
        for grant in grants
        if grant.serves(stream_id)
        and grant.granted_at is not None
        and grant.granted_at >= started_at
    ]
    clock_ends = max([started_at + timedelta(minutes=minutes), *answers])
    return Deadline(min(clock_ends, due.closes_at), due.grace)


def cut(due: Deadline, minutes: int, now: datetime) -> timedelta | None:
    """What is left of a timed task that would be started now, if that is less than its minutes; else None."""
    left = due.closes_at - now
    return max(left, timedelta()) if left < timedelta(minutes=minutes) else None


# -- who ------------------------------------------------------------------------------------------


def may_begin(*, chosen: bool, read: bool, retired: bool = False) -> Verdict:
    """Whether somebody who has not begun a task may: `chosen` in the working copy, or `read` by its stream."""
    if retired:
        return Refused(
            "This task is not asked any more.",
            "The stream has taken it back since you opened the page.",
            "You need to do nothing about it.",
        )
    if chosen or read:
        return ALLOWED
    return Refused(
        "This task belongs to a stream that you have not chosen.",
        "Only those who choose one of its directions are asked to do it.",
        "Choose one of its directions first, if it still takes applications.",
    )


CLOCK_NOT_STARTED = Refused(
    "The clock of this task has not been started.",
    "It is a timed task: what it asks is shown when you start it.",
    "Its page says what will happen, and has the button that starts it.",
)


# -- what counts ------------------------------------------------------------------------------------


def unfit(kind: HandIn, text: str, *, has_file: bool) -> str:
    """Why this cannot be handed in, in words for the field; "" when it can. Anything can be saved."""
    match kind:
        case HandIn.FILE if not has_file:
            return "Choose the PDF that you hand in"
        case HandIn.TEXT if not text.strip():
            return "Write what you hand in"
        case HandIn.LINK if not LINK.fullmatch(text.strip()):
            return "Enter a full web address that begins with https:// or http://"
    return ""


class Standing(StrEnum):
    """How a task stands for one applicant."""

    NOT_BEGUN = "not_begun"
    BEGUN = "begun"
    HANDED_IN = "handed_in"
    CHANGED = "changed"  # saved anew since it was handed in
    MISSED = "missed"  # its time is over and nothing was handed in


def standing(*, begun: bool, handed_in: bool, changed: bool, over: bool) -> Standing:
    """`over`: the work is taken no more; then what was handed in is what counts, whatever was saved since."""
    if handed_in:
        return Standing.CHANGED if changed and not over else Standing.HANDED_IN
    if over:
        return Standing.MISSED
    return Standing.BEGUN if begun else Standing.NOT_BEGUN


def holds_up_submission(
    *,
    required: bool,
    handed_in: bool,
    due: Deadline,
    stream: Deadline,
    ends: Deadline,
    at: datetime,
) -> bool:
    """Whether an application cannot be submitted before this task is handed in.

    Only a required task that is due no later than its stream closes, and only while it can still be handed in: what
    is due after the application, or can no longer be done, must not stand between the rest and its submission.
    """
    owed = required and not handed_in and due.closes_at <= stream.closes_at
    return owed and ends.judge(at).accepted


def spoken(minutes: int) -> str:
    """A length of time as it was set: "90 minutes", "2 hours"."""
    if minutes % 60 or minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{minutes // 60} hours"


def in_words(hand_in: HandIn, hours: int | None, minutes: int | None) -> str:
    """What a task takes and what is handed in, as a sentence that tells nothing of what it asks."""
    if minutes is not None:
        return f"A timed task of {spoken(minutes)}, handed in as {hand_in.words}."
    if hours is not None:
        return f"A task of up to {hours} hour{'' if hours == 1 else 's'}, handed in as {hand_in.words}."
    return f"A task, handed in as {hand_in.words}."


# -- asking for one -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Terms:
    """What a stream sets for a task. `hours` is the most it should take, `minutes` makes it a timed one."""

    hand_in: HandIn
    hours: int | None = None
    minutes: int | None = None
    due_at: datetime | None = None


def may_ask(
    terms: Terms, stream_closes_at: datetime | None, release_at: datetime | None, now: datetime
) -> Verdict:
    """Whether a task can be asked for on these terms now. `stream_closes_at` is the stream's, else the round's."""
    if terms.minutes is not None and terms.hours is not None:
        return Refused(
            "A task is timed or has a cap in hours, not both.",
            "A clock says already how long it may take.",
            "Leave one of the two empty.",
        )
    when = terms.due_at if terms.due_at is not None else stream_closes_at
    if when is not None and when <= now:
        return Refused(
            "That due instant has passed.",
            "Nobody could hand anything in.",
            "Choose a later one. Without one the task is due when the stream closes.",
        )
    if when is not None and release_at is not None and when >= release_at:
        return Refused(
            "The task would be due after everybody learns their outcome.",
            "What is handed in must be read before that.",
            "Choose an instant before the release.",
        )
    return ALLOWED


def may_change(before: Terms, after: Terms, begun: int) -> Verdict:
    """Whether the terms can change when so many people have begun: never so that somebody loses time or text."""
    if not begun:
        return ALLOWED
    people = "1 person has" if begun == 1 else f"{begun} people have"
    if before.hand_in is not after.hand_in:
        return Refused(
            f"{people} begun this task, so what is handed in cannot change.",
            "Their work would not fit any more.",
            "Retire it and add another task, if you mean another one.",
        )
    timed = (before.minutes is not None, after.minutes is not None)
    if timed[0] != timed[1]:
        return Refused(
            f"{people} begun this task, so it cannot become {'timed' if timed[1] else 'untimed'}.",
            "They planned by what they read.",
            "Retire it and add another task, if you mean another one.",
        )
    if before.minutes is not None and after.minutes is not None and after.minutes < before.minutes:
        return Refused(
            f"{people} started the clock with {before.minutes} minutes.",
            "Theirs would be over earlier than they were told.",
            f"Give at least {before.minutes} minutes.",
        )
    return ALLOWED
