"""The pages of a PDF: how many, of what size; and what would send a reader round in circles."""

from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from portal.adapters.pdf_check.refusal import DAMAGED, IN_CIRCLES, TOO_DEEP, Unacceptable

MOST_PAGES = 50
DEEPEST_TREE = 40
MOST_IN_OUTLINE = 5_000
LONGEST_SIDE = 14_400  # units of 1/72 inch; what readers support


def count(reader: PdfReader) -> int:
    """The number of pages. Raises `Unacceptable` for none, too many, or a tree that is none."""
    root = reader.trailer["/Root"].get_object()
    if not isinstance(root, DictionaryObject):
        raise Unacceptable(DAMAGED)
    _check_outline(root)
    return _pages(root)


def _pages(root: DictionaryObject) -> int:
    pages, seen = 0, set[int]()
    waiting: list[tuple[Any, int, Any]] = [(_raw(root, "/Pages"), 0, None)]
    while waiting:
        reference, depth, box = waiting.pop()
        if isinstance(reference, IndirectObject):
            if reference.idnum in seen:
                raise Unacceptable(IN_CIRCLES)
            seen.add(reference.idnum)
        if depth > DEEPEST_TREE:
            raise Unacceptable(TOO_DEEP)
        node = _looked_up(reference)
        if not isinstance(node, DictionaryObject):
            raise Unacceptable(DAMAGED)
        box = _raw(node, "/MediaBox") or box
        if "/Kids" not in node:
            _check_page(node, box)
            pages += 1
            if pages > MOST_PAGES:
                raise Unacceptable(f"It has more than {MOST_PAGES} pages.")
            continue
        kids = _looked_up(_raw(node, "/Kids"))
        if not isinstance(kids, ArrayObject):
            raise Unacceptable(DAMAGED)
        if len(kids) > MOST_PAGES:
            raise Unacceptable(f"It has more than {MOST_PAGES} pages.")
        waiting += [(kid, depth + 1, box) for kid in reversed(list(list.__iter__(kids)))]
    if not pages:
        raise Unacceptable("It has no page.")
    return pages


def _check_page(page: DictionaryObject, box: Any) -> None:
    if _looked_up(_raw(page, "/Type")) not in (None, "/Page"):
        raise Unacceptable(DAMAGED)
    sides = _looked_up(box)
    if not isinstance(sides, ArrayObject) or len(sides) != 4:
        raise Unacceptable("A page of it has no size.")
    try:
        left, bottom, right, top = (float(side.get_object()) for side in sides)
    except (TypeError, ValueError):
        raise Unacceptable("A page of it has no size.") from None
    for side in (abs(right - left), abs(top - bottom)):
        if not 1 <= side <= LONGEST_SIDE:
            raise Unacceptable("A page of it has a size that no reader can show.")


def _check_outline(root: DictionaryObject) -> None:
    """Follow the table of contents: one that leads back to itself hangs readers."""
    seen = set[int]()
    waiting = [_raw(root, "/Outlines")]
    while waiting:
        reference = waiting.pop()
        if isinstance(reference, IndirectObject):
            if reference.idnum in seen:
                raise Unacceptable(IN_CIRCLES)
            seen.add(reference.idnum)
        node = _looked_up(reference)
        if not isinstance(node, DictionaryObject):
            continue
        if len(seen) > MOST_IN_OUTLINE:
            raise Unacceptable("Its table of contents is longer than a document needs.")
        waiting += [each for key in ("/Next", "/First") if (each := _raw(node, key)) is not None]


def _raw(node: DictionaryObject, key: str) -> Any:
    return dict.get(node, key)


def _looked_up(value: Any) -> Any:
    return value.get_object() if value is not None else None
