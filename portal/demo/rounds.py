"""The demo rounds, streams, readers and accounts, read from ``rounds.toml``.

Instants are kept as days from the moment of seeding; ``DemoRound.instants`` turns them into dates.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from portal.demo.material import MaterialError

Row = TypeVar("Row")


@dataclass(frozen=True)
class DemoInstants:
    """When a round's steps happen; ``archived_at`` is None where that lies ahead."""

    published_at: datetime
    opens_at: datetime
    closes_at: datetime
    releases_at: datetime
    programme_starts_at: datetime
    archived_at: datetime | None


@dataclass(frozen=True)
class DemoKeyDate:
    label: str
    in_days: float


@dataclass(frozen=True)
class DemoRound:
    """A round in days from the seeding instant. ``streams`` names those taking part; empty means all."""

    slug: str
    name: str
    notice: str
    current: bool
    published_in_days: float
    opens_in_days: float
    closes_in_days: float
    releases_in_days: float
    programme_starts_in_days: float
    programme_weeks: int
    grace_seconds: int
    key_dates: tuple[DemoKeyDate, ...]
    archived_in_days: float | None = None
    streams: tuple[str, ...] = ()

    def instants(self, now: datetime) -> DemoInstants:
        """The round's instants when it is seeded at ``now`` (aware), on full hours."""
        return DemoInstants(
            published_at=_at(now, self.published_in_days),
            opens_at=_at(now, self.opens_in_days),
            closes_at=_at(now, self.closes_in_days),
            releases_at=_at(now, self.releases_in_days),
            programme_starts_at=_at(now, self.programme_starts_in_days),
            archived_at=None if self.archived_in_days is None else _at(now, self.archived_in_days),
        )


@dataclass(frozen=True)
class DemoStreamQuestion:
    """A stream's question; ``answered_by`` is a source of ``DemoTexts.answer``."""

    key: str
    prompt: str
    help: str
    word_limit: int
    required: bool
    minutes: int
    answered_by: str


@dataclass(frozen=True)
class DemoReader:
    """An invented reader; ``role`` is lead, co or reader."""

    email: str
    name: str
    role: str
    time_zone: str


@dataclass(frozen=True)
class DemoStream:
    """A stream; the first of ``mentors`` (slugs) is primary. ``closes_offset_days`` None: the round's deadline."""

    slug: str
    name: str
    mentors: tuple[str, ...]
    places: int
    directions: tuple[str, ...]
    questions: tuple[DemoStreamQuestion, ...]
    readers: tuple[DemoReader, ...]
    closes_offset_days: float | None = None

    def closes_at(self, round_closes_at: datetime) -> datetime | None:
        """The stream's own deadline, or None where it follows the round."""
        if self.closes_offset_days is None:
            return None
        return round_closes_at + timedelta(days=self.closes_offset_days)


@dataclass(frozen=True)
class DemoAccount:
    """Somebody to sign in as; ``application`` is "", "half_done" or "submitted"."""

    email: str
    name: str
    role: str
    time_zone: str
    application: str = ""
    directions: tuple[str, ...] = ()


@dataclass(frozen=True)
class DemoProgramme:
    rounds: tuple[DemoRound, ...]
    streams: tuple[DemoStream, ...]
    accounts: tuple[DemoAccount, ...]

    @property
    def current(self) -> DemoRound:
        """The round that is open when it is seeded."""
        return next(item for item in self.rounds if item.current)

    def streams_of(self, item: DemoRound) -> tuple[DemoStream, ...]:
        """The streams that take part in a round."""
        return tuple(s for s in self.streams if not item.streams or s.slug in item.streams)


def load_programme(folder: Path) -> DemoProgramme:
    """Read ``rounds.toml`` under ``folder``. Raises MaterialError naming file, entry and field."""
    path = folder / "rounds.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as broken:
        raise MaterialError(f"{path}: {broken}") from broken
    questions = {
        key: _make(path, f"question {key}", DemoStreamQuestion, {"key": key, **row})
        for key, row in data.get("question", {}).items()
    }
    rounds = tuple(_round(path, row) for row in data.get("round", ()))
    if sum(item.current for item in rounds) != 1:
        raise MaterialError(f"{path}: round: exactly one needs current = true")
    return DemoProgramme(
        rounds=rounds,
        streams=tuple(_stream(path, row, questions) for row in data.get("stream", ())),
        accounts=tuple(
            _make(path, f"account {row.get('email', '?')}", DemoAccount, _tuples(row))
            for row in data.get("account", ())
        ),
    )


def _at(now: datetime, days: float) -> datetime:
    return (now + timedelta(days=days)).replace(minute=0, second=0, microsecond=0)


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def _make(path: Path, entry: str, kind: type[Row], row: Mapping[str, Any]) -> Row:
    try:
        return kind(**row)
    except TypeError as wrong:  # says which field is missing or unknown
        raise MaterialError(f"{path}: {entry}: {wrong}") from wrong


def _round(path: Path, row: Mapping[str, Any]) -> DemoRound:
    entry = f"round {row.get('slug', '?')}"
    rest = {key: value for key, value in row.items() if key != "key_date"}
    dates = tuple(_make(path, entry, DemoKeyDate, item) for item in row.get("key_date", ()))
    return _make(path, entry, DemoRound, {**_tuples(rest), "key_dates": dates})


def _stream(
    path: Path, row: Mapping[str, Any], questions: Mapping[str, DemoStreamQuestion]
) -> DemoStream:
    entry = f"stream {row.get('slug', '?')}"
    unknown = [key for key in row.get("questions", ()) if key not in questions]
    if unknown:
        raise MaterialError(f"{path}: {entry}: questions: there is no [question.{unknown[0]}]")
    readers = tuple(_make(path, entry, DemoReader, item) for item in row.get("readers", ()))
    asked = tuple(questions[key] for key in row.get("questions", ()))
    return _make(path, entry, DemoStream, {**_tuples(row), "questions": asked, "readers": readers})
