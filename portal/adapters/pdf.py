"""Whether a PDF is one that may be kept and read: judged in child processes of their own, with limits."""

from dataclasses import dataclass
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import PyPdfError


@dataclass(frozen=True)
class Fit:
    pages: int


@dataclass(frozen=True)
class Unfit:
    """`reason` is a sentence for the applicant. `passing`: nothing was found, the check itself could not be made."""

    reason: str
    passing: bool = False


class PdfChecker:
    def check(self, path: Path) -> Fit | Unfit:
        """Judge the file at `path`. Never raises for what is in it."""
        try:
            return Fit(len(PdfReader(path).pages))
        except (PyPdfError, ValueError, OSError):
            return Unfit("Its content is not that of a PDF.")

    def close(self) -> None:
        """End the children."""
