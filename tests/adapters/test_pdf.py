"""PDFs of every kind of producer are taken, hostile ones are not, and whatever happens to a child is answered."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.adapters import pdf
from portal.adapters.pdf import Fit, PdfChecker, Unfit
from portal.adapters.pdf_check import __main__ as pdf_check
from portal.domain.files import not_a_pdf
from tests.files.hostile import HONEST, HOSTILE

HONEST_FILES = sorted((Path(__file__).parent.parent / "files" / "honest").glob("*.pdf"))
# A child that says it is ready and then only turns in circles; one that sleeps; one that dies.
READY = "import sys, os; print('{\"ready\": true}', flush=True); sys.stdin.readline(); "
SPINS, SLEEPS = READY + "exec('while True: pass')", READY + "import time; time.sleep(60)"
DIES = READY + "os.abort()"


@pytest.fixture(scope="module")
def checker() -> Iterator[PdfChecker]:
    checker = PdfChecker()
    yield checker
    checker.close()


@pytest.fixture
def honest(tmp_path: Path) -> Path:
    path = tmp_path / "honest.pdf"
    path.write_bytes(HONEST)
    return path


def child_of(checker: PdfChecker) -> int:
    """The process of the only child, which waits for work."""
    (child,) = checker._idle
    return child.process.pid


def with_child(monkeypatch: pytest.MonkeyPatch, code: str, **limits: float) -> PdfChecker:
    monkeypatch.setattr(pdf, "COMMAND", (sys.executable, "-c", code))
    return PdfChecker(**limits)


def test_there_are_enough_files_of_both_kinds() -> None:
    assert len(HONEST_FILES) >= 20
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("path", HONEST_FILES, ids=lambda path: path.stem)
def test_honest_files_are_taken(checker: PdfChecker, path: Path) -> None:
    found = checker.check(path)
    assert isinstance(found, Fit), found
    assert found.pages == (2 if b"/Count 2" in path.read_bytes() else found.pages)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_a_reason(
    checker: PdfChecker, tmp_path: Path, name: str
) -> None:
    hostile = HOSTILE[name]
    refusal = not_a_pdf(hostile.file_name)
    if refusal is not None:
        assert refusal.why.endswith(".")
        return
    path = tmp_path / "file.pdf"
    path.write_bytes(hostile.make())
    found = checker.check(path)
    assert isinstance(found, Unfit), found
    assert found.reason[0].isupper()
    assert found.reason.endswith(".")
    assert not found.passing


def test_an_honest_file_is_taken_while_another_takes_its_time(
    monkeypatch: pytest.MonkeyPatch, honest: Path
) -> None:
    checker = PdfChecker(seconds=5)
    with monkeypatch.context() as patched:
        patched.setattr(pdf, "COMMAND", (sys.executable, "-c", SLEEPS))
        slow = threading.Thread(target=checker.check, args=(honest,))
        slow.start()
        while checker._free._value == pdf.CHILDREN:
            time.sleep(0.01)
        time.sleep(0.3)
    assert checker.check(honest) == Fit(1)
    assert slow.is_alive(), "the slow one was over too soon to show anything"
    slow.join()
    checker.close()


def test_a_file_that_takes_all_its_time_is_refused(
    monkeypatch: pytest.MonkeyPatch, honest: Path
) -> None:
    checker = with_child(monkeypatch, SPINS, seconds=1)
    # However busy this machine is: as if the child had had a processor of its own.
    monkeypatch.setattr(pdf, "_processor_seconds", lambda _pid: time.monotonic())
    started = time.monotonic()
    assert checker.check(honest) == Unfit(pdf.TOO_LONG)
    assert time.monotonic() - started < 10
    assert checker._idle == [], "its child must not be used again"


def test_a_child_that_never_got_the_processor_says_nothing_about_the_file(
    monkeypatch: pytest.MonkeyPatch, honest: Path
) -> None:
    checker = with_child(monkeypatch, SLEEPS, seconds=1)
    assert checker.check(honest) == Unfit(pdf.BUSY, passing=True)


def test_a_child_that_crashes_on_a_file_refuses_it(
    monkeypatch: pytest.MonkeyPatch, honest: Path
) -> None:
    checker = with_child(monkeypatch, DIES)
    assert checker.check(honest) == Unfit(pdf.TANGLED)


def test_a_killed_child_asks_to_try_again_and_the_next_check_works(
    monkeypatch: pytest.MonkeyPatch, honest: Path
) -> None:
    checker = PdfChecker()
    with monkeypatch.context() as patched:
        patched.setattr(pdf, "COMMAND", (sys.executable, "-c", READY + "os.kill(os.getpid(), 9)"))
        assert checker.check(honest) == Unfit(pdf.INTERRUPTED, passing=True)
    assert checker.check(honest) == Fit(1)
    os.kill(child_of(checker), signal.SIGKILL)  # while it waits
    os.waitid(os.P_PID, child_of(checker), os.WEXITED | os.WNOWAIT)
    assert checker.check(honest) == Fit(1)
    checker.close()


def test_whoever_finds_no_free_child_is_asked_to_try_again(
    monkeypatch: pytest.MonkeyPatch, honest: Path
) -> None:
    checker = with_child(monkeypatch, SLEEPS, seconds=2, children=1, patience=0.1)
    slow = threading.Thread(target=checker.check, args=(honest,))
    slow.start()
    while checker._free._value:
        time.sleep(0.01)
    assert checker.check(honest) == Unfit(pdf.BUSY, passing=True)
    slow.join()


def test_a_machine_that_starts_no_process_asks_to_try_again(
    monkeypatch: pytest.MonkeyPatch, honest: Path
) -> None:
    monkeypatch.setattr(pdf, "COMMAND", ("/nowhere/python",))
    assert PdfChecker().check(honest) == Unfit(pdf.BUSY, passing=True)


def test_a_child_is_replaced_after_some_files(
    monkeypatch: pytest.MonkeyPatch, honest: Path
) -> None:
    monkeypatch.setattr(pdf, "FILES_EACH", 2)
    checker = PdfChecker()
    assert checker.check(honest) == Fit(1)
    assert child_of(checker)
    assert checker.check(honest) == Fit(1)
    assert checker._idle == []


def test_a_child_holds_no_secret_and_no_socket_and_is_limited(
    monkeypatch: pytest.MonkeyPatch, honest: Path
) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", "must not be passed on")
    checker = PdfChecker()
    assert checker.check(honest) == Fit(1)
    process = Path(f"/proc/{child_of(checker)}")
    assert b"must not be passed on" not in (process / "environ").read_bytes()
    assert not [each for each in (process / "fd").iterdir() if "socket" in str(each.readlink())]
    limits = (process / "limits").read_text()
    for kind, most in (
        ("address space", pdf_check.MEMORY),
        ("file size", 0),
        ("core file size", 0),
    ):
        assert re.search(rf"Max {kind} +{most} +{most} ", limits), kind
    checker.close()


ORPHANED = """
import os, signal, sys
from pathlib import Path
from portal.adapters.pdf import PdfChecker
checker = PdfChecker()
assert checker.check(Path(sys.argv[1]))
print(checker._idle[0].process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""

FORKED = """
import os, sys
from pathlib import Path
from portal.adapters.pdf import Fit, PdfChecker
checker, path = PdfChecker(), Path(sys.argv[1])
assert checker.check(path) == Fit(1)
before = checker._idle[0].process.pid
child = os.fork()
if child == 0:
    assert checker._idle == []
    assert checker.check(path) == Fit(1)
    assert checker._idle[0].process.pid != before
    checker.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert checker.check(path) == Fit(1)
assert checker._idle[0].process.pid == before
"""


def test_children_end_when_their_server_is_killed(honest: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", ORPHANED, str(honest)], capture_output=True, text=True, check=False
    )
    child = Path(f"/proc/{int(run.stdout)}/stat")
    deadline = time.monotonic() + 10
    while child.exists() and ") Z" not in child.read_text():
        assert time.monotonic() < deadline, "it outlives its parent"
        time.sleep(0.05)


def test_a_forked_server_has_children_of_its_own(honest: Path) -> None:
    subprocess.run([sys.executable, "-c", FORKED, str(honest)], check=True)
