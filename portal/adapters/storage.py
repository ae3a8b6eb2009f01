"""Where the bytes of files lie: a folder by default, an S3-compatible server by one setting.

A file is there for good when `put` returns, and not at all when it raises. Nothing is ever written over: keys are
new each time.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO, Protocol

from portal.config import SettingsError
from portal.domain.files import KEY

CHUNK = 256 * 1024  # bytes read and written at once
INCOMING = ".incoming"  # files that are being written; what stays here was cut off
CUT_OFF = re.compile(rf"{re.escape(INCOMING)}/[0-9a-f]{{32}}")


class StorageError(Exception):
    """The storage cannot keep or read a file now."""


class MissingFile(StorageError):
    """There is no file of this key."""


class Storage(Protocol):
    def put(self, key: str, source: BinaryIO) -> None:
        """Keep what `source` holds from where it stands. Durable on return. Raises `StorageError`."""

    def open(self, key: str) -> BinaryIO:
        """The bytes, to be read in chunks and closed. Raises `MissingFile` or `StorageError`."""

    def delete(self, key: str) -> None:
        """Forget a file; one that is not there is fine. Raises `StorageError`."""

    def keys(self) -> Iterator[tuple[str, datetime]]:
        """Every key with the instant it was written, and the names of files that were cut off in writing."""


class Folder:
    """Files in a folder that only this account can read."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, source: BinaryIO) -> None:
        path = self._path(key)
        part = self.root / INCOMING / secrets.token_hex(16)
        try:
            _make_folder(part.parent)
            _make_folder(path.parent)
            try:
                with _created(part) as target:
                    copyfileobj(source, target, CHUNK)
                    target.flush()
                    os.fsync(target.fileno())
                part.rename(path)
            except BaseException:
                with contextlib.suppress(OSError):
                    part.unlink(missing_ok=True)
                raise
            _sync_folder(path.parent)
        except OSError as error:
            raise StorageError(f"cannot keep a file: {error.strerror}") from error

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError as error:
            raise MissingFile(key) from error
        except OSError as error:
            raise StorageError(f"cannot read a file: {error.strerror}") from error

    def delete(self, key: str) -> None:
        try:
            (self.root / key if CUT_OFF.fullmatch(key) else self._path(key)).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"cannot delete a file: {error.strerror}") from error

    def keys(self) -> Iterator[tuple[str, datetime]]:
        try:
            for path in self.root.glob("*/*"):
                key = path.relative_to(self.root).as_posix()
                if not KEY.fullmatch(key) and not CUT_OFF.fullmatch(key):
                    continue  # somebody else put it there
                with contextlib.suppress(FileNotFoundError):
                    yield key, datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError as error:
            raise StorageError(f"cannot list the files: {error.strerror}") from error

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise MissingFile("that is no key")
        return self.root / key


def _make_folder(path: Path) -> None:
    """The folder and those above it, for this account alone, there after a power cut."""
    if not path.is_dir():
        _make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(path.parent)


def _created(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_storage(files_url: str, data_dir: Path) -> Storage:
    """The storage that the settings name: the folder `files` in the data folder unless `files_url` says otherwise.

    Raises `SettingsError` where the library for it is not installed.
    """
    if not files_url:
        return Folder(data_dir / "files")
    try:
        from portal.adapters.storage_s3 import Bucket
    except ModuleNotFoundError as error:
        raise SettingsError(
            ["PORTAL_FILES_URL needs the extra s3: pip install 'mentorship-portal[s3]'."]
        ) from error
    return Bucket(files_url)
