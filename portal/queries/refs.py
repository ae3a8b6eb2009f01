"""The shortest form of what pages link to: an address and a name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TopicRef:
    slug: str
    name: str


@dataclass(frozen=True)
class MentorRef:
    slug: str
    name: str


@dataclass(frozen=True)
class DirectionRef:
    slug: str
    title: str


@dataclass(frozen=True)
class PaperRef:
    slug: str
    title: str
