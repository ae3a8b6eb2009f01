"""Lines of the logs: in UTC, with the number of the request, in every process alike."""

import logging
import re
import subprocess
import sys

import pytest

from portal.adapters import logs
from portal.adapters.requests import set_request_id


@pytest.fixture
def record() -> logging.LogRecord:
    logs.keep_lines_whole()
    set_request_id("5f0c-one")
    made = logging.getLogRecordFactory()(
        "portal", logging.ERROR, "x.py", 1, "%s broke", ("it",), None
    )
    made.created, made.msecs = 1795262400.25, 250.0  # 2026-11-21 12:00 UTC
    return made


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/St_Johns"])
def test_a_line_is_in_utc_wherever_the_machine_stands(record, monkeypatch, zone):
    import time

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        line = logs.Lines().format(record)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert line == "2026-11-21T12:00:00.250Z ERROR portal 5f0c-one it broke"


LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (WARNING|ERROR) [\w.]+ \S+ said \w+")
PROCESS = """
import logging
from flask import Flask
from gunicorn.config import Config
from portal.adapters import logs
from portal.adapters.requests import set_request_id
from portal.server import Faults
logs.keep_lines_whole()
app = Flask("portal")
app.logger.setLevel(logging.WARNING)
logs.to_standard_error(logging.WARNING)
set_request_id("n1")
app.logger.error("said once")
logging.getLogger("portal.tasks").warning("said too")
logging.getLogger("huey").info("said nothing")
Faults(Config()).error("said last")
"""


def test_all_that_a_server_says_is_in_these_lines_and_once():
    done = subprocess.run(
        [sys.executable, "-c", PROCESS], capture_output=True, text=True, timeout=60, check=True
    )
    lines = done.stderr.splitlines()
    assert [line.rsplit(" ", 3)[1:] for line in lines] == [
        ["n1", "said", "once"], ["n1", "said", "too"], ["n1", "said", "last"],
    ]  # fmt: skip
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert done.stdout == ""
