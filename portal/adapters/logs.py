"""Lines of the logs: one record, one line, whatever somebody typed into what is logged. Tracebacks stay as they are."""

import logging

from portal.domain.lines import one_line


class _Record(logging.LogRecord):
    def getMessage(self) -> str:  # noqa: N802 (the library's name)
        return one_line(super().getMessage())


def keep_lines_whole() -> None:
    """From now on no logged value can begin a line of its own. Again changes nothing."""
    logging.setLogRecordFactory(_Record)
