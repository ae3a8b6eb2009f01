"""Mail made from templates: `templates/email/<kind>.txt` is the text, with the subject in its first line."""

from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal import paths
from portal.domain import instants

_environment = Environment(
    loader=FileSystemLoader(paths.TEMPLATES / "email"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  (plain text; nothing here is HTML)
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_environment.filters.update(
    instant_utc=instants.in_utc,
    instant_aoe=instants.anywhere_on_earth,
    instant_zone=instants.in_zone,
    duration_left=instants.time_left,
)


def introduce(*, programme: str, base_url: str, contact_address: str) -> None:
    """What every letter can name. Called once, when the application is made."""
    _environment.globals.update(
        programme=programme, base_url=base_url, contact_address=contact_address
    )


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str


def write(kind: str, **values: Any) -> Letter:
    """The letter of this kind. Its template begins with "Subject: ..." and an empty line."""
    rendered = _environment.get_template(f"{kind}.txt").render(**values)
    head, _, body = rendered.partition("\n\n")
    subject = " ".join(head.removeprefix("Subject:").split())
    return Letter(subject=subject, text=body.strip() + "\n")
