"""What the portal holds about people: how a column stands to an export and to an erasure, and what is said of either.

`holdings` says it of every column of every table, in one place; a test compares it with the tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from portal.domain.instants import iso

ERASED_NAME = "Erased account"
FORGOTTEN_NAME = "Erased applicant"
ERASED_HOST = "@erased.invalid"
ERASED_ADDRESS = "erased-{id}" + ERASED_HOST  # it must be unique, and leads nowhere
TYPED_TO_ERASE = "erase everything"


class Scope(StrEnum):
    """What a table's rows go with: an account, or one application (which may be forgotten while its account stays)."""

    ACCOUNT = "account"
    APPLICATION = "application"


@dataclass(frozen=True)
class Holding:
    """One table with rows about people. Columns are named in text, apart by spaces.

    `given` are in an export; `withheld` are not, by reason. At an erasure the rows are deleted, or kept with `blank`
    columns emptied (`{id}` in a value is the row's id) and `stays` as they are, which then tell of nobody.
    """

    table: str
    scope: Scope
    given: str = ""
    withheld: Mapping[str, str] = field(default_factory=dict)
    kept: bool = False
    blank: Mapping[str, Any] = field(default_factory=dict)
    stays: str = ""

    @property
    def exported(self) -> tuple[str, ...]:
        return tuple(self.given.split())

    @property
    def excluded(self) -> dict[str, str]:
        """Why not, by column."""
        return {name: why for why, names in self.withheld.items() for name in names.split()}

    @property
    def staying(self) -> tuple[str, ...]:
        return tuple(self.stays.split())


@dataclass(frozen=True)
class Impersonal:
    """A table without rows about people who use the portal, and why that is so."""

    table: str
    columns: str
    why: str


def leads_nowhere(address: str) -> bool:
    """Whether this is the address of an erased account, to which no letter goes."""
    return address.endswith(ERASED_HOST)


def ledger_digest(user_id: int, created_at: datetime) -> str:
    """What the ledger of erasures calls an account: the same after a restore, and of no use without the database."""
    return sha256(f"portal erasure {user_id} {iso(created_at)}".encode()).hexdigest()
