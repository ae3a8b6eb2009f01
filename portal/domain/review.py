"""How an application is read: scores on named criteria, a recommendation, and when others' scores show."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from portal.domain.questions import Gap

LOWEST, HIGHEST = 1, 5


class ReviewState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"


class Recommendation(StrEnum):
    STRONG_YES = "strong_yes"
    YES = "yes"
    MAYBE = "maybe"
    NO = "no"
    ABSTAIN = "abstain"


class Outcome(StrEnum):
    """What a stream decided about an application to it."""

    ACCEPT = "accept"
    WAITLIST = "waitlist"
    DECLINE = "decline"


def review_gaps(
    criteria: Sequence[tuple[str, str]],
    scores: Mapping[str, int],
    recommendation: Recommendation | None,
) -> list[Gap]:
    """What a review lacks before it can be submitted. `criteria` holds (slug, label). Abstaining needs no scores."""
    if recommendation is Recommendation.ABSTAIN:
        return []
    missing = [
        Gap("scores", slug, f"{label}: not scored yet")
        for slug, label in criteria
        if slug not in scores
    ]
    if recommendation is None:
        missing.append(Gap("recommendation", "recommendation", "Choose a recommendation"))
    return missing


def others_visible(own: ReviewState | None) -> bool:
    """Others' scores stay hidden, in every total and order too, until one's own review is in."""
    return own is ReviewState.SUBMITTED
