"""References: whom an applicant may name and ask, until when, what the referee is asked, and who reads it.

Naming
    Up to the round's number of people, none of them oneself, none twice. Naming and the first letter obey the deadline
    of everything that all streams read. No submission waits for a reference.

Asking
    Each letter holds a link of its own, and makes the links of earlier letters void. So that nobody can be flooded with
    letters in the programme's name, their number is limited: for each address, for each day, and in all.

Until when
    A reference is due at the round's own instant for it, else when applications close; an extension moves it, if that
    is later. It is judged as everything is (`rounds.Deadline`). A late one is kept and marked; readers see it once an
    admin has let it in. From the release on nothing is taken.

Who reads it
    The readers of the streams that read the application, and admins. The applicant sees where it stands, and reads it
    only if the round said so when the referee was asked: that promise stays with the referee.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from portal.domain.questions import Field, Gap, Kind, gaps
from portal.domain.rounds import Arrival, Deadline, Grant
from portal.domain.verdict import ALLOWED, Refused, Verdict

REFERENCES = "references"  # the line of the task list; the action under which a late naming is kept
REQUEST = "reference-request"  # the same for a letter that was asked for too late

LETTERS_EACH = 3
LETTERS_A_DAY = 6
LETTERS_IN_ALL = 15
DAY = timedelta(days=1)
REMIND_BEFORE = timedelta(days=3)
SETTLE = timedelta(days=1)  # who was asked less than a day ago needs no reminder

COMPARISONS = (
    ("best", "Among the one or two best"),
    ("tenth", "In the top tenth"),
    ("third", "In the top third"),
    ("most", "About as strong as most"),
    ("less", "Less strong than most"),
    ("unsure", "I cannot compare them with others"),
)

FIELDS = (
    Field(
        "acquaintance",
        "How long have you known them, and in what role?",
        Kind.LONG_TEXT,
        words=120,
        minutes=2,
    ),
    Field(
        "strength",
        "What do they do best?",
        Kind.LONG_TEXT,
        hint="One example that you saw yourself says more than a list.",
        words=300,
        minutes=10,
    ),
    Field(
        "comparison",
        "How do they compare with others you have worked with at the same stage?",
        Kind.CHOICE,
        choices=COMPARISONS,
        minutes=1,
    ),
    Field(
        "more",
        "Is there anything else that a mentor should know?",
        Kind.LONG_TEXT,
        hint="For instance what they still have to learn, or how they work with others.",
        required=False,
        words=200,
        minutes=4,
    ),
    Field(
        "contact",
        "May the programme write to you with a question?",
        Kind.YES_NO,
        minutes=0,
    ),
)
FIELD_NAMES = tuple(field.name for field in FIELDS)


class HasReferee(Protocol):
    """What the rules need to see of a referee."""

    @property
    def asked_at(self) -> datetime | None: ...
    @property
    def reminded_at(self) -> datetime | None: ...
    @property
    def withdrawn_at(self) -> datetime | None: ...
    @property
    def received_at(self) -> datetime | None: ...
    @property
    def declined_at(self) -> datetime | None: ...
    @property
    def arrival(self) -> Arrival | None: ...
    @property
    def let_in_at(self) -> datetime | None: ...
    @property
    def letters(self) -> int: ...


class Standing(StrEnum):
    """Where one reference stands, in the word that the applicant and admins read."""

    NAMED = "Not asked yet"
    ASKED = "Asked"
    OVERDUE = "Overdue"
    RECEIVED = "Received"
    LATE = "Received late"
    DECLINED = "Declined"
    WITHDRAWN = "Taken back"


# -- until when ---------------------------------------------------------------------------------


def due(references_due_at: datetime | None, general: Deadline, grants: Iterable[Grant]) -> Deadline:
    """When references for one applicant are due. `general` is the deadline of what all streams read."""
    if references_due_at is None:
        return general
    later = [grant.closes_at for grant in grants]
    return Deadline(max([references_due_at, *later]), general.grace)


def may_be_due(
    due_at: datetime | None, opens_at: datetime | None, release_at: datetime | None
) -> Verdict:
    """Whether references of a round may be due at an instant; None is the deadline itself."""
    too_early = due_at and opens_at and due_at <= opens_at
    too_late = due_at and release_at and due_at >= release_at
    if not too_early and not too_late:
        return ALLOWED
    return Refused(
        "References would be due before the opening, or not before the release.",
        "Nobody could write them, or nobody could read them.",
        "Choose an instant between the two, best after the deadline.",
    )


def standing(referee: HasReferee, due: Deadline, now: datetime) -> Standing:
    if referee.withdrawn_at is not None:
        return Standing.WITHDRAWN
    if referee.received_at is not None:
        return Standing.LATE if referee.arrival is Arrival.LATE else Standing.RECEIVED
    if referee.declined_at is not None:
        return Standing.DECLINED
    if referee.asked_at is None:
        return Standing.NAMED
    return Standing.ASKED if due.judge(now).accepted else Standing.OVERDUE


def counts(referee: HasReferee) -> bool:
    """Whether somebody takes one of the places: not who declined, nor whose request was taken back."""
    return referee.withdrawn_at is None and referee.declined_at is None


def is_read(referee: HasReferee) -> bool:
    """Whether readers of the application see what this referee wrote."""
    if referee.received_at is None:
        return False
    return referee.arrival is not Arrival.LATE or referee.let_in_at is not None


def needs_reminder(referee: HasReferee, due: Deadline, now: datetime) -> bool:
    """One reminder in the last three days, to those who were asked and have not answered."""
    if referee.asked_at is None or referee.reminded_at is not None or not counts(referee):
        return False
    if referee.received_at is not None or now - referee.asked_at < SETTLE:
        return False
    return due.closes_at - REMIND_BEFORE <= now < due.closes_at


# -- naming and asking --------------------------------------------------------------------------


def may_name(others: Iterable[HasReferee], most: int) -> Verdict:
    """Whether one more can be named beside `others`."""
    if most == 0:
        return Refused("This round asks for no references.", "Your application needs none.")
    if sum(counts(each) for each in others) >= most:
        people = "one person" if most == 1 else f"{most} people"
        return Refused(
            f"You can name up to {people}.",
            "That many are named already.",
            "Take one request back first, or correct it.",
        )
    return ALLOWED


def may_ask(
    referee: HasReferee, due: Deadline, now: datetime, *, today: int, in_all: int
) -> Verdict:
    """Whether one more letter may go to somebody. `today` and `in_all` count the applicant's letters to anybody."""
    verdict = may_correct(referee, due, now)
    return verdict if isinstance(verdict, Refused) else _within_limits(referee, today, in_all)


