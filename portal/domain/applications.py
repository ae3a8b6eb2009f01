"""An application: its sections, what makes it complete, and what may be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from portal.domain.questions import Field, Gap, Kind, gaps
from portal.domain.verdict import ALLOWED, Refused, Verdict


class ApplicationState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Section:
    """One page of the form. `fields` are asked of everyone; directions and streams' questions are apart."""

    slug: str
    title: str
    fields: tuple[Field, ...]
    intro: str = ""


ABOUT = Section(
    "about",
    "About you",
    (
        Field("full_name", "Full name", hint="As you would like mentors to read it."),
        Field(
            "pronouns", "Pronouns", required=False, hint="Only if you want mentors to know them."
        ),
        Field("country", "Country you live in"),
        Field("city", "City", required=False),
        Field(
            "adult",
            "Will you be 18 or over when the programme starts?",
            Kind.YES_NO,
            hint="The programme takes people of 18 and over.",
        ),
        Field(
            "returning",
            "Have you applied to this programme before?",
            Kind.YES_NO,
            hint="It makes no difference to how you are read. Many people apply more than once.",
        ),
    ),
)

BACKGROUND = Section(
    "background",
    "Background",
    (
        Field("position", "What do you do now?", hint="For instance: second-year PhD student."),
        Field("institution", "Where?", required=False, hint="University, company, or leave blank."),
        Field(
            "story",
            "What have you done that a mentor should know about?",
            Kind.LONG_TEXT,
            words=300,
            minutes=20,
            hint="Research, engineering, writing, teaching. A concrete result says more than a title.",
        ),
        Field("link_website", "Website or profile", Kind.LINK, required=False),
        Field("link_code", "Code", Kind.LINK, required=False),
        Field("link_writing", "Writing or a paper", Kind.LINK, required=False),
        Field(
            "cv",
            "CV",
            Kind.FILE,
            required=False,
            hint="One or two pages say enough. Mentors of every direction you choose can open it.",
        ),
    ),
)

AVAILABILITY = Section(
    "availability",
    "Availability",
    (
        Field(
            "hours",
            "How much time could you give?",
            Kind.CHOICE,
            choices=(
                ("full", "Full time: about 40 hours a week"),
                ("half", "Part time: about 20 hours a week"),
                ("unsure", "I do not know yet"),
            ),
        ),
        Field(
            "whole_programme",
            "Could you take part for the whole programme?",
            Kind.YES_NO,
        ),
        Field(
            "constraints",
            "Is there anything about dates, place or visas that we should know?",
            Kind.LONG_TEXT,
            required=False,
            words=150,
            minutes=3,
        ),
    ),
)

INTERESTS = Section(
    "interests",
    "Research interests",
    (
        Field(
            "interests",
            "What do you want to find out, and why?",
            Kind.LONG_TEXT,
            words=400,
            minutes=40,
            hint="Mentors of every direction you choose read this. Say what you would do first.",
        ),
        Field(
            "changed_mind",
            "Tell us about something in research you changed your mind about",
            Kind.LONG_TEXT,
            required=False,
            words=200,
            minutes=15,
        ),
    ),
)

SECTIONS = (ABOUT, BACKGROUND, AVAILABILITY, INTERESTS)
DIRECTIONS = "directions"
SECTION_BY_SLUG = {section.slug: section for section in SECTIONS}


STREAM_PREFIX = "stream-"
CHECK = "check"


def stream_section(slug: str) -> str:
    """The section that holds a stream's questions, such as "stream-interpretability"."""
    return STREAM_PREFIX + slug


def question_field(question_id: int) -> str:
    """The name under which the answer to a stream's question is sent, kept and submitted."""
    return f"q{question_id}"


class Progress(StrEnum):
    NOT_STARTED = "not_started"
    INCOMPLETE = "incomplete"
    COMPLETE = "complete"


def section_gaps(section: Section, answers: Mapping[str, str]) -> list[Gap]:
    """What is missing from one section."""
    found = gaps(section.slug, section.fields, answers)
    if section is ABOUT and answers.get("adult") == "no":
        found.append(
            Gap(ABOUT.slug, "adult", "The programme takes people who are 18 or over at its start")
        )
    return found


def progress(answers: Mapping[str, str] | None, missing: Sequence[Gap]) -> Progress:
    """How a section stands: `answers` is None for one that was never saved."""
    if answers is None:
        return Progress.NOT_STARTED
    return Progress.INCOMPLETE if missing else Progress.COMPLETE


@dataclass(frozen=True)
class StreamPart:
    """What one chosen stream asks and was answered; `answers` is None before a first save.

    `accepts` is False once the stream's deadline for this applicant has passed: its answers are read only then.
    """

    slug: str
    name: str
    fields: tuple[Field, ...]
    answers: Mapping[str, str] | None
    accepts: bool = True


