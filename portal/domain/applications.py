"""An application: its sections, what makes it complete, and what may be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
