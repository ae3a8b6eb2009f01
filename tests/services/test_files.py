"""Files from the browser to the row: what is taken, what is refused and why, and that row and bytes are one thing."""

import errno
import io
import tracemalloc
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.adapters.pdf import BUSY, PdfChecker, Unfit
from portal.adapters.storage import Folder, Storage, StorageError, make_storage
from portal.domain import files as rules
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import StoredFile
from portal.services import files
from portal.services.files import Prepared, Upload
from portal.services.work import writing
from tests.conftest import NOW
from tests.files.hostile import HOSTILE
from tests.support.buckets import bucket_server
from tests.support.pdfs import a_pdf

LIMIT = 2_000_000


@pytest.fixture(scope="module")
def checker() -> Iterator[PdfChecker]:
    checker = PdfChecker()
    yield checker
    checker.close()


@pytest.fixture
def introduce(tmp_path: Path, checker: PdfChecker, monkeypatch: pytest.MonkeyPatch):
    """`introduce(storage=..., checker=...)` gives the services a room of this test's own."""
    monkeypatch.setattr(files, "_room", None, raising=False)

    def introduced(storage: Storage | None = None, checker: object = checker) -> Storage:
        storage = storage or Folder(tmp_path / "files")
        files.introduce(storage, checker, spool=tmp_path / "spool", limit=LIMIT)
        return storage

    introduced()
    return introduced


def prepared(name: str = "cv.pdf", data: bytes | None = None) -> Prepared | Refused:
    return files.prepare(Upload(name, io.BytesIO(a_pdf() if data is None else data)))


def left_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_kept_bit_by_bit_under_the_name_its_owner_gave_it(make, introduce):
    user, round_ = make.user(), make.round()
    found = prepared("张伟 简历.pdf", a_pdf())
    assert isinstance(found, Prepared), found
    with writing() as session:
        row = files.attach(session, user.id, round_.id, found, at=NOW)
    assert (row.name, row.media_type, row.pages) == ("张伟 简历.pdf", "application/pdf", 1)
    assert (row.size, row.sha256) == (len(a_pdf()), sha256(a_pdf()).hexdigest())
    with files.opened(row.key) as stored:
        assert stored.read() == a_pdf()
    assert list(files.broken_files(db.session())) == []


def test_every_upload_has_names_of_its_own(introduce):
    first, second = prepared(), prepared()
    assert isinstance(first, Prepared)
    assert isinstance(second, Prepared)
    assert first.sha256 == second.sha256
    assert len({first.ref, second.ref, first.key, second.key}) == 4


@pytest.mark.parametrize("name", ["script on opening", "archive behind", "called a web page"])
def test_a_refused_file_leaves_nothing_behind(introduce, tmp_path, name):
    hostile = HOSTILE[name]
    refusal = prepared(hostile.file_name, hostile.make())
    assert isinstance(refusal, Refused)
    assert refusal.next
    assert left_in(tmp_path) == []


def test_an_empty_file_is_told_as_such(introduce):
    assert prepared(data=b"") == rules.empty()


