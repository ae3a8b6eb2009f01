"""What a stream decides, in which order it would take people, and when a round's decisions may be released."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.domain.review import Outcome
from portal.domain.rounds import Phase
from portal.domain.verdict import ALLOWED, Refused, Verdict

ORDERED = (Outcome.ACCEPT, Outcome.WAITLIST)
LONGEST_REASON = 4000  # characters; some six hundred words
# Why the log says that an application was declined with the release itself, one entry for each.
UNDECIDED_AT_RELEASE = "undecided at the release"


@dataclass(frozen=True)
class Standing:
    """Where one stream application stands in its stream's decisions: `rank` orders accepts and the waitlist."""

    key: int
    outcome: Outcome
    rank: int | None = None


def in_order(standings: Iterable[Standing], moved: Mapping[int, int | None]) -> dict[int, int]:
    """Ranks 1, 2, 3 ... within accepts and within the waitlist, by key.

    `moved` holds the ranks that were asked for just now: who is moved to a place gets that place, whichever way the
    others have to shift, and one without a rank goes to the end. Declines have no rank and are left out.
    """
    ranks: dict[int, int] = {}
    standings = list(standings)
    for outcome in ORDERED:
        group = [standing for standing in standings if standing.outcome is outcome]
        group.sort(key=lambda standing: _place(standing, moved))
        ranks.update({standing.key: place for place, standing in enumerate(group, start=1)})
    return ranks


def _place(standing: Standing, moved: Mapping[int, int | None]) -> tuple[float, int]:
    if standing.key not in moved:
        return (float("inf") if standing.rank is None else standing.rank, standing.key)
    wanted = moved[standing.key]
    if wanted is None:
        return float("inf"), standing.key
    down = standing.rank is not None and wanted > standing.rank
    return (wanted + 0.5 if down else wanted - 0.5), standing.key


def may_decide(released_at: datetime | None, now: datetime) -> Verdict:
    """A stream decides from the first reading on, until the round is released."""
    if released_at is not None and released_at <= now:
        return Refused(
            "These decisions have been released.",
            "The applicants can read them.",
            "Write to the programme if one of them is wrong.",
        )
    return ALLOWED


def warnings(outcomes: Mapping[Outcome, int], undecided: int, places: int) -> list[str]:
    """What a stream should look at before its decisions are released."""
    found = []
    accepts = outcomes.get(Outcome.ACCEPT, 0)
    if accepts > places:
        found.append(f"{accepts} accepted for {places} {_plural(places, 'place')}.")
    if undecided:
        found.append(f"{undecided:,} {_plural(undecided, 'application')} not decided yet.")
    return found


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"


@dataclass(frozen=True)
class Release:
    """What an admin asks for: how many people they think will be told, and whether to decline the undecided."""

    typed: int | None
    decline_undecided: bool
    seen: str


def may_release(
    asked: Release,
    *,
    phase: Phase,
    told: int,
    undecided: int,
    seen: str,
    tasks_due: bool = False,
) -> Verdict:
    """Whether a round's decisions go out now. `told` people will be told; `seen` marks the list as it stands now.

    `tasks_due` says that a task can still be handed in by everybody who was asked.
    """
    ready = _is_ready(phase, told, tasks_due)
    if isinstance(ready, Refused):
        return ready
    if asked.seen != seen:
        return Refused(
            "Nothing was released: a decision changed while you were looking.",
            "What goes out must be what you looked over.",
            "Look at the list again below, then release it.",
        )
    if undecided and not asked.decline_undecided:
        return Refused(
            "Nothing was released: some applications are undecided.",
            f"{undecided} stream {_plural(undecided, 'application')} "
            f"{'has' if undecided == 1 else 'have'} no decision.",
            "Ask the streams to decide, or tick that the undecided are told they were not selected.",
        )
    if asked.typed != told:
        return Refused(
            "Nothing was released: the number you typed is another.",
            f"{told} {'person' if told == 1 else 'people'} will be told.",
            "Type that number to confirm.",
        )
    return ALLOWED


def _is_ready(phase: Phase, told: int, tasks_due: bool) -> Verdict:
    """Whether the round has come to the point where decisions can go out at all."""
    if phase in (Phase.DRAFT, Phase.SCHEDULED, Phase.OPEN):
        return Refused(
            "Decisions cannot be released yet.",
            "The round still takes applications.",
            "Close it first, or wait until its last deadline has passed.",
        )
    if tasks_due:
        return Refused(
            "Decisions cannot be released yet.",
            "A task is not due yet: applicants may still hand in what their stream asked of them.",
            "Wait until it is due, or have its stream retire it.",
        )
    if told == 0:
        return Refused("There is nobody to tell.", "No submitted application is in this round.", "")
    return ALLOWED
