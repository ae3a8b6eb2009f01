"""People who do not exist, drawn one by one from a seed."""

from __future__ import annotations

import enum
import unicodedata
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import TypeVar

from portal.demo.grammar import Voice
from portal.demo.material import Material, Name, Position, Region, load_material

Item = TypeVar("Item")

# Letters that carry no separable accent, for e-mail addresses.
_PLAIN = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d"}
    | {"þ": "th", "Þ": "Th", "ß": "ss", "ı": "i", "æ": "ae"}
)


class Progress(enum.Enum):
    """How far somebody gets with an application."""

    NEVER_STARTED = "never started"
    BARELY = "barely started"
    HALF_DONE = "half done"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True)
class Availability:
    """``hours`` a week; ``start_problem`` and ``visa_remark`` are sentences, or empty."""

    hours: int
    start_problem: str
    visa_remark: str


@dataclass(frozen=True)
class DemoPerson:
    """An invented applicant.

    ``name`` is what they would type, ``latin_name`` the same in Latin letters, ``own_script`` the
    name in its own script where that differs. ``age`` is in full years at the programme's start.
    ``quality`` (0 to 1) and ``care`` (0 to 1, how complete and tidy) are hidden: they steer texts
    and reviews. ``started_before`` and ``submitted_before`` are time before the deadline;
    ``submitted_before`` is None for those who never submit.
    """

    index: int
    name: str
    latin_name: str
    own_script: str | None
    email: str
    country: str
    city: str
    time_zone: str
    language: str
    age: int
    position: str
    position_label: str
    field: str
    institution: str
    links: tuple[Link, ...]
    availability: Availability
    returning: bool
    progress: Progress
    care: float
    quality: float
    started_before: timedelta
    submitted_before: timedelta | None

    @property
    def current_position(self) -> str:
        """One line: "PhD student, control theory, Northlake University"."""
        parts = (self.position_label, self.field, self.institution.removeprefix("the "))
        return ", ".join(part for part in parts if part)


def stream(rng_seed: int, index: int, purpose: str) -> Random:
    """The numbers of one person for one purpose, whatever is drawn for others."""
    return Random(f"{rng_seed}:{index}:{purpose}")


def people(rng_seed: int, n: int, material: Material | Path) -> Iterator[DemoPerson]:
    """The first ``n`` people of a seed. Person ``i`` is the same for every ``n``."""
    source = load_material(material) if isinstance(material, Path) else material
    for index in range(n):
        yield person(rng_seed, index, source)


def person(rng_seed: int, index: int, material: Material) -> DemoPerson:
    """Person number ``index`` of a seed."""
    rng = stream(rng_seed, index, "person")
    region = _weighted(rng, material.regions, lambda item: item.weight)
    position = _weighted(rng, material.positions, lambda item: item.weight)
    latin, own, email = _names(rng, region, index)
    place = rng.choice(region.places)
    progress = _progress(rng)
    care = rng.betavariate(4, 2)
    started, submitted = _timing(rng, progress)
    return DemoPerson(
        index=index,
        name=own if own and rng.random() < 0.4 else latin,
        latin_name=latin,
        own_script=own,
        email=email,
        country=place.country,
        city=place.city,
        time_zone=place.time_zone,
        language=region.language,
        age=_age(rng, position),
        position=position.key,
        position_label=position.label,
        field=rng.choice(position.fields),
        institution=rng.choice(position.employers) if position.employers else "",
        links=_links(rng, material, email.partition("@")[0]),
        availability=_availability(rng, material),
        returning=rng.random() < 0.25,
        progress=progress,
        care=care,
        quality=min(1.0, max(0.0, 0.25 * care + 0.75 * rng.betavariate(2.2, 2.4))),
        started_before=started,
        submitted_before=submitted,
    )


def schedule(
    person: DemoPerson, opens_at: datetime, until: datetime
) -> tuple[datetime, datetime | None]:
    """When the person started and submitted, with ``until`` (the deadline or now) as the end.

    Both instants lie in [opens_at, until); the last one is None for those who never submit.
    """
    span = until - opens_at
    started = until - min(person.started_before, span)
    if person.submitted_before is None:
        return started, None
    submitted = until - min(person.submitted_before, span * 0.9)
    return min(started, submitted - span * 0.01), submitted


