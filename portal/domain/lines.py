"""Text on one line: what people typed must not begin a line of its own in a log, a list or a terminal."""

import re

# Controls of both sets, line and paragraph separators, and the marks that turn the direction of writing.
_BREAKING = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
_KNOWN = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def one_line(text: str) -> str:
    """The text with each such character written out, such as `\\n` or `\\x1b`."""
    return _BREAKING.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    mark = found.group()
    number = ord(mark)
    return _KNOWN.get(mark) or (f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}")
