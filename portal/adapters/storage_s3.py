"""Files on a server that speaks S3, through obstore (the `s3` extra). Imported only where the settings ask for it."""

import contextlib
import io
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from portal.adapters.storage import CHUNK, MissingFile, StorageError
from portal.domain.files import KEY

REGION = "us-east-1"  # what servers that know no regions expect
PATIENCE = timedelta(seconds=20)  # for all tries of one request: somebody waits for the answer


class Bucket:
    """The files under a prefix of a bucket. Keys come from the AWS_* variables; nothing else there is touched."""

    def __init__(self, url: str) -> None:
        """`url` is s3://bucket/prefix?endpoint=..., as the settings checked it."""
        parts = urlsplit(url)
        self._bucket, self._prefix = parts.netloc, parts.path.strip("/") or None
        self._endpoint = parse_qs(parts.query).get("endpoint", [""])[0]
        self._made: tuple[int, S3Store] | None = None

    @property
    def _store(self) -> S3Store:
        """The connection of this process: its threads do not survive a fork."""
        if self._made is None or self._made[0] != os.getpid():
            self._made = os.getpid(), self._connected()
        return self._made[1]

    def _connected(self) -> S3Store:
        options: dict[str, Any] = {
            "checksum_algorithm": "SHA256"
        }  # the server compares what it got
        if self._endpoint:
            options["endpoint"] = self._endpoint
        if not {"AWS_REGION", "AWS_DEFAULT_REGION"} & set(os.environ):
            options["region"] = REGION
        return S3Store(
            self._bucket,
            prefix=self._prefix,
            client_options={
                "allow_http": self._endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(seconds=60),
            },
            retry_config={"max_retries": 3, "retry_timeout": PATIENCE},
            **options,
        )

    def put(self, key: str, source: BinaryIO) -> None:
        beginning = source.tell()
        with _told("keep"):
            obstore.put(self._store, _checked(key), source)
            size = source.seek(0, os.SEEK_END) - beginning
            kept = obstore.head(self._store, key)["size"]
        if kept != size:
            raise StorageError(f"the server kept {kept} of {size} bytes")

    def open(self, key: str) -> BinaryIO:
        with _told("read"):
            found = obstore.open_reader(self._store, _checked(key), buffer_size=CHUNK)
        return cast("BinaryIO", io.BufferedReader(_Reading(found), CHUNK))

    def delete(self, key: str) -> None:
        with _told("delete"), contextlib.suppress(FileNotFoundError):
            obstore.delete(self._store, _checked(key))

    def keys(self) -> Iterator[tuple[str, datetime]]:
        with _told("list"):
            for page in obstore.list(self._store):
                for each in page:
                    if KEY.fullmatch(each["path"]):
                        yield each["path"], each["last_modified"]


class _Reading(io.RawIOBase):
    """A remote file as a stream; what goes wrong on the way is a `StorageError`."""

    def __init__(self, found: Any) -> None:
        self._found = found

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        with _told("read"):
            piece = memoryview(self._found.read(len(target)))
        target[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._found.close()
        super().close()


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise MissingFile("that is no key")
    return key


@contextlib.contextmanager
def _told(verb: str) -> Iterator[None]:
    """The library's errors in our words, without the addresses that they hold."""
    try:
        yield
    except StorageError:
        raise
    except FileNotFoundError as error:
        if verb == "read":
            raise MissingFile("there is no such file") from error
        raise StorageError(f"cannot {verb} a file: the bucket is not there") from error
    except (BaseError, OSError, ValueError) as error:
        raise StorageError(f"cannot {verb} a file: {type(error).__name__}") from error