class Endless(io.RawIOBase):
    """Two hundred million bytes that never lie anywhere at once; `taken` counts those that were asked for."""

    def __init__(self) -> None:
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        assert 0 < size <= 1_000_000, "it would be read into memory at once"
        self.taken += size
        return b"%PDF-1.7 " * (size // 9 + 1) if self.taken < 200_000_000 else b""


def test_a_file_without_end_is_refused_at_the_limit_and_never_held(introduce, tmp_path):
    stream = Endless()
    tracemalloc.start()
    refusal = files.prepare(Upload("cv.pdf", stream))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refusal == rules.too_large(LIMIT)
    assert "2 MB" in rules.too_large(LIMIT).why
    assert stream.taken < 2 * LIMIT
    assert peak < 5_000_000
    assert left_in(tmp_path) == []


class Failing(Folder):
    """A storage that fails at one of its steps."""

    def __init__(self, root: Path, step: str) -> None:
        super().__init__(root)
        self.step = step

    def put(self, key, source):
        if self.step == "before":
            raise StorageError("no room")
        source.read(10)
        if self.step == "within":
            raise StorageError("no room any more")
        super().put(key, source)
        raise StorageError("no answer")


@pytest.mark.parametrize("step", ["before", "within", "behind"])
def test_a_storage_that_fails_is_told_and_no_row_can_come_of_it(introduce, tmp_path, make, step):
    introduce(Failing(tmp_path / "files", step))
    refusal = prepared()
    assert isinstance(refusal, Refused)
    assert refusal.what == "Your file was not saved."
    assert db.session.scalar(sa.select(sa.func.count(StoredFile.id))) == 0


@pytest.mark.parametrize("step", ["mkdir", "open", "write"])
def test_a_disk_that_is_full_before_the_check_is_told(introduce, tmp_path, monkeypatch, step):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    class FullStream(io.BytesIO):
        read = full

    stream = FullStream() if step == "write" else io.BytesIO(a_pdf())
    if step != "write":
        monkeypatch.setattr(Path, step, full)
    refusal = files.prepare(Upload("cv.pdf", stream))
    monkeypatch.undo()
    assert isinstance(refusal, Refused)
    assert refusal.what == "Your file was not saved."
    assert left_in(tmp_path) == []


def test_a_check_that_cannot_be_made_asks_to_try_again(introduce):
    class Busy:
        def check(self, path: Path) -> Unfit:
            return Unfit(BUSY, passing=True)

    introduce(checker=Busy())
    assert prepared() == rules.not_now(BUSY)


def test_nothing_is_checked_or_stored_inside_a_transaction(make, introduce):
    """The order that makes row and bytes one thing: bytes first, and the row in a transaction that does no work."""
    user, round_ = make.user(), make.round()
    found = prepared()
    assert isinstance(found, Prepared)
    introduce(checker=None, storage=Failing(Path("/nowhere"), "before"))
    with writing() as session:
        assert files.attach(session, user.id, round_.id, found, at=NOW).key == found.key


def test_a_change_that_is_undone_leaves_no_row(make, introduce):
    user, round_ = make.user(), make.round()
    found = prepared()
    assert isinstance(found, Prepared)
    with pytest.raises(ZeroDivisionError), writing() as session:
        files.attach(session, user.id, round_.id, found, at=NOW).size //= 0
    assert db.session.scalar(sa.select(sa.func.count(StoredFile.id))) == 0


def test_files_whose_bytes_are_gone_or_changed_are_found(make, introduce):
    user, round_ = make.user(), make.round()
    rows = []
    for text in ("kept", "gone", "changed", "cut"):
        found = prepared(data=a_pdf(text))
        assert isinstance(found, Prepared)
        with writing() as session:
            rows.append(files.attach(session, user.id, round_.id, found, at=NOW))
    storage = introduce()
    storage.delete(rows[1].key)
    path = storage.root / rows[2].key
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    (storage.root / rows[3].key).write_bytes(a_pdf("cut")[:-1])
    broken = dict(files.broken_files(db.session()))
    assert set(broken) == {rows[1].id, rows[2].id, rows[3].id}
    assert "cannot be read" in broken[rows[1].id]
    assert "not those that were recorded" in broken[rows[2].id]


def test_the_whole_way_over_a_server_of_files(make, introduce, tmp_path, at):
    user, round_ = make.user(), make.round()
    with bucket_server() as server:
        storage = introduce(make_storage(server.url, tmp_path))
        kept, orphan = prepared(data=a_pdf("kept")), prepared(data=a_pdf("orphan"))
        assert isinstance(kept, Prepared)
        assert isinstance(orphan, Prepared)
        with writing() as session:
            row = files.attach(session, user.id, round_.id, kept, at=NOW)
        with files.opened(row.key) as stored:
            assert stored.read() == a_pdf("kept")
        assert list(files.broken_files(db.session())) == []
        tomorrow = max(dict(storage.keys()).values()) + files.KEPT_UNNAMED * 2
        assert files.sweep(tomorrow) == 2
        assert list(storage.keys()) == []
    refusal = prepared()
    assert isinstance(refusal, Refused)
    assert refusal.what == "Your file was not saved."


def test_the_check_is_the_real_one_in_the_application(app):
    assert isinstance(files._room.checker, PdfChecker)
    assert isinstance(files._room.checker.check(Path(__file__)), Unfit)
