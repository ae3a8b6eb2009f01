"""Two people never overwrite each other silently: the second save is answered with what stands now."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any


@dataclass(frozen=True)
class Stale:
    """Somebody saved in between. `current` holds what stands now, by field; `version` is to be sent with a new try."""

    current: Mapping[str, Any]
    version: str

    def __bool__(self) -> bool:
        return False


def fingerprint(*values: object) -> str:
    """A mark of some values, for rows that count no versions of their own."""
    return sha256("\x1f".join(map(str, values)).encode()).hexdigest()[:16]


def assign(row: object, values: Mapping[str, Any]) -> None:
    """Set each attribute of `row` that `values` names."""
    for name, value in values.items():
        setattr(row, name, value)


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that differ, as they were and as they will be."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}
