"""Files: taken in two steps, so that no hashing and no file work happens inside a write transaction.

`prepare` checks and stores the bytes under a new key; `attach` writes the row, inside the caller's transaction. A
process that dies between the two leaves bytes without a row, which `sweep` removes a day later. Never the reverse.
"""

import hashlib
import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.adapters.pdf import Fit, Unfit
from portal.adapters.storage import CHUNK, Storage, StorageError
from portal.domain import files as rules
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import StoredFile, User
from portal.queries.unnamed_files import unnamed_files
from portal.services import audit
from portal.services.work import writing

log = logging.getLogger(__name__)
T = TypeVar("T")
KEPT_UNNAMED = timedelta(days=1)  # for whoever still has the form open that would name it
SWEPT_AT_ONCE = 500  # rows in one transaction: others wait for it
IN_ONE_STATEMENT = 500


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
    except (OSError, StorageError) as error:
        log.error("a file was not stored: %s", error)
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


def keep(key: str, source: BinaryIO) -> None:
    """Store bytes of our own making, that need no check: a demo's. Raises `StorageError`."""
    _room.storage.put(key, source)


def opened(key: str) -> BinaryIO:
    """The bytes of a stored file, to be read in chunks and closed. Raises `StorageError`; who may is the caller's."""
    return _room.storage.open(key)


def delete(key: str) -> None:
    """Delete the bytes of a file that no row names any more; one that is gone is fine. Raises `StorageError`."""
    _room.storage.delete(key)


def broken_files(session: Session) -> Iterator[tuple[int, str]]:
    """Each row whose file cannot be read, or is not the one that was recorded. Reads every stored byte."""
    for row in session.scalars(sa.select(StoredFile).order_by(StoredFile.id)):
        try:
            if _digest(row.key) != (row.sha256, row.size):
                yield row.id, "its bytes are not those that were recorded"
        except StorageError:
            yield row.id, "its bytes cannot be read"


def _digest(key: str) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with _room.storage.open(key) as source:
        while piece := source.read(CHUNK):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


# -- sweeping ------------------------------------------------------------------------------------------


def sweep(now: datetime) -> int:
    """Remove what is older than a day and named by nothing: rows with their bytes, bytes without a row, leftovers.

    Answers how many. Rows go first, in a transaction; a crash behind it leaves bytes for the next sweep. Raises
    `StorageError` while the storage cannot be listed.
    """
    before = now - KEPT_UNNAMED
    total, orphans = _leftovers(before), _orphans(before)
    while True:
        keys = _forget(before, now, orphans)
        for key in (*keys, *orphans):
            with suppress(StorageError):  # the next sweep finds it
                _room.storage.delete(key)
        total += len(keys) + len(orphans)
        if not keys:
            return total
        orphans = []


def _forget(before: datetime, now: datetime, orphans: list[str]) -> list[str]:
    """Delete some rows that nothing names; the keys of their bytes. The owners' writes queue behind it, as it does."""
    owners = {row.user_id for row in db.session.execute(unnamed_files(before).limit(SWEPT_AT_ONCE))}
    if not owners and not orphans:
        return []
    with writing() as session:
        lock = sa.select(User.id).where(User.id.in_(owners)).order_by(User.id).with_for_update()
        session.execute(lock).all()
        # Read again behind the lock: whoever named one of the files meanwhile has finished.
        found = session.execute(unnamed_files(before).where(StoredFile.user_id.in_(owners))).all()
        for batch in batched([row.id for row in found], IN_ONE_STATEMENT):
            session.execute(sa.delete(StoredFile).where(StoredFile.id.in_(batch)))
        if found or orphans:
            audit.record(
                session,
                "files.swept",
                at=now,
                actor_id=None,
                subject=("files", None),
                after={"unnamed": len(found), "without_row": len(orphans)},
            )
        return [row.key for row in found]


def _orphans(before: datetime) -> list[str]:
    """Keys in the storage that no row has, and that were written before that instant."""
    stored = _room.storage.keys()
    old = [key for key, written in stored if written < before]
    orphans: list[str] = []
    for batch in batched(old, IN_ONE_STATEMENT):
        named = set(db.session.scalars(sa.select(StoredFile.key).where(StoredFile.key.in_(batch))))
        orphans += [key for key in batch if key not in named]
    return orphans


def _leftovers(before: datetime) -> int:
    """Delete files that were being received when a process died."""
    removed = 0
    for path in _room.spool.glob("*.pdf"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before.timestamp():
                path.unlink()
                removed += 1
    return removed


def batched(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