def may_correct(referee: HasReferee, due: Deadline, now: datetime) -> Verdict:
    """Whether what stands about somebody may still change: they have not answered, and could do so in time."""
    if (answered := _answered(referee)) is not None:
        return answered
    if not due.judge(now).accepted:
        return Refused(
            "It is too late to ask.",
            "References were due before now.",
            "Whoever was asked in time can still send theirs: it is marked as late.",
        )
    return ALLOWED


def _answered(referee: HasReferee) -> Refused | None:
    if referee.received_at is not None:
        return Refused("Their reference is in.", "There is nothing to ask any more.")
    if referee.declined_at is not None:
        return Refused(
            "They said that they cannot write one.",
            "We do not ask anybody again who said no.",
            "You can name somebody else in their place.",
        )
    if referee.withdrawn_at is not None:
        return Refused(
            "You took this request back.",
            "They were told that nothing is needed.",
            "Name them again.",
        )
    return None


def _within_limits(referee: HasReferee, today: int, in_all: int) -> Verdict:
    if referee.letters >= LETTERS_EACH:
        return Refused(
            f"{LETTERS_EACH} letters went to this address already.",
            "More would be a nuisance to them.",
            "Write to them yourself, or correct the address if it is wrong.",
        )
    if today >= LETTERS_A_DAY:
        return Refused(
            f"{LETTERS_A_DAY} letters went out in your name within a day.",
            "No more are sent in one day.",
            "Send this one tomorrow.",
        )
    if in_all >= LETTERS_IN_ALL:
        return Refused(
            f"{LETTERS_IN_ALL} letters went out in your name.",
            "No more are sent for one application.",
            "Ask the programme a question: it can send one more.",
        )
    return ALLOWED


def may_take_back(referee: HasReferee) -> Verdict:
    """Whether the applicant may take a request back: until the reference is in."""
    if referee.received_at is not None:
        return Refused(
            "Their reference is in.",
            "What was written for you stays with your application.",
            "Ask the programme a question if something is wrong with it.",
        )
    return ALLOWED


# -- the referee --------------------------------------------------------------------------------

OVER = Refused(
    "This reference is not needed any more",
    "The round is over: its decisions are made.",
    "Thank you for being ready to help. There is nothing to do.",
)
TAKEN_BACK = Refused(
    "This reference is not needed any more",
    "The request was taken back before you answered it.",
    "Thank you for being ready to help. There is nothing to do.",
)
SENT = Refused(
    "Your reference is with us",
    "It was sent, and stays as it was sent.",
    "Write to the programme if something in it is wrong.",
)


def link_works(
    referee: HasReferee, released_at: datetime | None, archived_at: datetime | None, now: datetime
) -> Verdict:
    """Whether the link in a referee's letter still shows anything of a person."""
    if any(at is not None and at <= now for at in (released_at, archived_at)):
        return OVER
    return TAKEN_BACK if referee.withdrawn_at is not None else ALLOWED


def may_write(referee: HasReferee) -> Verdict:
    """Whether a referee whose link works may save, send or decline: not after sending. Lateness stops nobody."""
    return SENT if referee.received_at is not None else ALLOWED


def may_resume(others: Iterable[HasReferee], most: int) -> Verdict:
    """Whether a referee may take a decline back: unless somebody else has been named in their place."""
    if sum(counts(each) for each in others) >= most:
        return Refused(
            "Somebody else is asked in your place",
            "The number of references is limited.",
            "Thank you for being ready to help. There is nothing to do.",
        )
    return ALLOWED


def reference_gaps(answers: Mapping[str, str]) -> list[Gap]:
    """What stands between these answers and a reference."""
    return gaps(REFERENCES, FIELDS, answers)


def in_words(answers: Mapping[str, str]) -> list[tuple[str, str, Kind]]:
    """A reference as people read it: question, answer and kind, in the order of the form; unanswered ones stay out."""
    found = []
    for field in FIELDS:
        text = answers.get(field.name, "").strip()
        if text:
            words = text.capitalize() if field.kind is Kind.YES_NO else text
            found.append((field.label, dict(field.choices).get(text, words), field.kind))
    return found
