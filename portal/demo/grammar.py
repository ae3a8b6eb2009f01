"""Sentence templates with slots, filled by a seeded generator of random numbers.

A template is plain text with fields in braces:

- ``{model}`` is a slot: one value of the list ``model``, the same each time within one voice;
  ``{model2}`` is another value of the same list;
- ``{a|b|c}`` is a choice of words, made anew each time; choices may hold other fields;
- ``{40..60}`` is a number (``{0.2..0.4}`` with as many decimals as its bounds),
  ``{acc=40..60}`` one that is remembered under a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

_RANGE = re.compile(r"(?:([a-z_]+)=)?(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)")
_NAME = re.compile(r"([a-z_]+)(\d*)")


class TemplateError(ValueError):
    """A template that cannot be read or filled; the message quotes it."""


@dataclass(frozen=True)
class _Choice:
    options: tuple[_Parsed, ...]


@dataclass(frozen=True)
class _Slot:
    name: str
    source: str


@dataclass(frozen=True)
class _Number:
    name: str
    low: float
    high: float
    decimals: int


_Node = str | _Choice | _Slot | _Number
_Parsed = tuple[_Node, ...]


@cache
def parse(template: str) -> _Parsed:
    """Read a template into its parts. Raises TemplateError for unbalanced braces or an unknown field."""
    nodes: list[_Node] = []
    position = 0
    while position < len(template):
        opening = template.find("{", position)
        if opening < 0:
            opening = len(template)
        text = template[position:opening]
        if "}" in text:
            raise TemplateError(f"closing brace without an opening one: {template!r}")
        if text:
            nodes.append(text)
        if opening == len(template):
            break
        closing = _matching(template, opening)
        nodes.append(_field(template[opening + 1 : closing], template))
        position = closing + 1
    return tuple(nodes)


def _matching(template: str, opening: int) -> int:
    depth = 0
    for position in range(opening, len(template)):
        depth += {"{": 1, "}": -1}.get(template[position], 0)
        if depth == 0:
            return position
    raise TemplateError(f"opening brace without a closing one: {template!r}")


def _field(content: str, template: str) -> _Node:
    options = _split(content)
    if len(options) > 1:
        return _Choice(tuple(parse(option) for option in options))
    number = _RANGE.fullmatch(content)
    if number:
        name, low, high = number.groups()
        decimals = len(low.partition(".")[2])
        return _Number(name or "", float(low), float(high), decimals)
    slot = _NAME.fullmatch(content)
    if slot:
        return _Slot(content, slot[1])
    raise TemplateError(f"unknown field {{{content}}} in {template!r}")


def _split(content: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for position, character in enumerate(content):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "|" and depth == 0:
            parts.append(content[start:position])
            start = position + 1
    return [*parts, content[start:]]


def slot_names(template: str) -> set[str]:
    """The lists that a template needs, so that a loader can name a missing one."""
    names: set[str] = set()
    remembered: set[str] = set()

    def walk(nodes: _Parsed) -> None:
        for node in nodes:
            if isinstance(node, _Slot):
                names.add(node.source)
            elif isinstance(node, _Number):
                remembered.add(node.name)
            elif isinstance(node, _Choice):
                for option in node.options:
                    walk(option)

    walk(parse(template))
    return names - remembered


class Voice:
    """One speaker on one matter: what was named once keeps its name."""

    def __init__(self, rng: Random, slots: Mapping[str, Sequence[str]]) -> None:
        self.rng = rng
        self._slots = slots
        self._bound: dict[str, str] = {}

    def say(self, template: str) -> str:
        """Fill a template; the first letter becomes a capital. Raises TemplateError for an unknown slot."""
        text = self._fill(parse(template))
        return text[:1].upper() + text[1:]

    def phrase(self, template: str) -> str:
        """Fill a template that stands inside a sentence."""
        return self._fill(parse(template))

    def pick(self, options: Sequence[str]) -> str:
        """One of the options, as it stands."""
        return options[int(self.rng.random() * len(options))]

    def bind(self, name: str, value: str) -> None:
        """Fix what a slot says from here on."""
        self._bound[name] = value

    def _fill(self, nodes: _Parsed) -> str:
        return "".join(node if isinstance(node, str) else self._one(node) for node in nodes)

    def _one(self, node: _Choice | _Slot | _Number) -> str:
        if isinstance(node, _Choice):
            return self._fill(node.options[int(self.rng.random() * len(node.options))])
        if node.name and node.name in self._bound:
            return self._bound[node.name]
        value = self._number(node) if isinstance(node, _Number) else self._value(node)
        if node.name:
            self._bound[node.name] = value
        return value

    def _number(self, node: _Number) -> str:
        scale = 10**node.decimals
        low, high = round(node.low * scale), round(node.high * scale)
        drawn = low + int(self.rng.random() * (high - low + 1))
        return f"{drawn / scale:.{node.decimals}f}" if node.decimals else str(drawn)

    def _value(self, node: _Slot) -> str:
        options = self._slots.get(node.source)
        if not options:
            raise TemplateError(f"no values for the slot {{{node.name}}}")
        taken = {
            value for name, value in self._bound.items() if name.rstrip("0123456789") == node.source
        }
        free = [option for option in options if option not in taken] or list(options)
        return self._fill(parse(self.pick(free)))
