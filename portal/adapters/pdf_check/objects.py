"""Every object of a PDF, whether or not a page leads to it: no scripts, no actions, no attachments, no media."""

from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    IndirectObject,
    PdfObject,
    StreamObject,
    TextStringObject,
)

from portal.adapters.pdf_check.envelope import MOST_OBJECTS
from portal.adapters.pdf_check.refusal import (
    ACTION,
    ATTACHMENT,
    DAMAGED,
    MEDIA,
    SCRIPT,
    TOO_DEEP,
    XFA,
    Unacceptable,
)

DEEPEST = 60  # levels of lists and dictionaries inside one object
MOST_DAMAGED = 20  # objects that an otherwise sound file may name and not hold
_SCRIPTS = {"/JavaScript", "/Rendition"}
_ACTIONS = {"/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/RichMediaExecute"}
_MEDIA = {"/RichMedia", "/3D", "/Movie", "/Sound", "/Screen", "/U3D", "/PRC"}
_HARMLESS = {"/GoTo", "/Named"}  # what a document may do when it is opened
_SCRIPTED_LINK = ("javascript:", "vbscript:", "data:")
_STRINGS = (TextStringObject, ByteStringObject, StreamObject)


def all_objects(reader: PdfReader) -> Iterator[PdfObject]:
    """Each object of the document's tables, those of earlier savings that are still named included."""
    numbers = [(n, g) for g, entries in reader.xref.items() for n in entries]
    numbers += [(n, 0) for n in reader.xref_objStm]
    if len(numbers) > MOST_OBJECTS:
        raise Unacceptable(f"It is made of more than {MOST_OBJECTS:,} parts.")
    damaged = 0
    for number, generation in numbers:
        if reader.xref_free_entry.get(generation, {}).get(number):
            continue
        try:
            found = reader.get_object(IndirectObject(number, generation, reader))
        except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError):
            damaged += 1
            if damaged > MOST_DAMAGED:
                raise Unacceptable(DAMAGED) from None
            continue
        if found is not None:
            yield found


def check(found: PdfObject) -> None:
    """Raises `Unacceptable` for what no document of an application needs."""
    waiting: list[tuple[Any, int]] = [(found, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise Unacceptable(TOO_DEEP)
        if isinstance(value, DictionaryObject):
            _check_dictionary(value)
            inside = [dict.__getitem__(value, key) for key in value]
        elif isinstance(value, ArrayObject):
            inside = list(list.__iter__(value))
        else:
            continue
        waiting += [
            (each, depth + 1) for each in inside if isinstance(each, DictionaryObject | ArrayObject)
        ]


def _check_dictionary(found: DictionaryObject) -> None:
    kinds = {_name(found, key) for key in ("/S", "/Type", "/Subtype")}
    if _name(found, "/S") in _SCRIPTS or isinstance(_value(found, "/JS"), _STRINGS):
        raise Unacceptable(SCRIPT)
    if isinstance(_value(found, "/JavaScript"), DictionaryObject):
        raise Unacceptable(SCRIPT)
    if _name(found, "/S") in _ACTIONS or _is_filled(found, "/AA"):
        raise Unacceptable(ACTION)
    opening = _value(found, "/OpenAction")
    if isinstance(opening, DictionaryObject) and _name(opening, "/S") not in _HARMLESS:
        raise Unacceptable(ACTION)
    _check_link(found)
    if kinds & {"/FileAttachment", "/EmbeddedFile", "/Collection"} or any(
        _is_filled(found, key) for key in ("/EmbeddedFiles", "/EF", "/Collection")
    ):
        raise Unacceptable(ATTACHMENT)
    if isinstance(found, StreamObject) and "/F" in found:
        raise Unacceptable(ATTACHMENT)
    if kinds & _MEDIA or _is_filled(found, "/RichMediaContent"):
        raise Unacceptable(MEDIA)
    if isinstance(_value(found, "/XFA"), ArrayObject | StreamObject):
        raise Unacceptable(XFA)


def _check_link(found: DictionaryObject) -> None:
    address = _value(found, "/URI")
    if isinstance(address, TextStringObject | ByteStringObject):
        text = address.decode("latin-1") if isinstance(address, bytes) else str(address)
        plain = "".join(letter for letter in text if letter.isprintable() and letter != " ")
        if plain.lower().startswith(_SCRIPTED_LINK):
            raise Unacceptable(SCRIPT)


def _value(found: DictionaryObject, key: str) -> Any:
    """What stands under the key, looked up; None if it cannot be."""
    if key not in found:
        return None
    value = dict.__getitem__(found, key)
    try:
        return value.get_object()
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None


def _name(found: DictionaryObject, key: str) -> str:
    value = _value(found, key)
    return value if isinstance(value, str) else ""


def _is_filled(found: DictionaryObject, key: str) -> bool:
    value = _value(found, key)
    return isinstance(value, DictionaryObject) and len(value) > 0
