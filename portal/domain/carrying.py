"""What of an earlier round's application a new one can begin with.

Carried are the sections that everybody answers, without what holds for one round only, and the answers to a stream's
questions where the same stream asks in the same words. Never carried: choices, files, and whatever was submitted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portal.domain.applications import ABOUT, BACKGROUND, INTERESTS
from portal.domain.questions import Field, Kind

# Availability is about one programme's dates, and whether one has applied before has changed by having applied.
SECTIONS = (ABOUT, BACKGROUND, INTERESTS)
NOT_CARRIED = {"returning"}


@dataclass(frozen=True)
class Asked:
    """One stream's question as it was asked or is asked, with the answer it was given, if any."""

    stream: str
    field: Field
    text: str = ""


def general(earlier: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """The answers of each general section that are carried; sections without any are left out."""
    found = {}
    for section in SECTIONS:
        given = earlier.get(section.slug, {})
        kept = {
            field.name: given[field.name]
            for field in section.fields
            if given.get(field.name)
            and field.kind is not Kind.FILE
            and field.name not in NOT_CARRIED
        }
        if kept:
            found[section.slug] = kept
    return found


def of_streams(earlier: Iterable[Asked], now: Iterable[Asked]) -> dict[str, dict[str, str]]:
    """By stream, the answers to questions that the same stream asks now in the same words and the same way."""
    given = {_key(each): each.text for each in earlier if each.text}
    found: dict[str, dict[str, str]] = {}
    for each in now:
        text = given.get(_key(each))
        if text and each.field.kind is not Kind.FILE:
            found.setdefault(each.stream, {})[each.field.name] = text
    return found


def _key(each: Asked) -> tuple[str, str, Kind]:
    return each.stream, " ".join(each.field.label.split()), each.field.kind