@dataclass(frozen=True)
class Draft:
    """A working copy as the rules see it: saved sections, ranked offerings (ids), chosen streams by best rank.

    `owed` are the work tests that must be handed in first (`work_tests.holds_up_submission`).
    """

    sections: Mapping[str, Mapping[str, str]]
    ranked: tuple[int, ...] = ()
    streams: tuple[StreamPart, ...] = ()
    owed: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class Task:
    """One line of the task list: where it leads, what it is called, how it stands and what it lacks."""

    slug: str
    title: str
    progress: Progress
    missing: tuple[Gap, ...] = field(default=())
    accepts: bool = True


def tasks(draft: Draft) -> list[Task]:
    """The sections of an application in order. A stream that asks nothing has no section."""
    found = []
    for section in SECTIONS:
        answers = draft.sections.get(section.slug)
        missing = section_gaps(section, answers or {})
        found.append(Task(section.slug, section.title, progress(answers, missing), tuple(missing)))
    found.append(_directions_task(draft))
    for part in draft.streams:
        if part.fields:
            found.append(_stream_task(part))
    return found


def _directions_task(draft: Draft) -> Task:
    title = "Directions"
    if draft.ranked:
        return Task(DIRECTIONS, title, Progress.COMPLETE)
    missing = (Gap(DIRECTIONS, DIRECTIONS, "Directions: choose at least one"),)
    return Task(DIRECTIONS, title, Progress.NOT_STARTED, missing)


def _stream_task(part: StreamPart) -> Task:
    slug = stream_section(part.slug)
    missing = gaps(slug, part.fields, part.answers or {})
    state = progress(part.answers, missing)
    # What can no longer be answered must not stand between the rest and its submission.
    return Task(
        slug,
        f"Questions of {part.name}",
        state,
        tuple(missing) if part.accepts else (),
        part.accepts,
    )


def draft_gaps(draft: Draft) -> list[Gap]:
    """Everything that stands between this working copy and a submission, in the order of the sections."""
    return [gap for task in tasks(draft) for gap in task.missing] + list(draft.owed)


# -- The ranking: a tuple of offering ids without repeats, first wish first ----------------------

Ranking = tuple[int, ...]


def with_added(ranking: Ranking, offering: int) -> Ranking:
    """`offering` as the last wish; unchanged if it is there already."""
    return ranking if offering in ranking else (*ranking, offering)


def with_removed(ranking: Ranking, offering: int) -> Ranking:
    return tuple(each for each in ranking if each != offering)


def with_moved(ranking: Ranking, offering: int, by: int) -> Ranking:
    """`offering` moved by so many places (-1 is up), as far as the ends allow; unchanged if it is not there."""
    if offering not in ranking:
        return ranking
    rest = with_removed(ranking, offering)
    place = min(max(ranking.index(offering) + by, 0), len(rest))
    return (*rest[:place], offering, *rest[place:])


def with_ranks(ranking: Ranking, wanted: Mapping[int, int]) -> Ranking:
    """The order that people asked for by giving some offerings a rank (from 1).

    Where two want one place, the one that was moved gets it: moved up it stands before the other, moved down after.
    """

    def place(offering: int) -> tuple[int, int, int]:
        now = ranking.index(offering) + 1
        asked = wanted.get(offering, now)
        return asked, (asked > now) - (asked < now), now

    return tuple(sorted(ranking, key=place))


def may_choose(ranking: Ranking, most: int) -> Verdict:
    """Whether a ranking may be saved: no more choices than the round allows."""
    if len(ranking) > most:
        return Refused(
            f"You can choose up to {most} directions.",
            f"This choice would make it {len(ranking)}.",
            "Remove one that matters less to you, then add this one.",
        )
    return ALLOWED


def may_submit(state: ApplicationState, missing: Sequence[Gap]) -> Verdict:
    """Whether the content allows a submission; the deadline is judged apart, by `rounds.may_write`."""
    if state is ApplicationState.WITHDRAWN:
        return Refused(
            "This application is withdrawn.",
            "A withdrawn application is not read by anyone.",
            "Undo the withdrawal first; that is possible until the deadline.",
        )
    if missing:
        return Refused(
            "This application is not complete yet.",
            "Some answers that are needed are missing or over their limit.",
            "The check page lists each of them with a link.",
        )
    return ALLOWED


def standing(state: ApplicationState, *, accepting: bool, released: bool) -> str:
    """How an application stands, in a sentence that is the same for everybody until the release.

    `accepting`: whether any stream still takes this applicant's writes; `released`: whether decisions are out.
    """
    match state:
        case ApplicationState.WITHDRAWN:
            return "Withdrawn. Nobody reads it."
        case ApplicationState.DRAFT if accepting:
            return "Not submitted yet. Nobody reads it until you submit it."
        case ApplicationState.DRAFT:
            return "Not submitted by the deadline, so nobody reads it."
        case ApplicationState.SUBMITTED if released:
            return "Decided. What each stream decided stands below."
        case ApplicationState.SUBMITTED if accepting:
            return "Submitted. You can change it and submit it again until your deadline."
    return "Submitted, and being read. Everybody learns their outcome at the same instant."
