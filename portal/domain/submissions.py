"""What a submission is made of, for good: its content, the digest that proves it, and its number.

The content is JSON in one canonical form, so that the same content always has the same bytes. The digest is the
SHA-256 of a random salt and those bytes: it proves a content to those who hold it and tells others nothing.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from portal.domain.instants import iso

VERSION = 2
READABLE = (1, 2)  # 2 added the versions of questions, and files
SIGNED_AS = "portal receipt 1"  # another first line would be another kind of text
# Crockford's alphabet: no I, L, O or U, so that a number can be read out and typed back.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX = "R"
GROUPS, GROUP_LENGTH = 3, 4  # 12 characters of 5 bits: 60 bits, beyond guessing
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


@dataclass(frozen=True)
class GivenFile:
    """What proves a file: its SHA-256 is part of the content, and so of the submission's digest. `size` in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class GivenAnswer:
    """A question in the words it was asked in, and its answer. `field` is a section's field, or q<id> of a question.

    The answer to a question for a file is its reference, and `file` describes it.
    """

    field: str
    question: str
    answer: str
    kind: str = "long_text"
    version: int = 1
    file: GivenFile | None = None


@dataclass(frozen=True)
class GivenSection:
    slug: str
    title: str
    answers: tuple[GivenAnswer, ...]


@dataclass(frozen=True)
class GivenChoice:
    """One ranked direction with its text as it stood."""

    rank: int
    offering_id: int
    stream_id: int
    slug: str
    title: str
    summary: str
    text: str


@dataclass(frozen=True)
class GivenStream:
    """One chosen stream: its deadline for this applicant, how the submission stood to it, its questions' answers.

    `arrival` is "late" for a stream whose deadline had passed: it keeps an earlier submission, or has none.
    """

    stream_id: int
    slug: str
    name: str
    closes_at: str
    arrival: str
    answers: tuple[GivenAnswer, ...]


@dataclass(frozen=True)
class Content:
    """Everything that was submitted, with the texts it answers. `received_at` is ISO 8601 in UTC."""

    number: str
    round_slug: str
    round_name: str
    received_at: str
    sections: tuple[GivenSection, ...]
    choices: tuple[GivenChoice, ...]
    streams: tuple[GivenStream, ...]
    version: int = field(default=VERSION)

    def answer(self, section: str, name: str) -> str:
        """The answer to one field of a general section; "" where there is none."""
        for given in self.sections:
            if given.slug == section:
                return next((a.answer for a in given.answers if a.field == name), "")
        return ""

    def stream(self, stream_id: int) -> GivenStream | None:
        return next((given for given in self.streams if given.stream_id == stream_id), None)

    def files(self) -> list[GivenAnswer]:
        """The answers that are files, in the order of the form."""
        parts = [part.answers for part in self.sections] + [part.answers for part in self.streams]
        return [answer for answers in parts for answer in answers if answer.file]


ERASED = Content("", "", "", "", (), (), ())


def canonical(content: Content) -> str:
    """The one form of a content: JSON with sorted keys, no spare space, text as it is (UTF-8)."""
    return json.dumps(asdict(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(text: str) -> Content:
    """The content that `canonical` wrote; one without anything where it was erased.

    Raises ValueError for a version this code does not know.
    """
    if not text:
        return ERASED
    data = json.loads(text)
    if data.get("version") not in READABLE:
        raise ValueError(f"content of version {data.get('version')!r} is not known here")
    return Content(
        number=data["number"],
        round_slug=data["round_slug"],
        round_name=data["round_name"],
        received_at=data["received_at"],
        sections=tuple(
            GivenSection(s["slug"], s["title"], _answers(s["answers"])) for s in data["sections"]
        ),
        choices=tuple(GivenChoice(**choice) for choice in data["choices"]),
        streams=tuple(
            GivenStream(**{**s, "answers": _answers(s["answers"])}) for s in data["streams"]
        ),
        version=data["version"],
    )


def _answers(rows: list[dict[str, Any]]) -> tuple[GivenAnswer, ...]:
    return tuple(
        GivenAnswer(**{**row, "file": GivenFile(**row["file"]) if row.get("file") else None})
        for row in rows
    )


def new_salt() -> str:
    """32 random bytes, as hexadecimal."""
    return secrets.token_hex(32)


def salted(salt: str, text: str) -> bytes:
    """What a digest is over: the salt's bytes followed by the content's UTF-8 bytes."""
    return bytes.fromhex(salt) + text.encode()


def digest(salt: str, text: str) -> str:
    """SHA-256 of the salted content, as hexadecimal."""
    return sha256(salted(salt, text)).hexdigest()


def is_genuine(salt: str, text: str, claimed: str) -> bool:
    """Whether a stored content still has the digest that its receipt printed."""
    return compare_digest(digest(salt, text), claimed)


def signed_text(number: str, received_at: datetime, recorded_at: datetime, digest: str) -> bytes:
    """The exact bytes that a receipt's signature is over: five lines of ASCII, each ended by one line feed.

        portal receipt 1
        number R-7F3K-9QXW-2MTD
        received 2026-11-21T12:00:00.123456Z
        recorded 2026-11-21T12:00:00.200000Z
        sha256 <64 hexadecimal digits, in lower case>

    The instants are UTC as `instants.iso` writes them. Nothing here tells of a person, so that the signature can be
    shown to all and outlives an erasure of the content.
    """
    lines = (
        SIGNED_AS,
        f"number {number}",
        f"received {iso(received_at)}",
        f"recorded {iso(recorded_at)}",
        f"sha256 {digest}",
    )
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def new_number() -> str:
    """A receipt number such as R-7F3K-9QXW-2MTD: readable, and beyond guessing."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join([PREFIX, *groups])


def normal_number(typed: str) -> str:
    """A number as people type it (lower case, without hyphens, O for 0) in the form it is stored; else as typed."""
    plain = re.sub(r"[^0-9A-Z]", "", typed.upper()).translate(_MISREAD)
    body = plain.removeprefix(PREFIX) if len(plain) == GROUPS * GROUP_LENGTH + 1 else plain
    if len(body) != GROUPS * GROUP_LENGTH:
        return typed.strip()
    groups = (body[n : n + GROUP_LENGTH] for n in range(0, len(body), GROUP_LENGTH))
    return "-".join([PREFIX, *groups])


@dataclass(frozen=True)
class Essence:
    """What an applicant wrote and chose, without the texts around it: two are equal when nothing has changed.

    `answers` maps (section, field) onto the text; empty answers are left out, so that a question that was added
    later and not answered is no change.
    """

    ranked: tuple[int, ...]
    answers: Mapping[tuple[str, str], str]


def essence(content: Content) -> Essence:
    """The essence of a submission, to compare with the working copy's."""
    answers: dict[tuple[str, str], str] = {}
    for section in content.sections:
        answers.update({(section.slug, a.field): a.answer for a in section.answers if a.answer})
    for stream in content.streams:
        section_slug = f"stream-{stream.slug}"
        answers.update({(section_slug, a.field): a.answer for a in stream.answers if a.answer})
    ranked = tuple(choice.offering_id for choice in sorted(content.choices, key=lambda c: c.rank))
    return Essence(ranked, answers)


def changed_sections(before: Essence, after: Essence) -> set[str]:
    """The sections whose content differs, by slug; "directions" for the ranking."""
    keys = set(before.answers) | set(after.answers)
    changed = {key[0] for key in keys if before.answers.get(key) != after.answers.get(key)}
    if before.ranked != after.ranked:
        changed.add("directions")
    return changed
