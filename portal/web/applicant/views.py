"""What the applicant's templates show, made from a dossier: lines of the task list, rows to check, kept texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from portal.domain.applications import (
    CHECK,
    DIRECTIONS,
    SECTION_BY_SLUG,
    SECTIONS,
    ApplicationState,
    Progress,
    Task,
    section_gaps,
    standing,
    stream_section,
    tasks,
)
from portal.domain.questions import WITH_OPTIONS, Field, Gap, Kind, gaps
from portal.models import Stream
from portal.queries import work_tests
from portal.queries.applications import Dossier, stream_fields
from portal.web.applicant.forms import spoken
from portal.web.applicant.question_views import changed, changed_hint
from portal.web.applicant.work_test_views import (
    href_of_action,
    open_tasks,
    task_lines,
)

WORDS = {
    Progress.NOT_STARTED: ("Not started", "neutral"),
    Progress.INCOMPLETE: ("Incomplete", "progress"),
    Progress.COMPLETE: ("Complete", "good"),
}


@dataclass(frozen=True)
class TaskList:
    items: list[dict[str, Any]]
    done: int
    total: int
    missing: int


@dataclass(frozen=True)
class StreamStanding:
    """A chosen stream and its deadline: `reads` is the number of the submission it has, `differs` from the round's."""

    name: str
    closes_at: datetime
    accepts: bool
    differs: bool
    has_submission: bool


@dataclass(frozen=True)
class SectionPage:
    """One section of the form: its words, its fields, and which stream asks, if one does."""

    slug: str
    title: str
    intro: str
    fields: tuple[Field, ...]
    stream: Stream | None = None


def section_href(dossier: Dossier, slug: str, *, from_check: bool = False) -> str:
    values: dict[str, Any] = {"round": dossier.round.slug, "section": slug}
    if from_check:
        values["from"] = "check"
    return url_for("applicant_sections.show", **values)


def task_list(dossier: Dossier, at: datetime) -> TaskList:
    """The lines of the task list with their statuses in words, the check at the end."""
    found = tasks(dossier.draft(at))
    unsent = dossier.unsent(at)
    items = [_task_line(dossier, task, unsent) for task in found]
    missing = sum(len(task.missing) for task in found)
    missing += len(work_tests.gaps_of(dossier, at))
    asked = task_lines(dossier, at)
    check, complete = _check_line(dossier, missing, bool(unsent), at)
    done = sum(task.progress is Progress.COMPLETE for task in found) + asked.done + complete
    items += asked.items
    return TaskList([*items, check], done, len(items) + 1, missing)


def _task_line(dossier: Dossier, task: Task, unsent: set[str]) -> dict[str, Any]:
    words, kind = WORDS[task.progress]
    if not task.accepts:
        words, kind = "Deadline passed", "muted"
    hints = []
    if task.slug in unsent:
        hints.append("Changed since you submitted.")
    if task.progress is Progress.INCOMPLETE and task.missing:
        hints.append(_things(len(task.missing)))
    if task.accepts and (note := changed_hint(dossier, task.slug)):
        hints.append(note)
    if task.slug == DIRECTIONS and dossier.ranked:
        chosen = len(dossier.ranked)
        hints.append(f"{chosen} chosen. You can choose up to {dossier.round.max_choices}.")
    return {
        "group": "everybody" if task.slug in SECTION_BY_SLUG else "streams",
        "title": task.title,
        "status": words,
        "kind": kind,
        "hint": " ".join(hints),
        "href": section_href(dossier, task.slug),
    }


def _things(count: int) -> str:
    return f"{count} {'thing' if count == 1 else 'things'} to complete or correct."


def _check_line(
    dossier: Dossier, missing: int, unsent: bool, at: datetime
) -> tuple[dict[str, Any], bool]:
    submitted = dossier.submission is not None
    withdrawn = dossier.application and dossier.application.state is ApplicationState.WITHDRAWN
    if withdrawn:
        words, kind = "Withdrawn", "muted"
    elif submitted and not unsent:
        words, kind = "Submitted", "good"
    elif not dossier.submit_deadline().judge(at).accepted:
        words, kind = "Deadline passed", "muted"
    elif missing:
        words, kind = "Not ready yet", "neutral"
    elif submitted:
        words, kind = "Changes not submitted", "warn"
    else:
        words, kind = "Ready to submit", "progress"
    href = url_for("applicant_submissions.check", round=dossier.round.slug)
    line = {"title": "Check answers and submit", "status": words, "kind": kind, "href": href}
    line["group"] = "submit"
    return line, submitted and not unsent and not withdrawn


def section_page(dossier: Dossier, slug: str) -> SectionPage | None:
    """The page of a section; None for one this round does not have or that asks nothing."""
    if slug in SECTION_BY_SLUG:
        section = SECTION_BY_SLUG[slug]
        return SectionPage(slug, section.title, section.intro, section.fields)
    stream = dossier.stream_of_section(slug)
    if stream is None or not stream_fields(stream):
        return None
    title = f"Questions of {stream.name}"
    return SectionPage(slug, title, "", stream_fields(stream), stream)


