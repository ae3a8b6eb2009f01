"""What an applicant is told about questions: how they were changed since, and what the chosen ones take."""

from datetime import datetime

from portal.domain.applications import SECTIONS, stream_section
from portal.domain.effort import Effort, effort, general_effort, remaining, task_effort
from portal.domain.questions import Field, differences
from portal.models import Stream
from portal.queries import work_tests
from portal.queries.applications import Dossier, stream_fields


def changed(dossier: Dossier, field: Field) -> list[str]:
    """The sentences about a question that was changed after it was answered; none for any other."""
    former = dossier.reworded.get(field.name)
    if former is None:
        return []
    return ["This question was changed after you answered it.", *differences(former, field)]


def changed_hint(dossier: Dossier, slug: str) -> str:
    """The same for a whole section, for the task list; "" where nothing was changed."""
    stream = dossier.stream_of_section(slug)
    fields = stream_fields(stream) if stream else ()
    count = sum(field.name in dossier.reworded for field in fields)
    if not count:
        return ""
    return (
        f"{count} {'question was' if count == 1 else 'questions were'} changed after you answered."
    )


def stream_effort(stream: Stream) -> Effort:
    """What a stream asks of everybody who chooses it."""
    tasks = [(t.hours, t.minutes) for t in stream.work_tests if t.retired_at is None]
    return effort(stream_fields(stream)) + task_effort(tasks)


def chosen_effort(dossier: Dossier) -> tuple[Effort, Effort]:
    """What everybody is asked, and what the chosen streams ask beside it."""
    return general_effort(), sum(map(stream_effort, dossier.chosen_streams()), Effort())


def section_left(dossier: Dossier, slug: str) -> Effort:
    """What is left to answer in one section."""
    stream = dossier.stream_of_section(slug)
    general = (section.fields for section in SECTIONS if section.slug == slug)
    fields = stream_fields(stream) if stream else next(general, ())
    return remaining(fields, dossier.answers(slug) or {})


def left(dossier: Dossier, at: datetime) -> Effort:
    """What is left to answer in the whole application, in what can still be answered."""
    streams = [stream for stream in dossier.chosen_streams() if dossier.accepts(stream, at)]
    slugs = [section.slug for section in SECTIONS] + [stream_section(s.slug) for s in streams]
    tasks = [
        (task.test.hours, task.test.minutes)
        for task in work_tests.tasks_of(dossier, at)
        if task.accepts and not task.handed_in and task.test.retired_at is None
    ]
    return sum((section_left(dossier, slug) for slug in slugs), task_effort(tasks))
