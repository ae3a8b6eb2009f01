"""How an application is read: scores on named criteria, a recommendation, and when others' scores show."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median

from portal.domain.permissions import StreamRole
from portal.domain.questions import Gap
from portal.domain.verdict import ALLOWED, Refused, Verdict

LOWEST, HIGHEST = 1, 5
SCORE_WORDS = {1: "weak", 2: "below", 3: "fair", 4: "good", 5: "excellent"}

WORDS_A_MINUTE = 220  # careful reading of prose, on the slow side of what readers manage
MINUTES_TO_SCORE = 3
SITTING = timedelta(minutes=45)  # a longer pause between two reviews is a break, not reading
READS_FOR_A_PACE = 5


class ReviewState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"


class Recommendation(StrEnum):
    STRONG_YES = "strong_yes"
    YES = "yes"
    MAYBE = "maybe"
    NO = "no"
    ABSTAIN = "abstain"

    @property
    def words(self) -> str:
        return _RECOMMENDATION_WORDS[self]


_RECOMMENDATION_WORDS = {
    Recommendation.STRONG_YES: "Strong yes",
    Recommendation.YES: "Yes",
    Recommendation.MAYBE: "Maybe",
    Recommendation.NO: "No",
    Recommendation.ABSTAIN: "Abstain",
}


class Outcome(StrEnum):
    """What a stream decided about an application to it."""

    ACCEPT = "accept"
    WAITLIST = "waitlist"
    DECLINE = "decline"

    @property
    def words(self) -> str:
        """As mentors and admins read it; applicants read sentences of their own."""
        return self.value.capitalize()


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


def others_visible(own: ReviewState | None, *, released: bool = False) -> bool:
    """Others' scores stay hidden, in every total and order too, until one's own review is in.

    After the release reviews are a record that nobody adds to, so nothing is left to keep independent.
    """
    return released or own is ReviewState.SUBMITTED


def totals_visible(
    role: StreamRole,
    own: ReviewState | None,
    totals_opened_at: datetime | None,
    *,
    released: bool = False,
) -> bool:
    """Whether a member sees the totals and the decision of one application on the ranking.

    As while reading, one's own submitted review shows them. Whoever decides may also open the totals of a stream for
    good, which is recorded: a stream with hundreds of applications is decided by people who did not read them all.
    """
    return others_visible(own, released=released) or (role.decides and totals_opened_at is not None)


def may_review(released_at: datetime | None, now: datetime) -> Verdict:
    """Reviews are written and changed until the round's decisions are out; afterwards they are a record."""
    if released_at is not None and released_at <= now:
        return Refused(
            "This review can no longer be changed.",
            "The round's decisions have been released, and reviews are kept as they were then.",
            "You can still read it.",
        )
    return ALLOWED


def mean_of_means(reviews: Iterable[Sequence[int]]) -> float | None:
    """The mean of each reader's mean score, so that every reader weighs the same; None without any score."""
    means = [sum(scores) / len(scores) for scores in reviews if scores]
    return sum(means) / len(means) if means else None


def minutes_each(words: float, submitted: Sequence[datetime]) -> float:
    """Minutes one application takes: this reader's own pace, else an estimate from its words.

    `submitted` holds the instants of the reader's latest reviews, in any order. Pauses longer than a sitting are left
    out; with fewer than five gaps the estimate is used.
    """
    ordered = sorted(submitted)
    gaps = [after - before for before, after in pairwise(ordered) if after - before <= SITTING]
    if len(gaps) >= READS_FOR_A_PACE:
        return max(1.0, median(gap.total_seconds() for gap in gaps) / 60)
    return words / WORDS_A_MINUTE + MINUTES_TO_SCORE


def about(minutes: float) -> str:
    """A rough length of time in words, such as "about 25 minutes" or "about 4 hours"."""
    if minutes < 60:
        whole = max(5, round(minutes / 5) * 5)
        return f"about {whole} minutes"
    hours = round(minutes / 60)
    return "about an hour" if hours == 1 else f"about {hours:,} hours"
