"""Both storages keep their promise: there for good when `put` returns, not at all when it raises."""

import errno
import io
import os
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.adapters.storage import Folder, MissingFile, Storage, StorageError, make_storage
from portal.config import SettingsError
from portal.domain.files import new_key
from tests.support.buckets import BucketServer, bucket_server


@pytest.fixture(scope="module")
def server() -> Iterator[BucketServer]:
    with bucket_server() as server:
        yield server


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    url = request.getfixturevalue("server").url if request.param == "bucket" else ""
    return make_storage(url, tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "files")


def read(storage: Storage, key: str) -> bytes:
    with storage.open(key) as found:
        return b"".join(iter(lambda: found.read(1000), b""))


def everything(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [1, 70_000, 6_000_000])
def test_what_was_put_is_read_back_bit_by_bit(storage: Storage, size: int) -> None:
    key, data = new_key(), os.urandom(size)
    storage.put(key, io.BytesIO(data))
    assert read(storage, key) == data


def test_a_source_is_read_from_where_it_stands(storage: Storage) -> None:
    key, source = new_key(), io.BytesIO(b"read already, and the rest")
    source.seek(14)
    storage.put(key, source)
    assert read(storage, key) == b"and the rest"


def test_missing_files_are_told_apart_and_deleting_them_is_fine(storage: Storage) -> None:
    with pytest.raises(MissingFile):
        read(storage, new_key())
    storage.delete(new_key())


def test_deleted_files_are_gone(storage: Storage) -> None:
    key = new_key()
    storage.put(key, io.BytesIO(b"data"))
    storage.delete(key)
    with pytest.raises(MissingFile):
        read(storage, key)


def test_keys_come_with_the_instant_they_were_written(storage: Storage) -> None:
    keys = {new_key() for _ in range(3)}
    for key in keys:
        storage.put(key, io.BytesIO(b"data"))
    found = dict(storage.keys())
    assert keys <= set(found)
    for key in keys:
        assert abs(found[key] - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("key", ["../secret", "/etc/passwd", "ab/cd", "", ".incoming/../../x"])
def test_a_key_is_never_a_path(storage: Storage, key: str) -> None:
    for use in (storage.open, storage.delete, lambda key: storage.put(key, io.BytesIO(b"x"))):
        with pytest.raises(MissingFile):
            use(key)


def test_files_of_others_are_not_listed(server: BucketServer, tmp_path: Path) -> None:
    server.request("PUT", "/files/portal/notes.txt", b"not ours")
    server.request("PUT", "/files/another/prefix", b"not ours")
    bucket, folder = make_storage(server.url, tmp_path), Folder(tmp_path)
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / "notes.txt").write_text("not ours")
    assert "notes.txt" not in dict(bucket.keys())
    assert not [key for key in dict(bucket.keys()) if "prefix" in key]
    assert list(folder.keys()) == []


def test_only_this_account_reads_the_folder(folder: Folder) -> None:
    key = new_key()
    before = os.umask(0)
    try:
        folder.put(key, io.BytesIO(b"data"))
    finally:
        os.umask(before)
    path = folder.root / key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.root.stat().st_mode) == 0o700


@pytest.mark.parametrize("step", ["open", "write", "fsync", "rename", "mkdir"])
def test_a_full_disk_at_any_step_leaves_nothing_behind(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Full(io.BytesIO):
        """A source: reading it is where the target's write fails."""

        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.ENOSPC, "No space left on device")

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    source: io.BytesIO = Full() if step == "write" else io.BytesIO(b"data")
    if step in ("open", "fsync"):
        monkeypatch.setattr(os, step, fail)
    elif step != "write":
        monkeypatch.setattr(Path, step, fail)
    with pytest.raises(StorageError, match="No space left"):
        folder.put(new_key(), source)
    monkeypatch.undo()
    assert everything(folder.root) == []


def test_a_write_that_was_cut_off_is_listed_for_sweeping_and_is_no_file(folder: Folder) -> None:
    folder.put(new_key(), io.BytesIO(b"data"))
    cut_off = folder.root / ".incoming" / ("0" * 32)
    cut_off.write_bytes(b"half")
    assert ".incoming/" + "0" * 32 in dict(folder.keys())
    folder.delete(".incoming/" + "0" * 32)
    assert not cut_off.exists()


def test_the_folder_is_synced_before_and_after_the_name_is_given(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.put(new_key(), io.BytesIO(b"makes the folders"))
    steps: list[str] = []
    sync, rename = os.fsync, Path.rename

    def synced(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        steps.append("folder" if is_folder else "file")
        sync(descriptor)

    def renamed(self: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    folder.put(new_key(), io.BytesIO(b"data"))
    assert steps[-3:] == ["file", "rename", "folder"]


def test_a_server_that_is_down_is_told_in_our_words(tmp_path: Path) -> None:
    with bucket_server() as server:
        storage = make_storage(server.url, tmp_path)
        key = new_key()
        storage.put(key, io.BytesIO(b"data"))
    uses = (
        lambda: storage.put(key, io.BytesIO(b"data")),
        lambda: read(storage, key),
        lambda: storage.delete(key),
        lambda: list(storage.keys()),
    )
    for use in uses:
        with pytest.raises(StorageError) as caught:
            use()
        assert "127.0.0.1" not in str(caught.value)


def test_a_bucket_that_is_not_there_keeps_nothing(server: BucketServer, tmp_path: Path) -> None:
    storage = make_storage(server.url.replace("s3://files", "s3://elsewhere"), tmp_path)
    with pytest.raises(StorageError, match="bucket is not there"):
        storage.put(new_key(), io.BytesIO(b"data"))


def test_without_the_extra_the_setting_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delitem(sys.modules, "portal.adapters.storage_s3", raising=False)
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(SettingsError, match="PORTAL_FILES_URL needs the extra s3"):
        make_storage("s3://bucket", tmp_path)