@lru_cache(maxsize=64)
def _bounds(weights: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(accumulate(weights))


def _weighted(rng: Random, items: Sequence[Item], weight: Callable[[Item], int]) -> Item:
    bounds = _bounds(tuple(weight(item) for item in items))
    return items[bisect(bounds, int(rng.random() * bounds[-1]))]


def _names(rng: Random, region: Region, index: int) -> tuple[str, str | None, str]:
    given = rng.choice(region.given)
    family = rng.choice(region.family) if region.family else None
    ordered = [given] if family is None else [given, family]
    if region.order == "family-first":
        ordered.reverse()
    if region.order == "given-first" and given.own is None and rng.random() < 0.25:
        ordered.insert(1, Name(f"{rng.choice(region.given).latin[0]}.", None))
    latin = " ".join(part.latin for part in ordered)
    handle = ".".join(part for part in (_ascii(given), _ascii(family)) if part)
    return latin, _own(ordered, region.language), f"{handle}{index + 1}@example.org"


def _own(parts: Sequence[Name], language: str) -> str | None:
    if any(part.own is None for part in parts):
        return None
    joint = "" if language in ("zh", "ko") else " "
    return joint.join(part.own or "" for part in parts)


def _ascii(name: Name | None) -> str:
    """Up to three words of a name in a-z, joined by dots, so that an address stays readable."""
    if name is None:
        return ""
    plain = unicodedata.normalize("NFKD", name.latin.translate(_PLAIN)).lower()
    words = "".join(c if "a" <= c <= "z" else " " if c in " -" else "" for c in plain).split()
    return ".".join(words[:3])


def _age(rng: Random, position: Position) -> int:
    lowest, highest = position.ages
    if lowest == 18 and rng.random() < 0.02:
        return 17  # some ask although the rule is 18 at the start
    return lowest + int((highest - lowest + 1) * rng.random() ** 1.6)


def _links(rng: Random, material: Material, handle: str) -> tuple[Link, ...]:
    chosen = rng.sample(material.habits.links, rng.choice((0, 1, 1, 2, 2, 3)))
    return tuple(Link(label, url.replace("{handle}", handle)) for label, url in chosen)


def _availability(rng: Random, material: Material) -> Availability:
    habits = material.habits
    voice = Voice(rng, {})
    return Availability(
        hours=_weighted(rng, habits.hours, lambda item: item[1])[0],
        start_problem=voice.say(voice.pick(habits.start_problems)) if rng.random() < 0.25 else "",
        visa_remark=voice.say(voice.pick(habits.visa_remarks)) if rng.random() < 0.35 else "",
    )


_PROGRESS = (
    (Progress.SUBMITTED, 66),
    (Progress.HALF_DONE, 14),
    (Progress.NEVER_STARTED, 9),
    (Progress.BARELY, 7),
    (Progress.WITHDRAWN, 4),
)


def _progress(rng: Random) -> Progress:
    return _weighted(rng, _PROGRESS, lambda item: item[1])[0]


def _timing(rng: Random, progress: Progress) -> tuple[timedelta, timedelta | None]:
    """More than half of all submissions come in the last three days, a good part in the last hour."""
    draw = rng.random()
    if draw < 0.07:
        hours = rng.uniform(0.005, 1)
    elif draw < 0.32:
        hours = rng.uniform(1, 24)
    elif draw < 0.58:
        hours = rng.uniform(24, 72)
    else:
        hours = 72 + rng.expovariate(1 / 200)
    work = rng.uniform(2, 24) if rng.random() < 0.3 else rng.uniform(24, 400)
    sent = progress in (Progress.SUBMITTED, Progress.WITHDRAWN)
    return timedelta(hours=round(hours + work, 4)), timedelta(
        hours=round(hours, 4)
    ) if sent else None
