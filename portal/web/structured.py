"""Structured data for search engines (schema.org, as JSON-LD). Templates print it through `tojson`, which escapes it.

Only what the page itself says: no employer is claimed for a mentor without an organisation, no price, no rating.
"""

from collections.abc import Sequence
from typing import Any

from portal.domain import instants
from portal.queries.mentors import MentorPage
from portal.queries.papers import PaperView
from portal.queries.rounds import RoundView

Data = dict[str, Any]
_CONTEXT = "https://schema.org"


def programme(name: str, base_url: str, round_: RoundView | None) -> Data:
    """The programme, with the dates between which its current round takes applications."""
    data: Data = {
        "@context": _CONTEXT,
        "@type": "EducationalOccupationalProgram",
        "name": f"{name}: {round_.name}" if round_ else name,
        "url": f"{base_url}/",
        "provider": {"@type": "Organization", "name": name, "url": f"{base_url}/"},
    }
    if round_ and round_.opens_at:
        data["applicationStartDate"] = instants.iso(round_.opens_at)
    if round_ and round_.last_closes_at:
        data["applicationDeadline"] = instants.iso(round_.last_closes_at)
    return data


def article(paper: PaperView, base_url: str) -> Data:
    data: Data = {
        "@context": _CONTEXT,
        "@type": "ScholarlyArticle",
        "headline": paper.title,
        "name": paper.title,
        "datePublished": paper.date.isoformat(),
        "author": [{"@type": "Person", "name": author.name} for author in paper.authors],
        "abstract": " ".join(paper.summary.split()),
        "mainEntityOfPage": f"{base_url}/papers/{paper.slug}",
    }
    if paper.topics:
        data["keywords"] = [topic.name for topic in paper.topics]
    if paper.url:
        data["url"] = paper.url
    return data


def person(mentor: MentorPage, base_url: str) -> Data:
    data: Data = {
        "@context": _CONTEXT,
        "@type": "Person",
        "name": mentor.name,
        "url": f"{base_url}/mentors/{mentor.slug}",
    }
    if mentor.organisation:
        data["affiliation"] = {"@type": "Organization", "name": mentor.organisation}
    if mentor.position:
        data["jobTitle"] = mentor.position
    return data


def questions(entries: Sequence[tuple[str, str]]) -> Data:
    """A FAQ page; `entries` are (question, answer as HTML)."""
    return {
        "@context": _CONTEXT,
        "@type": "FAQPage",
        "mainEntity": [
            {
                "@type": "Question",
                "name": question,
                "acceptedAnswer": {"@type": "Answer", "text": answer},
            }
            for question, answer in entries
        ],
    }
