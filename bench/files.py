"""What checking and storing a file costs, and what the worst files cost at most.

    .venv/bin/python -m bench.files

A folder that is really full (a small tmpfs) is tried where this account may mount one.
"""

import io
import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from portal.adapters.pdf import Fit, PdfChecker, Unfit
from portal.adapters.storage import Folder
from portal.domain.files import MEGABYTE
from portal.domain.verdict import Refused
from portal.services import files
from portal.services.files import Prepared, Upload
from tests.files.bombs import BOMBS
from tests.files.hostile import HOSTILE
from tests.files.writing import document, plain, stream

RUNS = 40


def large_pdf(size: int) -> bytes:
    """A scan of about that many bytes: one picture on one page."""
    head = b"/Subtype /Image /Filter /DCTDecode /Width 1240 /Height 1754 /BitsPerComponent 8"
    return document(plain(more={5: stream(os.urandom(size), head)}))


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def room(folder: Path, checker: PdfChecker) -> None:
    files.introduce(Folder(folder / "files"), checker, spool=folder / "spool", limit=5 * MEGABYTE)


def honest(folder: Path) -> None:
    data = large_pdf(MEGABYTE)
    path = folder / "cv.pdf"
    path.write_bytes(data)
    checker = PdfChecker()
    cold = timed(lambda: checker.check(path))
    warm = [timed(lambda: checker.check(path)) for _ in range(RUNS)]
    room(folder, checker)
    whole = [timed(lambda: files.prepare(Upload("cv.pdf", io.BytesIO(data)))) for _ in range(RUNS)]
    assert isinstance(files.prepare(Upload("cv.pdf", io.BytesIO(data))), Prepared)
    checker.close()
    print(f"a PDF of {len(data) / MEGABYTE:.1f} MB: first check with a fresh child {cold:.0f} ms")
    print(
        f"then {statistics.median(warm):.0f} ms; received, checked and stored {statistics.median(whole):.0f} ms"
    )


def hostile(folder: Path) -> None:
    """Each bomb in a child of its own, so that its peak of memory is its own."""
    worst: tuple[float, str] = (0, "")
    for name in BOMBS:
        path = folder / "bomb.pdf"
        path.write_bytes(HOSTILE[name].make())
        checker = PdfChecker()
        checker.check(folder / "cv.pdf")
        verdict: list[Fit | Unfit] = []
        worst = max(worst, (timed(lambda: verdict.append(checker.check(path))), name))  # noqa: B023
        assert isinstance(verdict[0], Unfit), name
        checker.close()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{len(BOMBS)} bombs refused: the slowest after {worst[0] / 1000:.1f} s ({worst[1]})")
    print(f"the largest child had {peak:.0f} MB resident")


def full_disk(folder: Path) -> None:
    """A storage of one megabyte: uploads until it is full, then a clear refusal and nothing half."""
    small = folder / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        print("a full disk: no tmpfs can be mounted here")
        return
    try:
        checker = PdfChecker()
        storage = Folder(small / "files")
        files.introduce(storage, checker, spool=folder / "spool", limit=5 * MEGABYTE)
        data = large_pdf(200_000)
        taken: list[Prepared] = []
        while isinstance(found := files.prepare(Upload("cv.pdf", io.BytesIO(data))), Prepared):
            taken.append(found)
        assert isinstance(found, Refused)
        kept = dict(storage.keys())
        assert set(kept) == {each.key for each in taken}
        for each in taken:
            with files.opened(each.key) as stored:
                assert stored.read() == data
        checker.close()
        print(f"a full disk: {len(taken)} files kept whole, then: {found.what} {found.why}")
    finally:
        subprocess.run(["umount", str(small)], check=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        honest(folder)
        hostile(folder)
        full_disk(folder)


if __name__ == "__main__":
    main()
