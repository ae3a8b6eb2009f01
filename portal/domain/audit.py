"""The audit log as evidence: what the digest of an event covers, and what is wrong with a chain of events.

Each event's digest covers who, what, when and the digest of the event before it, and through seals the texts: the
reason and each value of `before` and `after`. A seal is a salted digest of one text. Who is to be forgotten loses the
text and its salt; the seal's digest stays, so the chain holds and still says that something stood there.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

FORM = "portal-audit-1"  # names what is digested, and how
START = "0" * 64  # what the first event names as its predecessor's digest
REASON = "reason"
SALT_BYTES = 16


@dataclass(frozen=True)
class Entry:
    """One event as it is stored. `position` counts from 1 without a gap; `previous` and `digest` are hexadecimal."""

    position: int
    previous: str
    digest: str
    at: datetime
    actor_id: int | None
    action: str
    subject_type: str
    subject_id: int | None
    round_id: int | None
    request_id: str
    reason: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    seals: Mapping[str, str]


@dataclass(frozen=True)
class Fault:
    """Something wrong with the chain at a position."""

    position: int
    what: str

    def __str__(self) -> str:
        return f"event {self.position}: {self.what}"


# -- seals ----------------------------------------------------------------------------------------


def texts_of(
    reason: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, tuple[str, Any]]:
    """What may have to be forgotten, by its path: `reason`, `before.name`, `after.closes_at`. Empty ones are none."""
    found: dict[str, tuple[str, Any]] = {REASON: (REASON, reason)} if reason else {}
    for part, values in (("before", before), ("after", after)):
        found |= {f"{part}.{name}": (part, value) for name, value in values.items()}
    return found


def sealed(
    reason: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    salt: Callable[[], str] = lambda: secrets.token_hex(SALT_BYTES),
) -> dict[str, str]:
    """A seal for each text, `salt:digest`, by the path of the text."""
    seals = {}
    for path, (_, value) in texts_of(reason, before, after).items():
        grain = salt()
        seals[path] = f"{grain}:{_seal(grain, path, value)}"
    return seals


def forgotten(
    entry: Entry, paths: Iterable[str]
) -> tuple[str, dict[str, Any], dict[str, Any], dict[str, str]]:
    """Reason, before, after and seals of an event without the texts at these paths, and without their salts."""
    gone = set(paths) & set(entry.seals)
    before = {name: value for name, value in entry.before.items() if f"before.{name}" not in gone}
    after = {name: value for name, value in entry.after.items() if f"after.{name}" not in gone}
    seals = {
        path: f":{seal.partition(':')[2]}" if path in gone else seal
        for path, seal in entry.seals.items()
    }
    return "" if REASON in gone else entry.reason, before, after, seals


def is_forgotten(seal: str) -> bool:
    """Whether the text of this seal was blanked for good."""
    return seal.startswith(":")


def _seal(salt: str, path: str, value: Any) -> str:
    return sha256(_canonical([salt, path, value])).hexdigest()


def _broken_seal(entry: Entry) -> str | None:
    """What is wrong with the texts of an event, if anything is."""
    texts = texts_of(entry.reason, entry.before, entry.after)
    for path in sorted(set(texts) | set(entry.seals)):
        seal = entry.seals.get(path)
        if seal is None:
            return f"a text was added to it ({path})"
        salt, _, digest = seal.partition(":")
        if not salt:
            if path in texts:
                return f"a text was written where one had been erased ({path})"
        elif path not in texts:
            return f"a text was taken from it ({path})"
        elif _seal(salt, path, texts[path][1]) != digest:
            return f"a text of it was edited ({path})"
    return None


# -- the chain ------------------------------------------------------------------------------------


def digest_of(entry: Entry) -> str:
    """The digest that an event with this content and this predecessor has."""
    covered = [
        FORM,
        entry.previous,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.action,
        entry.subject_type,
        entry.subject_id,
        entry.round_id,
        entry.request_id,
        {path: seal.partition(":")[2] for path, seal in entry.seals.items()},
    ]
    return sha256(_canonical(covered)).hexdigest()


def faults(
    entries: Iterable[Entry], expected: int = 1, previous: str | None = START
) -> Iterator[Fault]:
    """What is wrong with these events, in the order of their positions: all there are, or all from `expected` on.

    `previous` is the digest of the event before them, None where that is not known.
    """
    for entry in entries:
        follows = True
        if entry.position != expected:
            yield Fault(expected, _missing(expected, entry.position))
            follows = False  # what it followed is gone
        if digest_of(entry) != entry.digest:
            yield Fault(entry.position, "it is not what was recorded: edited, or put in")
        elif (broken := _broken_seal(entry)) is not None:
            yield Fault(entry.position, broken)
        if follows and previous is not None and entry.previous != previous:
            yield Fault(
                entry.position,
                "it does not follow the event before it: one was moved, replaced, put in or taken out",
            )
        expected, previous = entry.position + 1, entry.digest


def _missing(first: int, found: int) -> str:
    if found < first:
        return f"position {found} is out of the count"
    last = found - 1
    return "it is missing" if first == last else f"it is missing, and all up to event {last}"


def plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """The values as they come back from the database, so that a seal made now fits later."""
    found: dict[str, Any] = json.loads(json.dumps(dict(values or {})))
    return found


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


# -- anchors --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Anchor:
    """How far the chain went at an instant, signed: kept elsewhere, it shows that an end was cut off or rewritten."""

    count: int
    digest: str
    at: str
    key: str
    signature: str

    @property
    def line(self) -> str:
        """As it stands in a file, a letter or on paper: one line."""
        return f"{FORM} {self.count} {self.digest} {self.at} {self.key} {self.signature}"


def anchor_text(count: int, digest: str, at: str) -> bytes:
    """What the signature of an anchor covers. `at` is an instant in UTC, ISO 8601."""
    return f"{FORM} {count} {digest} {at}".encode()


def read_anchor(line: str) -> Anchor | None:
    """The anchor that a line holds; None if it is none."""
    parts = line.split()
    if len(parts) != 6 or parts[0] != FORM or not parts[1].isdecimal() or len(parts[1]) > 12:
        return None
    return Anchor(int(parts[1]), *parts[2:])
