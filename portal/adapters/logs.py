"""Lines of the logs: one record, one line, whatever somebody typed into what is logged. Tracebacks stay as they are.

Each says when in UTC and in which request, as the audit log does, so that a fault can be put beside its events.
"""

import logging
import time
from typing import Any

from portal.adapters.requests import request_id
from portal.domain.lines import one_line


class _Record(logging.LogRecord):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request_id = request_id() or "-"  # a command or a job

    def getMessage(self) -> str:  # noqa: N802 (the library's name)
        return one_line(super().getMessage())


class Lines(logging.Formatter):
    """When, how bad, who says it, in which request, and what: "2026-11-21T12:00:00.000Z ERROR portal 5f0c it broke"."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)s")
        self.converter = time.gmtime


def keep_lines_whole() -> None:
    """From now on no logged value can begin a line of its own. Again changes nothing."""
    logging.setLogRecordFactory(_Record)


def to_standard_error(level: int) -> None:
    """From now on this process logs there, in our lines; what a library set up for the portal's own logger goes."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("portal").handlers.clear()
