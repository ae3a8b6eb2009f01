"""CSV files whose cells stay text: a spreadsheet must not run what somebody typed into a form."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from flask import Response

# What a spreadsheet takes for the start of a formula: after blanks, quotes and invisible marks, and full-width too.
_LIVE = re.compile(r"^[\s\"'‘’“”`\u200b-\u200f\u2060\ufeff\x00-\x1f]*?[=+\-@＝＋－＠﹢﹣﹦﹫\t\r]")


def defused(value: object) -> str:
    """The text of a cell; one that a spreadsheet could run gets an apostrophe before it. Numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    return f"'{text}" if _LIVE.match(text) else text


def csv_text(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The rows under their heads, as UTF-8 text with quoted cells where needed and CRLF line ends (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([defused(head) for head in heads])
    writer.writerows([defused(cell) for cell in row] for row in rows)
    return out.getvalue()


def csv_file(filename: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A download. `filename` is plain ASCII and chosen by us."""
    response = Response(csv_text(heads, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
