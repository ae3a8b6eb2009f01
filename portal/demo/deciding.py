"""How the demo's streams decide: the best read first, one place a person, the next on a waitlist, the rest declined."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from portal.demo.batch import Batch, Row
from portal.demo.reading import Standing
from portal.demo.rounds import Scene
from portal.domain.decisions import ORDERED, in_order
from portal.domain.decisions import Standing as Ranked
from portal.domain.permissions import StreamRole
from portal.domain.review import Outcome
from portal.models import AuditEvent, Decision

ACCEPTABLE = 3.0  # a mean below this is not accepted, even where places are left
WAITLISTABLE = 3.0


@dataclass(frozen=True)
class Decided:
    """What one applicant is told of one stream."""

    user_id: int
    stream_id: int
    outcome: Outcome
    reason: str


def decide(
    batch: Batch, scene: Scene, standings: Iterable[Standing], favoured: Collection[int] = ()
) -> list[Decided]:
    """A decision for every stream application of this round. `favoured` accounts come first."""
    assert scene.calendar.released_at is not None
    rng = Random(f"{scene.number}:{scene.round.slug}:deciding")
    ordered = sorted(
        standings,
        key=lambda each: (
            each.user_id not in favoured, -(each.mean or 0.0), each.best_rank, each.stream_application_id,
        ),
    )  # fmt: skip
    outcomes = _outcomes(scene, ordered, favoured)
    decided = []
    for stream_id, group in _by_stream(ordered).items():
        ranks = in_order(
            (
                Ranked(each.stream_application_id, outcomes[each.stream_application_id], place)
                for place, each in enumerate(group, 1)
            ),
            {},
        )
        lead = next(r for r in scene.readers[stream_id] if r.role is StreamRole.LEAD)
        for each in sorted(group, key=lambda each: each.stream_application_id):
            outcome = outcomes[each.stream_application_id]
            told = outcome is Outcome.DECLINE and rng.random() < 0.7
            at = scene.calendar.released_at - timedelta(hours=rng.uniform(8, 90))
            row = batch.add(
                Decision,
                stream_application_id=each.stream_application_id,
                outcome=outcome,
                rank=ranks.get(each.stream_application_id) if outcome in ORDERED else None,
                reason=each.decline if told else "",
                decided_by_id=lead.user_id,
                decided_at=at,
            )
            _event(batch, scene, row)
            decided.append(Decided(each.user_id, stream_id, outcome, row["reason"]))
    return decided


def _event(batch: Batch, scene: Scene, row: Row) -> None:
    batch.add(
        AuditEvent,
        at=row["decided_at"],
        actor_id=row["decided_by_id"],
        action="decision.made",
        subject_type="stream_application",
        subject_id=row["stream_application_id"],
        round_id=scene.round.id,
        before={"outcome": None, "rank": None},
        after={"outcome": row["outcome"].value, "rank": row["rank"]},
    )


def _outcomes(
    scene: Scene, ordered: list[Standing], favoured: Collection[int]
) -> Mapping[int, Outcome]:
    places = {stream.id: stream.places for stream in scene.round.streams}
    waiting = {key: max(2, count // 2) for key, count in places.items()}
    placed: set[int] = set()
    outcomes: dict[int, Outcome] = {}
    for each in ordered:
        mean = each.mean or 0.0
        outcome = Outcome.DECLINE
        wanted = each.user_id in favoured or mean >= ACCEPTABLE
        # In the round before this one, who applies again now was not taken.
        free = each.user_id not in placed and not (each.returning and scene.calendar.archived_at)
        if wanted and free and places[each.stream_id] > 0:
            outcome = Outcome.ACCEPT
            places[each.stream_id] -= 1
            placed.add(each.user_id)
        elif mean >= WAITLISTABLE and each.user_id not in placed and waiting[each.stream_id] > 0:
            outcome = Outcome.WAITLIST
            waiting[each.stream_id] -= 1
        outcomes[each.stream_application_id] = outcome
    return outcomes


def _by_stream(ordered: list[Standing]) -> Mapping[int, list[Standing]]:
    groups: dict[int, list[Standing]] = defaultdict(list)
    for each in ordered:
        groups[each.stream_id].append(each)
    return groups
