"""What an invented person has put into the form: sections, ranked directions, answers to streams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from portal.demo.people import DemoPerson, Progress
from portal.demo.rounds import Scene
from portal.demo.writing import DemoTexts
from portal.domain.applications import ABOUT, AVAILABILITY, BACKGROUND, INTERESTS, question_field
from portal.domain.questions import Kind
from portal.domain.rounds import Grant
from portal.models import (
    Answer,
    Application,
    Choice,
    Offering,
    Question,
    SectionAnswers,
    StoredFile,
    Stream,
    StreamApplication,
)
from portal.queries.applications import Dossier

_LINK_FIELDS = {
    "Notes": "link_website",
    "Website": "link_website",
    "Code": "link_code",
    "Talk (video)": "link_writing",
    "Write-up of a replication": "link_writing",
}
_PRONOUNS = ("she/her", "he/him", "they/them")


@dataclass(frozen=True)
class WorkingCopy:
    """`sections` by slug, `ranked` first wish first, `answers` by stream id and question id, `files` by reference."""

    sections: Mapping[str, Mapping[str, str]]
    ranked: tuple[Offering, ...]
    answers: Mapping[int, Mapping[int, str]]
    files: Mapping[str, StoredFile] = field(default_factory=dict)

    @property
    def streams(self) -> list[Stream]:
        """Each chosen stream once, by its best rank."""
        return list({offering.stream_id: offering.stream for offering in self.ranked}.values())

    def best(self, stream: Stream) -> tuple[int, Offering]:
        """The best rank of a chosen stream's directions, and that direction."""
        ranks = enumerate(self.ranked, 1)
        return next((rank, each) for rank, each in ranks if each.stream_id == stream.id)


def draft(scene: Scene, person: DemoPerson, texts: DemoTexts, rng: Random) -> WorkingCopy:
    """The form as this person has filled it so far; complete when they mean to submit."""
    ranked = tuple(scene.offerings[text.direction] for text in texts.directions)
    if person.progress is Progress.BARELY:
        about = {**_about(person, rng), "adult": "", "returning": ""}
        return WorkingCopy({ABOUT.slug: about}, (), {})
    sections = {
        ABOUT.slug: _about(person, rng),
        BACKGROUND.slug: _background(person, texts),
        AVAILABILITY.slug: _availability(person),
        INTERESTS.slug: {"interests": texts.interests, "changed_mind": texts.changed_mind},
    }
    answers = {
        stream.id: answers_to(scene, texts, stream, offering, rng)
        for offering in reversed(ranked)
        for stream in (offering.stream,)
    }
    if person.progress is Progress.HALF_DONE:
        if rng.random() < 0.7:
            del sections[AVAILABILITY.slug]
        if not any(sections[INTERESTS.slug].values()):
            del sections[INTERESTS.slug]
        answers = {key: given for key, given in answers.items() if any(given.values())}
    return WorkingCopy(sections, ranked, answers)


def earlier(scene: Scene, copy: WorkingCopy, changed_at: datetime) -> WorkingCopy:
    """The form before its last changes, made at `changed_at`: an optional text less, often a wish less."""
    sections = {slug: dict(answers) for slug, answers in copy.sections.items()}
    for slug, name in (
        (INTERESTS.slug, "changed_mind"), (AVAILABILITY.slug, "constraints"), (BACKGROUND.slug, "link_website"),
    ):  # fmt: skip
        if sections[slug].get(name):
            sections[slug][name] = ""
            break
    ranked, last = copy.ranked[:-1], copy.ranked[-1]
    still_open = changed_at < scene.deadline(last.stream).closes_at
    if not ranked or not still_open:
        ranked = copy.ranked
    kept = {offering.stream_id for offering in ranked}
    answers = {key: given for key, given in copy.answers.items() if key in kept}
    return replace(copy, sections=sections, ranked=ranked, answers=answers)


