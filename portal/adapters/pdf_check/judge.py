"""The whole check of one PDF."""

import io
from typing import Any

from pypdf import PdfReader
from pypdf.errors import LimitReachedError, PyPdfError

from portal.adapters.pdf_check import envelope, objects, pages
from portal.adapters.pdf_check.drawings import Drawings
from portal.adapters.pdf_check.refusal import DAMAGED, ENCRYPTED, TOO_DEEP, Unacceptable
from portal.adapters.pdf_check.sizes import BOMB, Budget


def judge(data: bytes) -> int:
    """The number of pages. Raises `Unacceptable` with the reason why the file is not taken."""
    envelope.check(data)
    try:
        return _inside(data)
    except RecursionError:
        raise Unacceptable(TOO_DEEP) from None
    except (MemoryError, LimitReachedError, OverflowError):
        raise Unacceptable(BOMB) from None
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError):
        raise Unacceptable(DAMAGED) from None


def _inside(data: bytes) -> int:
    reader = PdfReader(io.BytesIO(data), xref_stream_maximum_entries=envelope.MOST_OBJECTS)
    if reader.is_encrypted:
        raise Unacceptable(ENCRYPTED)
    number = pages.count(reader)
    budget, drawings = Budget(), Drawings()
    for found in _everything(reader):
        objects.check(found)
        budget.check(found)
        drawings.note(found)
    drawings.check()
    return number


def _everything(reader: PdfReader) -> Any:
    yield reader.trailer
    yield from objects.all_objects(reader)