def problems_of(page: SectionPage, answers: dict[str, str] | None) -> list[Gap]:
    if page.slug in SECTION_BY_SLUG:
        return section_gaps(SECTION_BY_SLUG[page.slug], answers or {})
    return gaps(page.slug, page.fields, answers or {})


def next_href(dossier: Dossier, slug: str, at: datetime) -> str:
    """Where "Save and continue" leads: the next section of the list, the check after the last."""
    order = [task.slug for task in tasks(dossier.draft(at))]
    place = order.index(slug) + 1 if slug in order else len(order)
    following = order[place] if place < len(order) else CHECK
    return section_href(dossier, following)


def rows(
    dossier: Dossier,
    page: SectionPage,
    answers: dict[str, str] | None,
    missing: Sequence[Gap],
    href: str | None,
) -> list[dict[str, Any]]:
    """The summary rows of a section; with `href` each has a Change link that comes back to the check."""
    lacking = {gap.field: gap.problem for gap in missing}
    words = spoken(page.fields, answers or {})
    files = dossier.files_in(page.fields, answers or {})
    return [
        {
            "key": field.label,
            "value": files[field.name].name if field.name in files else words[field.name],
            "file": files.get(field.name),
            "missing": field.name in lacking and not words[field.name],
            "href": f"{href}#{_anchor(field)}" if href else None,
            "about": field.label,
            "long": field.kind is Kind.LONG_TEXT,
            "notes": changed(dossier, field) if href else (),
        }
        for field in page.fields
    ]


def anchor(page: SectionPage, name: str) -> str:
    """The id of the control of the field of that name; "" for a field that the page does not have."""
    return next((_anchor(field) for field in page.fields if field.name == name), "")


def _anchor(field: Field) -> str:
    """The id of a field's control on its page: of the first choice where there are several."""
    group = field.kind is Kind.YES_NO or (field.kind in WITH_OPTIONS and field.choices)
    return f"{field.name}-0" if group else field.name


def gap_href(dossier: Dossier, gap: Gap) -> str:
    """The link from something that is missing to the very field."""
    if task := href_of_action(dossier, gap.section):
        return task
    page = section_page(dossier, gap.section)
    place = anchor(page, gap.field) if page else ""
    href = section_href(dossier, gap.section, from_check=True)
    return f"{href}#{place}" if place else href


def standings(dossier: Dossier, at: datetime) -> list[StreamStanding]:
    found = []
    for stream in dossier.chosen_streams():
        closes_at = dossier.deadline_of(stream).closes_at
        row = dossier.stream_application(stream)
        found.append(
            StreamStanding(
                stream.name,
                closes_at,
                dossier.accepts(stream, at),
                closes_at != dossier.closes_at,
                bool(row and row.submission_id),
            )
        )
    return found


@dataclass(frozen=True)
class DeadlineLine:
    """One instant at which some of the chosen streams close; before anything is chosen, the round's own.

    With `task`, when the task of that title is due.
    """

    closes_at: datetime
    accepts: bool
    streams: tuple[StreamStanding, ...] = ()
    task: str = ""

    @property
    def names(self) -> str:
        """Up to three streams by name; more are counted."""
        if self.task:
            return self.task
        if len(self.streams) > 3:
            return f"{len(self.streams)} streams"
        return ", ".join(stream.name for stream in self.streams)


def deadline_lines(dossier: Dossier, at: datetime) -> list[DeadlineLine]:
    """The deadlines that concern this applicant: the next one first, then the later ones, then those that passed."""
    chosen = standings(dossier, at)
    if not chosen:
        own = dossier.undecided()
        if not own.judge(at).accepted:  # the last streams may still be open to a first choice
            own = dossier.general()
        return [DeadlineLine(own.closes_at, own.judge(at).accepted)]
    lines = []
    for closes_at in sorted({each.closes_at for each in chosen}):
        together = tuple(each for each in chosen if each.closes_at == closes_at)
        lines.append(DeadlineLine(closes_at, together[0].accepts, together))
    lines += [
        DeadlineLine(task.ends.closes_at, True, task=task.test.title)
        for task in open_tasks(dossier, at)
    ]
    return sorted(lines, key=lambda line: (not line.accepts, line.closes_at))


def standing_of(dossier: Dossier, at: datetime) -> str:
    """The one sentence about an application, the same for everybody before the release."""
    released = dossier.round.released_at is not None and dossier.round.released_at <= at
    state = dossier.application.state if dossier.application else ApplicationState.DRAFT
    return standing(
        state, accepting=dossier.submit_deadline().judge(at).accepted, released=released
    )


def all_section_pages(dossier: Dossier) -> list[SectionPage]:
    """The pages of a full application in order: the general sections, then each chosen stream that asks something."""
    slugs = [section.slug for section in SECTIONS]
    slugs += [stream_section(stream.slug) for stream in dossier.chosen_streams()]
    return [page for slug in slugs if (page := section_page(dossier, slug))]
