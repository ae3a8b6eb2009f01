"""The job worker beside the web server is there as long as the server is."""

import os
import signal
import time
from pathlib import Path

from portal import server


def test_job_worker_that_is_killed_is_started_again(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "LOOK_EACH", 0.05)
    log = tmp_path / "pids"
    with server.job_worker(["/bin/sh", "-c", f"echo $$ >> {log}; exec sleep 600"]):
        first = wait_for(log, 1)
        os.kill(first[0], signal.SIGKILL)
        both = wait_for(log, 2)
        assert both[0] != both[1]
    for pid in both:
        assert not Path(f"/proc/{pid}").exists()


def wait_for(log, number):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        pids = [int(line) for line in log.read_text().split()] if log.exists() else []
        if len(pids) == number:
            return pids
        time.sleep(0.02)
    raise AssertionError(f"not {number} workers were started")
