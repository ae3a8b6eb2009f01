"""What an applicant to an anonymised round is told: where their own texts name them."""

from portal.domain.anonymity import (
    WITHHELD_FIELDS,
    WITHHELD_KINDS,
    identity,
    pointed_out,
)
from portal.domain.questions import Field, Kind
from portal.queries.applications import Dossier
from portal.web.applicant.views import SectionPage, all_section_pages

WRITTEN = (Kind.SHORT_TEXT, Kind.LONG_TEXT)


def names_in_texts(dossier: Dossier) -> list[tuple[str, list[str]]]:
    """Each answer whose words name its writer, by its question, with those words. None in a round that is not."""
    if not dossier.round.anonymised or dossier.application is None:
        return []
    pages = [(page, dossier.answers(page.slug) or {}) for page in all_section_pages(dossier)]
    given = {(page.slug, name): text for page, own in pages for name, text in own.items()}
    user = dossier.application.user
    links = [text for page, own in pages for text in _links(page, own)]
    who = identity(given, user.name, user.email, links)
    texts = [
        (field.label, own.get(field.name, ""))
        for page, own in pages
        for field in page.fields
        if _is_shown(page, field)
    ]
    return pointed_out(texts, who)


def _links(page: SectionPage, answers: dict[str, str]) -> list[str]:
    return [answers.get(field.name, "") for field in page.fields if field.kind is Kind.LINK]


def _is_shown(page: SectionPage, field: Field) -> bool:
    """Whether readers get the words of this answer."""
    if field.kind not in WRITTEN or field.kind in WITHHELD_KINDS:
        return False
    return (page.slug, field.name) not in WITHHELD_FIELDS
