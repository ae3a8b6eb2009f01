"""Files that people hand in: what they may be, and what they are called.

A file has three names: `ref` in answers and addresses, `key` in the storage, and the label that its owner gave it.
The first two are random and tell nothing; the label is shown and never trusted.
"""

import re
import secrets
import unicodedata
from pathlib import PurePosixPath

from portal.domain.verdict import Refused

PDF = "application/pdf"
MEGABYTE = 1_000_000  # bytes, as people count them
LONGEST_LABEL = 255  # bytes of UTF-8: what the common file systems take
UNNAMED = "file.pdf"
REF = re.compile(r"f[0-9a-f]{32}")
KEY = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{38}")
_KEEP = frozenset("\u200c\u200d")  # joiners that some scripts cannot be written without
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))


def new_ref() -> str:
    """A name for answers and addresses: 128 random bits."""
    return f"f{secrets.token_hex(16)}"


def new_key() -> str:
    """A name in the storage: 160 random bits, its first two letters a folder."""
    name = secrets.token_hex(20)
    return f"{name[:2]}/{name}"


def label(name: str) -> str:
    """What the owner calls the file, safe to show and to send: no folders, no invisible marks, at most 255 bytes.

    Letters of every script, spaces and marks stay as they are. A name with nothing left is "file.pdf".
    """
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(letter for letter in last if _is_shown(letter))
    return _shortened(shown.strip().strip(".").strip()) or UNNAMED


def _is_shown(letter: str) -> bool:
    """No control character, no override of the reading direction, no lone surrogate, nothing private or reserved."""
    if letter in _KEEP:
        return True
    reserved = ord(letter) & 0xFFFE == 0xFFFE or "\ufdd0" <= letter <= "\ufdef"
    return not reserved and unicodedata.category(letter) not in _HIDDEN


def _shortened(name: str) -> str:
    if len(name.encode()) <= LONGEST_LABEL:
        return name
    suffix = PurePosixPath(name).suffix
    suffix = suffix if len(suffix.encode()) <= 16 else ""
    stem = name.removesuffix(suffix).encode()[: LONGEST_LABEL - len(suffix.encode())]
    return stem.decode(errors="ignore").rstrip() + suffix


def size_in_words(size: int) -> str:
    """A size in bytes as people read it, such as "340 kB" or "1.2 MB"."""
    if size < MEGABYTE:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / MEGABYTE:.1f} MB"


def not_a_pdf(name: str) -> Refused | None:
    """Why a file of this name is not taken; None when its name is that of a PDF."""
    stem, dot, extension = label(name).rpartition(".")
    if dot and stem and extension.lower() == "pdf":
        return None
    return Refused(
        "This file is not a PDF.",
        "Only files whose name ends in .pdf are taken.",
        "Save or print your document as a PDF, and choose that file.",
    )


def empty() -> Refused:
    return Refused(
        "This file is empty.", "It holds no data.", "Open it to check, then choose it again."
    )


def too_large(limit: int) -> Refused:
    """`limit` in bytes."""
    return Refused(
        "This file is too large.",
        f"A file may have up to {limit // MEGABYTE} MB.",
        "Save it with smaller pictures, or without them, and choose it again.",
    )


def unfit(reason: str) -> Refused:
    """A PDF that the check does not pass; `reason` is a sentence."""
    return Refused(
        "This file cannot be taken.",
        reason,
        "Save or print your document as a new PDF, and choose that file.",
    )


def too_many(seconds: int) -> Refused:
    """This account sent as many files as are taken; `seconds` until one is taken again."""
    minutes = max(1, -(-seconds // 60))
    wait = f"{minutes} minutes" if minutes > 1 else "one minute"
    return Refused(
        "Your file was not saved.",
        "You sent many files in a short time, and no more are taken from your account for now.",
        f"Choose it again in {wait}. Everything else that you wrote is kept.",
    )


def not_now(reason: str) -> Refused:
    """Nothing is wrong with the file: it cannot be checked or kept at this moment."""
    return Refused(
        "Your file was not saved.",
        reason,
        "Wait a minute and choose it again. Everything else that you wrote is kept.",
    )
