"""The ledger of erasures: a file beside the database that a restored copy of the database is held against.

A line for each erased account: its digest (`domain.privacy.ledger_digest`) and the instant. No address, no name.
"""

import json
import os
from datetime import datetime
from pathlib import Path

from portal.domain.instants import iso

NAME = "erasures.jsonl"


class Ledger:
    """Lines are only ever added. A line that was cut off by a crash counts as none and is written again."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def digests(self) -> set[str]:
        """Every account that was ever erased. Raises OSError where the file is there and cannot be read."""
        if not self.path.exists():
            return set()
        return {
            found
            for line in self.path.read_text(encoding="utf-8").splitlines()
            if (found := _digest(line))
        }

    def add(self, digest: str, at: datetime) -> None:
        """Write a line that is there after a power cut; one that is there already stays the only one."""
        if digest in self.digests():
            return
        line = json.dumps({"account": digest, "erased_at": iso(at)}) + "\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, b"\n" * self._is_cut_off() + line.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _is_cut_off(self) -> bool:
        text = self.path.read_bytes()
        return bool(text) and not text.endswith(b"\n")


def _digest(line: str) -> str:
    try:
        found = json.loads(line).get("account", "")
    except (ValueError, AttributeError):
        return ""
    return found if isinstance(found, str) else ""
