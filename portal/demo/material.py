"""What the invented people are made of, read from the folder ``seeds/demo``.

The files are written for a person to edit, so a mistake in one is reported with the file, the entry
and the field.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from portal.demo.grammar import TemplateError, slot_names

PLAN_FIELDS = ("about", "q", "noticed", "tried", "limit", "next", "test")


class MaterialError(ValueError):
    """A demo file that cannot be used; the message names the file, the entry and the field."""


@dataclass(frozen=True)
class Name:
    """One part of a name: in Latin letters, and in its own script where that differs."""

    latin: str
    own: str | None


@dataclass(frozen=True)
class Place:
    country: str
    time_zone: str
    city: str


@dataclass(frozen=True)
class Region:
    key: str
    weight: int
    order: str
    language: str
    places: tuple[Place, ...]
    given: tuple[Name, ...]
    family: tuple[Name, ...]


@dataclass(frozen=True)
class Position:
    """What somebody does. ``ages`` is (lowest, highest), both included."""

    key: str
    label: str
    weight: int
    ages: tuple[int, int]
    employers: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Habits:
    """Availability and links, as templates."""

    hours: tuple[tuple[int, int], ...]
    start_problems: tuple[str, ...]
    visa_remarks: tuple[str, ...]
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Plan:
    """One line of thought about a direction: what was seen, tried, what failed, what comes next."""

    about: str
    q: str
    noticed: str
    tried: str
    limit: str
    next: str
    test: str


@dataclass(frozen=True)
class DirectionTexts:
    """The material of one direction; ``weight`` is how often it is chosen against others."""

    slug: str
    weight: int
    near: tuple[str, ...]
    slots: Mapping[str, tuple[str, ...]]
    plans: tuple[Plan, ...]


Frames = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Material:
    """Everything read from ``seeds/demo`` that people, texts and reviews draw on."""

    regions: tuple[Region, ...]
    positions: tuple[Position, ...]
    habits: Habits
    frames: Frames
    slots: Mapping[str, tuple[str, ...]]
    reviews: Frames
    directions: Mapping[str, DirectionTexts]

    def direction(self, slug: str) -> DirectionTexts:
        """The texts of a direction. Raises KeyError where there is no file for it."""
        return self.directions[slug]


def load_material(folder: Path) -> Material:
    """Read all demo files under ``folder``. Raises MaterialError naming file, entry and field."""
    lives = _read(folder / "lives.toml")
    general = _read(folder / "frames.toml")
    slots = _frames(folder / "frames.toml", general.get("slots", {}))
    texts = (_direction(path, slots) for path in sorted((folder / "texts").glob("*.toml")))
    material = Material(
        regions=tuple(
            _region(folder / "names.toml", row) for row in _read(folder / "names.toml")["region"]
        ),
        positions=tuple(_position(folder / "lives.toml", lives, row) for row in lives["position"]),
        habits=_habits(folder / "lives.toml", lives),
        frames=_frames(folder / "frames.toml", general.get("frames", {})),
        slots=slots,
        reviews=_frames(folder / "reviews.toml", _read(folder / "reviews.toml")),
        directions=MappingProxyType({direction.slug: direction for direction in texts}),
    )
    if not material.directions:
        raise MaterialError(f"{folder / 'texts'}: no file for any direction")
    return material


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise MaterialError(f"{path}: the file is missing") from missing
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        raise MaterialError(f"{path}: {broken}") from broken


def _need(path: Path, entry: str, row: Mapping[str, Any], field: str) -> Any:
    if field not in row:
        raise MaterialError(f"{path}: {entry}: {field} is missing")
    return row[field]


def _name(value: str | Sequence[str]) -> Name:
    return Name(value, None) if isinstance(value, str) else Name(value[0], value[1])


def _region(path: Path, row: Mapping[str, Any]) -> Region:
    entry = f"region {row.get('key', '?')}"
    order = _need(path, entry, row, "order")
    if order not in ("given-first", "family-first", "single"):
        raise MaterialError(
            f"{path}: {entry}: order {order!r} is not given-first, family-first or single"
        )
    return Region(
        key=_need(path, entry, row, "key"),
        weight=_need(path, entry, row, "weight"),
        order=order,
        language=_need(path, entry, row, "language"),
        places=tuple(Place(*place) for place in _need(path, entry, row, "places")),
        given=tuple(_name(value) for value in _need(path, entry, row, "given")),
        family=tuple(_name(value) for value in _need(path, entry, row, "family")),
    )


def _position(path: Path, lives: Mapping[str, Any], row: Mapping[str, Any]) -> Position:
    entry = f"position {row.get('key', '?')}"
    at = _need(path, entry, row, "at")
    lowest, highest = _need(path, entry, row, "ages")
    return Position(
        key=_need(path, entry, row, "key"),
        label=_need(path, entry, row, "label"),
        weight=_need(path, entry, row, "weight"),
        ages=(lowest, highest),
        employers=tuple(_need(path, entry, lives, at)) if at else (),
        fields=tuple(_need(path, entry, row, "fields")),
    )


def _habits(path: Path, lives: Mapping[str, Any]) -> Habits:
    row = _need(path, "the file", lives, "availability")
    return Habits(
        hours=tuple((hours, weight) for hours, weight in _need(path, "availability", row, "hours")),
        start_problems=tuple(_need(path, "availability", row, "start_problems")),
        visa_remarks=tuple(_need(path, "availability", row, "visa_remarks")),
        links=tuple((label, url) for label, url in _need(path, "availability", row, "links")),
    )


def _frames(path: Path, table: Mapping[str, Any], prefix: str = "") -> Frames:
    """Lists of templates by dotted name: ``[question] terse = [...]`` is ``question.terse``."""
    found: dict[str, tuple[str, ...]] = {}
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            found.update(_frames(path, value, f"{name}."))
        elif value:
            for template in value:
                _check(path, name, "text", template)
            found[name] = tuple(value)
        else:
            raise MaterialError(f"{path}: {name}: the list is empty")
    return MappingProxyType(found)


def _check(path: Path, entry: str, field: str, template: str) -> set[str]:
    try:
        return slot_names(template)
    except TemplateError as broken:
        raise MaterialError(f"{path}: {entry}: {field}: {broken}") from broken


def _direction(path: Path, general: Frames) -> DirectionTexts:
    row = _read(path)
    slots = {**general, **{key: tuple(values) for key, values in row.get("slots", {}).items()}}
    plans = tuple(
        _plan(path, number, plan, slots) for number, plan in enumerate(row.get("plan", ()), 1)
    )
    if not plans:
        raise MaterialError(f"{path}: plan: there is none")
    return DirectionTexts(
        path.stem, row.get("weight", 10), tuple(row.get("near", ())), MappingProxyType(slots), plans
    )


def _plan(path: Path, number: int, row: Mapping[str, str], slots: Iterable[str]) -> Plan:
    entry = f"plan {number} ({row.get('about', 'no name')})"
    remembered = set(slots)
    for field in PLAN_FIELDS:
        missing = _check(path, entry, field, _need(path, entry, row, field)) - remembered
        if missing:
            raise MaterialError(
                f"{path}: {entry}: {field}: no slot {sorted(missing)[0]!r} under [slots]"
            )
    return Plan(**{field: row[field] for field in PLAN_FIELDS})