def dossier_of(scene: Scene, copy: WorkingCopy, grants: tuple[Grant, ...]) -> Dossier:
    """The working copy as the services see one, so that submissions are made by the same code. Never stored."""
    at = scene.calendar.opens_at
    application = Application(
        sections=[
            SectionAnswers(section=slug, answers=dict(answers), version=1, saved_at=at)
            for slug, answers in copy.sections.items()
        ],
        choices=[
            Choice(offering_id=each.id, rank=rank) for rank, each in enumerate(copy.ranked, 1)
        ],
        stream_applications=[
            StreamApplication(
                stream_id=stream_id,
                answers=[Answer(question_id=key, text=text) for key, text in given.items()],
            )
            for stream_id, given in copy.answers.items()
        ],
    )
    dossier = Dossier(scene.round, application, grants)
    vars(dossier)["files"] = copy.files  # they have no rows yet
    return dossier


def as_values(copy: WorkingCopy) -> dict[str, object]:
    """The whole working copy as a late draft of a submit keeps it."""
    return {
        "sections": {slug: dict(answers) for slug, answers in copy.sections.items()},
        "ranked": [offering.direction.title for offering in copy.ranked],
        "streams": {
            stream.slug: {
                question_field(key): text for key, text in copy.answers.get(stream.id, {}).items()
            }
            for stream in copy.streams
        },
    }


def _about(person: DemoPerson, rng: Random) -> dict[str, str]:
    return {
        "full_name": person.name,
        "pronouns": rng.choice(_PRONOUNS) if rng.random() < 0.3 else "",
        "country": person.country,
        "city": person.city,
        "adult": "yes" if person.age >= 18 else "no",
        "returning": "yes" if person.returning else "no",
    }


def _background(person: DemoPerson, texts: DemoTexts) -> dict[str, str]:
    links = {_LINK_FIELDS[link.label]: link.url for link in reversed(person.links)}
    return {
        "position": f"{person.position_label}, {person.field}",
        "institution": person.institution.removeprefix("the "),
        "story": texts.background,
        "link_website": links.get("link_website", ""),
        "link_code": links.get("link_code", ""),
        "link_writing": links.get("link_writing", ""),
    }


def _availability(person: DemoPerson) -> dict[str, str]:
    given = person.availability
    remarks = [given.start_problem, given.visa_remark]
    return {
        "hours": "full" if given.hours >= 35 else "half" if given.hours <= 20 else "unsure",
        "whole_programme": "no" if given.start_problem else "yes",
        "constraints": " ".join(remark for remark in remarks if remark),
    }


def answers_to(
    scene: Scene, texts: DemoTexts, stream: Stream, offering: Offering, rng: Random
) -> dict[int, str]:
    """What was written to a stream, reached through one of its directions, by question id."""
    given = {}
    for question in stream.questions:
        source = scene.sources[question.id]
        if source in ("yes_no", "drawn"):
            given[question.id] = _drawn(scene, question, rng)
        else:
            given[question.id] = texts.answer(source, offering.direction.slug)
    return given


def _ticked(options: Sequence[str], rng: Random) -> list[str]:
    """Some of the options in their order; the one that says "None of these" stands alone, and seldom."""
    several = [option for option in options if not option.startswith("None of")]
    ticked = set(rng.sample(several, rng.randint(1, len(several))))
    alone = [option for option in options if option not in several]
    return alone if alone and rng.random() < 0.1 else [o for o in options if o in ticked]


def _drawn(scene: Scene, question: Question, rng: Random) -> str:
    """An answer that is no text of anybody's; "" for a file, which nobody invented."""
    match question.kind:
        case Kind.YES_NO:
            return rng.choice(("yes", "yes", "no"))
        case Kind.CHOICE:
            return rng.choice(question.options)
        case Kind.CHOICES:
            return "\n".join(_ticked(question.options, rng))
        case Kind.NUMBER:
            return str(rng.choice((1, 2, 4, 8, 20, 60)))
        case Kind.DATE:
            days = rng.choice((120, 150, 165, 180))
            return (scene.calendar.closes_at + timedelta(days=days)).date().isoformat()
        case Kind.LINK:
            return f"https://example.org/demo/report-{rng.randint(1, 400)}"
    return ""
