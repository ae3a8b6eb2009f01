"""A stream's task: what is handed in, and until when."""

from enum import StrEnum


class HandIn(StrEnum):
    TEXT = "text"
    FILE = "file"
    LINK = "link"
