"""Mail made from templates: `templates/email/<kind>.txt` is the text, with the subject in its first line.

The page of the same letter is made from its text (`letter_pages`), so that the two never say different things. What
people typed keeps to its place: it stays on one line, and nothing in it reads as an address that a mail program would
turn into a link.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from portal import paths
from portal.adapters import letter_pages
from portal.domain import instants

BREAK = "\u200b"  # of no width: it is not seen, and no mail program reads a link across it
SCHEME = re.compile(r"://")
DOMAIN_DOT = re.compile(r"(?<=\w)([.\u3002\uff0e\uff61])(?=[^\W\d_])")
# Values by these names are addresses that the portal made.
LINKS = frozenset(("link", "confirmation_link", "reset_link", "stop_link"))


class Ours(str):
    """Words of ours, which stay as they are."""


class _Lines(str):
    """Words somebody typed, where more than one line has its place."""


def _finalize(value: Any) -> Any:
    """What each value becomes on its way into a letter."""
    if not isinstance(value, str) or isinstance(value, Ours):
        return value
    if isinstance(value, _Lines):
        return "\n".join(_printable(line) for line in without_links(value).splitlines())
    return without_links(" ".join(_printable(value).split()))


def _printable(text: str) -> str:
    """Without what steers a screen: control characters, and marks that turn the direction of reading."""
    return "".join(
        " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter
        for letter in text
        if letter not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )


def without_links(text: str) -> str:
    """The same words to the eye, of which no mail program makes a link."""
    return DOMAIN_DOT.sub(rf"\1{BREAK}", SCHEME.sub(f":{BREAK}//", text))


_environment = Environment(
    loader=FileSystemLoader(paths.TEMPLATES / "email"),
    undefined=StrictUndefined,
    autoescape=select_autoescape(),  # of .html; these are plain text, which letter_pages escapes whole
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    finalize=_finalize,
)
_environment.filters.update(
    instant_utc=instants.in_utc,
    instant_second=instants.to_the_second,
    instant_aoe=instants.anywhere_on_earth,
    instant_zone=instants.in_zone,
    duration_left=instants.time_left,
    typed_lines=_Lines,
    staff_lines=lambda text: Ours("\n".join(_printable(line) for line in text.splitlines())),
)


def introduce(*, programme: str, base_url: str, contact_address: str) -> None:
    """What every letter can name. Called once, when the application is made."""
    _environment.globals.update(
        programme=Ours(programme), base_url=Ours(base_url), contact_address=Ours(contact_address)
    )


def _base_url() -> str:
    return str(_environment.globals.get("base_url", ""))


def address(*parts: str) -> str:
    """The address of a page of ours."""
    return "/".join((_base_url(), *parts))


def host() -> str:
    """The host that letters come from, as it stands in their Message-IDs."""
    return urlsplit(_base_url()).hostname or "localhost"


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str

    @property
    def html(self) -> str:
        """The same words as a page."""
        return letter_pages.page(self.subject, self.text, _base_url())


def write(kind: str, **values: Any) -> Letter:
    """The letter of this kind. Its template begins with "Subject: ..." and an empty line."""
    told = {name: _recognised(name, value) for name, value in values.items()}
    rendered = _environment.get_template(f"{kind}.txt").render(**told)
    head, _, body = rendered.partition("\n\n")
    subject = " ".join(head.removeprefix("Subject:").split())
    return Letter(subject=subject, text=body.strip() + "\n")


def _recognised(name: str, value: Any) -> Any:
    """An address of ours, or one of the words that every letter can name, is known as such."""
    if not isinstance(value, str):
        return value
    known = (
        _environment.globals.get(each) for each in ("programme", "base_url", "contact_address")
    )
    own_link = name in LINKS and letter_pages.is_own_link(value, _base_url())
    return Ours(value) if own_link or value in known else value
