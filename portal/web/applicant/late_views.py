"""What came too late, as its writer reads it back."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from portal.domain.applications import DIRECTIONS, stream_section
from portal.domain.files import REF
from portal.domain.instants import to_the_second
from portal.domain.references import REFERENCES, REQUEST
from portal.domain.work_tests import test_of
from portal.models import LateDraft
from portal.queries.applications import Dossier
from portal.web.applicant.views import rows, section_page
from portal.web.applicant.work_test_views import late_title, late_work


@dataclass(frozen=True)
class LateView:
    """A text that came too late, as its writer reads it: what was tried and each answer under its question."""

    id: int
    what: str
    received_at: datetime
    closed_at: datetime
    asked_at: datetime | None
    rows: list[dict[str, Any]]


ACTIONS = {
    "submit": "Your submission",
    "start": "Starting an application",
    "restore": "Undoing the withdrawal",
    "extension": "A request for an extension",
    DIRECTIONS: "Your ranked directions",
    REFERENCES: "Somebody you named for a reference",
    REQUEST: "Asking somebody for a reference",
}


def late_views(dossier: Dossier, drafts: Iterable[LateDraft]) -> list[LateView]:
    """Each under a name of its own: what is called alike says when it was sent."""
    views = [late_view(dossier, draft) for draft in drafts]
    alike = Counter(view.what for view in views)
    return [
        replace(view, what=f"{view.what}, sent at {to_the_second(view.received_at)}")
        if alike[view.what] > 1
        else view
        for view in views
    ]


def late_view(dossier: Dossier, draft: LateDraft) -> LateView:
    return LateView(
        draft.id,
        late_title(dossier, draft) or _late_title(dossier, draft),
        draft.received_at,
        draft.closed_at,
        draft.extension_asked_at,
        _late_rows(dossier, draft),
    )


def _late_title(dossier: Dossier, draft: LateDraft) -> str:
    """What was tried, and for which stream where one alone was closed, with the directions that were chosen there."""
    page = section_page(dossier, draft.action)
    title = ACTIONS.get(draft.action) or (page.title if page else "What you sent")
    if draft.stream_id is None or page is not None:
        return title
    stream = dossier.stream(draft.stream_id)
    chosen = [each.direction.title for each in dossier.choices() if each.stream_id == stream.id]
    return f"{title} for {stream.name}" + (f" ({', '.join(chosen)})" if chosen else "")


def _late_rows(dossier: Dossier, draft: LateDraft) -> list[dict[str, Any]]:
    content = draft.content
    if test_of(draft.action) is not None:
        return late_work(content)
    if draft.action == "submit":
        kept = {**content.get("sections", {})}
        kept |= {stream_section(slug): a for slug, a in content.get("streams", {}).items()}
        found = [
            row for slug, answers in kept.items() for row in _kept_rows(dossier, slug, answers)
        ]
        return [*_ranked_rows(content), *found]
    if draft.action == DIRECTIONS:
        return _ranked_rows(content)
    if draft.action == "start" and content.get("direction"):
        return [{"key": "Direction", "value": content["direction"]}]
    return _kept_rows(dossier, draft.action, content)


def _ranked_rows(content: dict[str, Any]) -> list[dict[str, Any]]:
    ranked = content.get("ranked", [])
    return [{"key": f"Choice {rank}", "value": title} for rank, title in enumerate(ranked, 1)]


def _kept_rows(dossier: Dossier, slug: str, answers: dict[str, str]) -> list[dict[str, Any]]:
    page = section_page(dossier, slug)
    if page is None:
        return [
            {"key": name, "value": text, "long": True} for name, text in answers.items() if text
        ]
    asked = {field.name for field in page.fields}
    retired = [
        {
            "key": "A question that is asked no more",
            "value": text,
            "file": dossier.files.get(text) if REF.fullmatch(text) else None,
            "long": True,
        }
        for name, text in answers.items()
        if text and name not in asked
    ]
    return [row for row in rows(dossier, page, answers, (), None) if row["value"]] + retired
