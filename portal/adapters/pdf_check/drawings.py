"""Drawings that draw other drawings: each level multiplies, and one that draws itself never ends."""

import re
from typing import Any

from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, IndirectObject, StreamObject

from portal.adapters.pdf_check.refusal import IN_CIRCLES, TOO_DEEP, Unacceptable

MOST_DRAWN = 100_000  # drawings inside one drawing, counted with repetition
DEEPEST = 25
_DRAW = re.compile(rb"/([^\s/<>\[\]()]+)\s+Do\b")


class Drawings:
    """The drawings of a document, and which of them each one draws."""

    def __init__(self) -> None:
        self._found: dict[int, StreamObject] = {}
        self._totals: dict[int, int] = {}

    def note(self, found: Any) -> None:
        """Remember an object that is a drawing with an address."""
        reference = getattr(found, "indirect_reference", None)
        if not isinstance(found, StreamObject) or not isinstance(reference, IndirectObject):
            return
        if _looked_up(found, "/Subtype") == "/Form":
            self._found[reference.idnum] = found

    def check(self) -> None:
        """Raises `Unacceptable` for a circle, or for more work than a page of an application needs."""
        for number in self._found:
            if self._total(number, ()) > MOST_DRAWN:
                raise Unacceptable(
                    "It draws the same things over and over, more than a reader can show."
                )

    def _total(self, number: int, above: tuple[int, ...]) -> int:
        if number in above:
            raise Unacceptable(IN_CIRCLES)
        if len(above) > DEEPEST:
            raise Unacceptable(TOO_DEEP)
        if number not in self._totals:
            inside = self._drawn_by(self._found[number])
            each = (times * self._total(n, (*above, number)) for n, times in inside.items())
            self._totals[number] = 1 + sum(each)
        return self._totals[number]

    def _drawn_by(self, drawing: StreamObject) -> dict[int, int]:
        """The drawings that stand in this one, and how often; one that is named and never drawn counts once."""
        named = _looked_up(_looked_up(drawing, "/Resources"), "/XObject")
        if not isinstance(named, DictionaryObject):
            return {}
        forms = {
            key: value.idnum
            for key, value in dict.items(named)
            if isinstance(value, IndirectObject) and value.idnum in self._found
        }
        if not forms:
            return {}
        try:
            drawn = [name.decode("latin-1") for name in _DRAW.findall(drawing.get_data())]
        except (PyPdfError, ValueError):
            drawn = []
        counts: dict[int, int] = {}
        for key, number in forms.items():
            counts[number] = counts.get(number, 0) + max(1, drawn.count(str(key)[1:]))
        return counts


def _looked_up(node: Any, key: str) -> Any:
    value = dict.get(node, key) if isinstance(node, DictionaryObject) else None
    return value.get_object() if value is not None else None
