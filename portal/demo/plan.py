"""The demo programme as ``seeds/demo/round.toml`` describes it: accounts, readers, streams and what they ask."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.demo.material import MaterialError
from portal.demo.people import Progress

ROLES = ("applicant", "reader", "admin")
SOURCES = ("why", "idea", "limits", "yes_no", "drawn")


@dataclass(frozen=True)
class AccountPlan:
    """An account that is shown on the sign-in page of a demo; ``what`` says whose eyes it lends.

    Applicants have a ``home`` (country, city, time zone), a ``progress`` and ranked ``directions`` (slugs).
    """

    email: str
    name: str
    role: str
    what: str
    home: tuple[str, str, str] = ("", "", "UTC")
    progress: Progress = Progress.NEVER_STARTED
    directions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReaderPlan:
    email: str
    name: str


@dataclass(frozen=True)
class CriterionPlan:
    slug: str
    label: str
    help: str


@dataclass(frozen=True)
class KeyDatePlan:
    days_after_close: int
    label: str
    note: str


@dataclass(frozen=True)
class QuestionPlan:
    """``answered_by`` names the text of an invented applicant that answers it: one of SOURCES."""

    prompt: str
    help: str
    kind: str
    words: int | None
    minutes: int
    required: bool
    answered_by: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class TaskPlan:
    """A work test. ``due_days`` is when it is due, in days after the round's close; ``hours`` or ``minutes`` cap it."""

    title: str
    brief: str
    hand_in: str
    due_days: int
    hours: int | None = None
    minutes: int | None = None


@dataclass(frozen=True)
class StreamPlan:
    """``closes_days`` is the stream's own deadline in days after the round's, None where the round's holds.

    ``mentors`` and ``directions`` are slugs of reference content, ``lead``, ``co`` and ``readers`` addresses.
    """

    slug: str
    name: str
    mentors: tuple[str, ...]
    directions: tuple[str, ...]
    places: int
    closes_days: int | None
    past: bool
    lead: str
    co: tuple[str, ...]
    readers: tuple[str, ...]
    text: str
    steps: str
    questions: tuple[QuestionPlan, ...]
    tasks: tuple[TaskPlan, ...] = ()


@dataclass(frozen=True)
class RoundPlan:
    summary: str
    place: str
    opens_days_before_close: int
    release_days_after_close: int
    programme_days_after_close: int
    accounts: tuple[AccountPlan, ...]
    readers: tuple[ReaderPlan, ...]
    criteria: tuple[CriterionPlan, ...]
    key_dates: tuple[KeyDatePlan, ...]
    streams: tuple[StreamPlan, ...]

    @property
    def staff(self) -> tuple[ReaderPlan, ...]:
        """Everybody who reads: the shown accounts among them first."""
        shown = (
            ReaderPlan(each.email, each.name) for each in self.accounts if each.role == "reader"
        )
        return (*shown, *self.readers)


def load_plan(folder: Path) -> RoundPlan:
    """Read ``round.toml``. Raises MaterialError naming the file, the entry and the field."""
    path = folder / "round.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as broken:
        raise MaterialError(f"{path}: {broken}") from broken
    reader = _Reader(path)
    plan = RoundPlan(
        summary=reader.need("the file", data, "summary"),
        place=reader.need("the file", data, "place"),
        opens_days_before_close=reader.need("the file", data, "opens_days_before_close"),
        release_days_after_close=reader.need("the file", data, "release_days_after_close"),
        programme_days_after_close=reader.need("the file", data, "programme_days_after_close"),
        accounts=tuple(reader.account(row) for row in data.get("account", ())),
        readers=tuple(ReaderPlan(row["email"], row["name"]) for row in data.get("reader", ())),
        criteria=tuple(CriterionPlan(**row) for row in data.get("criterion", ())),
        key_dates=tuple(
            KeyDatePlan(row["days_after_close"], row["label"], row.get("note", ""))
            for row in data.get("key_date", ())
        ),
        streams=tuple(reader.stream(row) for row in data.get("stream", ())),
    )
    reader.refuse_strangers(plan)
    return plan


class _Reader:
    """Turns tables of one file into plans, and says where something is missing."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def need(self, entry: str, row: Mapping[str, Any], field: str) -> Any:
        if field not in row:
            raise MaterialError(f"{self.path}: {entry}: {field} is missing")
        return row[field]

    def account(self, row: Mapping[str, Any]) -> AccountPlan:
        entry = f"account {row.get('email', '?')}"
        fields = {name: self.need(entry, row, name) for name in ("email", "name", "role", "what")}
        self._one_of(entry, "role", fields["role"], ROLES)
        if fields["role"] != "applicant":
            return AccountPlan(**fields)
        progress = self.need(entry, row, "progress")
        self._one_of(entry, "progress", progress, tuple(each.value for each in Progress))
        country, city, time_zone = self.need(entry, row, "home")
        return AccountPlan(
            **fields,
            home=(country, city, time_zone),
            progress=Progress(progress),
            directions=tuple(self.need(entry, row, "directions")),
        )

    def stream(self, row: Mapping[str, Any]) -> StreamPlan:
        entry = f"stream {row.get('slug', '?')}"
        asked = enumerate(row.get("question", ()), 1)
        return StreamPlan(
            slug=self.need(entry, row, "slug"),
            name=self.need(entry, row, "name"),
            mentors=tuple(self.need(entry, row, "mentors")),
            directions=tuple(self.need(entry, row, "directions")),
            places=self.need(entry, row, "places"),
            closes_days=row.get("closes_days"),
            past=row.get("past", False),
            lead=self.need(entry, row, "lead"),
            co=tuple(row.get("co", ())),
            readers=tuple(row.get("readers", ())),
            text=self.need(entry, row, "text"),
            steps=self.need(entry, row, "steps"),
            questions=tuple(self._question(f"{entry}: question {n}", each) for n, each in asked),
            tasks=tuple(TaskPlan(**each) for each in row.get("task", ())),
        )

    def _question(self, entry: str, row: Mapping[str, Any]) -> QuestionPlan:
        source = self.need(entry, row, "answered_by")
        self._one_of(entry, "answered_by", source, SOURCES)
        return QuestionPlan(
            prompt=self.need(entry, row, "prompt"),
            help=row.get("help", ""),
            kind=row.get("kind", "long_text"),
            words=row.get("words"),
            minutes=self.need(entry, row, "minutes"),
            required=row.get("required", True),
            answered_by=source,
            options=tuple(row.get("options", ())),
        )

    def _one_of(self, entry: str, field: str, value: str, known: tuple[str, ...]) -> None:
        if value not in known:
            raise MaterialError(f"{self.path}: {entry}: {field} {value!r} is none of {known}")

    def refuse_strangers(self, plan: RoundPlan) -> None:
        """Every address that a stream names must belong to somebody."""
        known = {each.email for each in plan.staff}
        for stream in plan.streams:
            for email in (stream.lead, *stream.co, *stream.readers):
                if email not in known:
                    raise MaterialError(f"{self.path}: stream {stream.slug}: nobody has {email}")
