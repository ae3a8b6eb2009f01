"""What the demo's readers did with what their streams received: reviews, some of them drafts, and their sums."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from portal.demo.applying import Applied, Arrived
from portal.demo.batch import Batch, Row
from portal.demo.calendar import Stage
from portal.demo.material import Material
from portal.demo.people import stream
from portal.demo.reviews import DemoReview, decline_reason, review
from portal.demo.rounds import Reader, Scene
from portal.domain.permissions import StreamRole
from portal.domain.review import Recommendation, ReviewState, mean_of_means
from portal.models import AuditEvent, Review, Score

# How many readers have read one application, with weights: (0, 1, 2, 3 readers).
READS = {Stage.OPEN: (70, 25, 5, 0), Stage.REVIEW: (30, 44, 22, 4), Stage.DECIDED: (0, 48, 42, 10)}
DRAFTS = {Stage.OPEN: 0.15, Stage.REVIEW: 0.12, Stage.DECIDED: 0.01}
ABSTAINS = 0.02
WEIGHT = {StreamRole.LEAD: 3, StreamRole.CO: 3, StreamRole.READER: 4}


@dataclass(frozen=True)
class Standing:
    """How one stream application stands after the reading; `decline` is what a declined applicant would be told."""

    stream_application_id: int
    stream_id: int
    user_id: int
    best_rank: int
    mean: float | None
    decline: str
    returning: bool


def read(
    batch: Batch, scene: Scene, material: Material, stage: Stage, applied: Applied
) -> list[Standing]:
    """Reviews of one application in each stream it reached; a withdrawn one is read by nobody."""
    if applied.withdrawn:
        return []
    rng = stream(scene.number, applied.visit.person.index, "reading")
    return [
        _read_one(batch, scene, material, stage, applied, each, rng) for each in applied.arrived
    ]


def _read_one(
    batch: Batch,
    scene: Scene,
    material: Material,
    stage: Stage,
    applied: Applied,
    arrived: Arrived,
    rng: Random,
) -> Standing:
    visit = applied.visit
    given: list[DemoReview] = []
    counted: list[list[int]] = []
    for reader in _readers(scene, stage, arrived, rng):
        said = review(
            material, visit.person, visit.texts, arrived.direction, reader.key, scene.number
        )
        scores = _write(batch, scene, stage, arrived, reader, said, rng)
        if scores is not None:
            given.append(said)
            counted.append(scores)
    arrived.row["reads"] = len(counted)
    arrived.row["score_mean"] = mean = mean_of_means(counted)
    decline = (
        decline_reason(material, visit.person, visit.texts, arrived.direction, given, scene.number)
        if stage is Stage.DECIDED
        else ""
    )
    return Standing(
        arrived.row["id"],
        arrived.stream.id,
        visit.user_id,
        arrived.row["best_rank"],
        mean,
        decline,
        visit.person.returning,
    )


def _readers(scene: Scene, stage: Stage, arrived: Arrived, rng: Random) -> list[Reader]:
    members = list(scene.readers[arrived.stream.id])
    wanted = rng.choices(range(len(READS[stage])), READS[stage])[0]
    if arrived.versions[0].received_at + timedelta(hours=12) >= scene.calendar.read_until:
        return []
    chosen: list[Reader] = []
    while members and len(chosen) < wanted:
        reader = rng.choices(members, [WEIGHT[member.role] for member in members])[0]
        members.remove(reader)
        chosen.append(reader)
    return chosen


def _write(
    batch: Batch,
    scene: Scene,
    stage: Stage,
    arrived: Arrived,
    reader: Reader,
    said: DemoReview,
    rng: Random,
) -> list[int] | None:
    """One reader's form. Answers its scores if it was submitted (none for an abstention), None for a draft."""
    is_draft = rng.random() < DRAFTS[stage]
    abstains = not is_draft and rng.random() < ABSTAINS
    at = _instant(scene, arrived, rng)
    row = batch.add(
        Review,
        stream_application_id=arrived.row["id"],
        stream_id=arrived.stream.id,
        reader_id=reader.user_id,
        submission_id=[each.id for each in arrived.versions if each.received_at <= at][-1],
        state=ReviewState.DRAFT if is_draft else ReviewState.SUBMITTED,
        recommendation=_recommendation(said, is_draft, abstains),
        comment="I know this applicant well and leave it to the others."
        if abstains
        else said.comment,
        version=rng.randint(1, 3),
        created_at=at - timedelta(minutes=rng.uniform(3, 25)),
        saved_at=at,
        submitted_at=None if is_draft else at,
    )
    scores = [] if abstains else [(key, int(getattr(said, name))) for key, name in scene.criteria]
    if is_draft:
        scores = scores[: rng.randint(1, len(scores) - 1)]
    for criterion_id, value in scores:
        batch.add(Score, review_id=row["id"], criterion_id=criterion_id, value=value)
    if is_draft:
        return None
    _event(batch, scene, row)
    return [value for _, value in scores]


def _event(batch: Batch, scene: Scene, row: Row) -> None:
    batch.add(
        AuditEvent,
        at=row["submitted_at"],
        actor_id=row["reader_id"],
        action="review.submitted",
        subject_type="stream_application",
        subject_id=row["stream_application_id"],
        round_id=scene.round.id,
        after={
            "recommendation": row["recommendation"].value,
            "state": "submitted",
            "comment_words": len(row["comment"].split()),
        },
    )


def _recommendation(said: DemoReview, is_draft: bool, abstains: bool) -> Recommendation | None:
    if abstains:
        return Recommendation.ABSTAIN
    return None if is_draft else Recommendation(said.recommendation)


def _instant(scene: Scene, arrived: Arrived, rng: Random) -> datetime:
    """When this form was last saved: after the application arrived, by day, in a sitting with others."""
    start = arrived.versions[0].received_at + timedelta(hours=1)
    return start + (scene.calendar.read_until - start) * rng.uniform(0.02, 1)
