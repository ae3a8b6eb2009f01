"""Applications of invented people: the working copy, what they submitted and when, and what each stream received."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random

from portal.demo.batch import Batch, Row
from portal.demo.cvs import with_cv
from portal.demo.drafting import WorkingCopy, dossier_of, draft, earlier
from portal.demo.people import DemoPerson, Progress, stream
from portal.demo.rounds import Scene
from portal.demo.writing import DemoTexts
from portal.domain.applications import DIRECTIONS, ApplicationState
from portal.domain.instants import iso
from portal.domain.reading import applicant_name, reading, search_text
from portal.domain.rounds import Arrival, Grant
from portal.domain.submissions import (
    ALPHABET,
    GROUP_LENGTH,
    GROUPS,
    PREFIX,
    Content,
    canonical,
    digest,
    signed_text,
)
from portal.models import (
    Answer,
    Application,
    AuditEvent,
    Choice,
    SectionAnswers,
    Stream,
    StreamApplication,
    Submission,
    SubmissionChoice,
    SubmissionFile,
)
from portal.services.submissions import content_of

SENT = (Progress.SUBMITTED, Progress.WITHDRAWN)


@dataclass(frozen=True)
class Visit:
    """One person in one round: the account, what they wrote, when they began and (None: never) last submitted."""

    person: DemoPerson
    texts: DemoTexts
    user_id: int
    started_at: datetime
    submitted_at: datetime | None
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True)
class Sent:
    """One submission: its row's id, what it was made from, its content, and its two instants."""

    id: int
    copy: WorkingCopy
    content: Content
    received_at: datetime
    recorded_at: datetime
    digest: str
    signature: str


@dataclass(frozen=True)
class Arrived:
    """What one stream received: its row (not written yet), the direction it came through, each version in order."""

    row: Row
    stream: Stream
    direction: str
    versions: tuple[Sent, ...]


@dataclass(frozen=True)
class Applied:
    visit: Visit
    application_id: int
    copy: WorkingCopy
    sent: tuple[Sent, ...]
    arrived: tuple[Arrived, ...]
    withdrawn: bool


def apply(batch: Batch, scene: Scene, visit: Visit) -> Applied:
    """All rows of one application."""
    rng = stream(scene.number, visit.person.index, "applying")
    copy = draft(scene, visit.person, visit.texts, rng)
    copy = with_cv(batch, scene, visit.person, visit.user_id, copy)
    versions = _versions(scene, visit, copy, rng)
    application = _application(batch, scene, visit, rng, [version for version, _ in versions], copy)
    _working_copy(batch, scene, visit, copy, application, rng)
    sent = tuple(
        _submit(batch, scene, visit, version, application["id"], at, number)
        for number, (version, at) in enumerate(versions, 1)
    )
    arrived = _hand_to_streams(batch, scene, visit, copy, application, sent, rng)
    withdrawn = visit.person.progress is Progress.WITHDRAWN
    if withdrawn:
        _withdraw(batch, scene, visit, application, rng)
    return Applied(visit, application["id"], copy, sent, arrived, withdrawn)


def _versions(
    scene: Scene, visit: Visit, copy: WorkingCopy, rng: Random
) -> list[tuple[WorkingCopy, datetime]]:
    """What was submitted and when: once, twice, or once with changes since that were not sent."""
    if visit.submitted_at is None or visit.person.progress not in SENT:
        return []
    last = visit.submitted_at
    draw = rng.random()
    if draw < 0.2:
        before = visit.started_at + (last - visit.started_at) * rng.uniform(0.4, 0.9)
        return [(earlier(scene, copy, last), before), (copy, last)]
    if draw < 0.27:
        return [(earlier(scene, copy, last), last)]
    return [(copy, last)]


def _application(
    batch: Batch,
    scene: Scene,
    visit: Visit,
    rng: Random,
    versions: list[WorkingCopy],
    copy: WorkingCopy,
) -> Row:
    until = scene.calendar.written_until
    if versions and versions[-1] is copy:
        assert visit.submitted_at is not None
        saved_at = visit.submitted_at - timedelta(minutes=rng.uniform(1, 20))
    else:
        saved_at = _between(rng, visit.submitted_at or visit.started_at, until)
    row = batch.add(
        Application,
        round_id=scene.round.id,
        user_id=visit.user_id,
        state=ApplicationState.SUBMITTED if versions else ApplicationState.DRAFT,
        created_at=visit.started_at,
        saved_at=max(saved_at, visit.started_at),
        submitted_at=visit.submitted_at if versions else None,
    )
    _event(batch, scene, visit, row["id"], "application.started", visit.started_at)
    return row


def _working_copy(
    batch: Batch, scene: Scene, visit: Visit, copy: WorkingCopy, application: Row, rng: Random
) -> None:
    sections = {**copy.sections, **({DIRECTIONS: {}} if copy.ranked else {})}
    for slug, answers in sections.items():
        batch.add(
            SectionAnswers,
            application_id=application["id"],
            section=slug,
            answers=dict(answers),
            version=rng.randint(1, 4),
            saved_at=_between(rng, visit.started_at, application["saved_at"]),
        )
    for rank, offering in enumerate(copy.ranked, 1):
        batch.add(Choice, application_id=application["id"], offering_id=offering.id, rank=rank)


def _submit(
    batch: Batch,
    scene: Scene,
    visit: Visit,
    copy: WorkingCopy,
    application_id: int,
    received_at: datetime,
    nth: int,
) -> Sent:
    seed = f"{scene.number}:{scene.round.slug}:{visit.person.index}:{nth}"
    number, salt = _number(Random(seed)), sha256(f"{seed}:salt".encode()).hexdigest()
    content = content_of(dossier_of(scene, copy, visit.grants), number, received_at)
    text = canonical(content)
    late = {given.arrival for given in content.streams}
    recorded_at = received_at + timedelta(milliseconds=40 + len(text) % 600)
    proof = digest(salt, text)
    row = batch.add(
        Submission,
        application_id=application_id,
        number=number,
        idempotency_key=sha256(f"{seed}:key".encode()).hexdigest()[:32],
        received_at=received_at,
        recorded_at=recorded_at,
        arrival=Arrival.IN_GRACE if Arrival.IN_GRACE in late else Arrival.ON_TIME,
        applicant_name=applicant_name(content)[:200],
        search_text=search_text(content),
        content=text,
        salt=salt,
        digest=proof,
        signature=scene.signer.sign(signed_text(number, received_at, recorded_at, proof)),
        signing_key_id=scene.signing_key_id,
    )
    _choices(batch, row["id"], content)
    for given in content.files():
        batch.add(SubmissionFile, submission_id=row["id"], file_id=copy.files[given.answer].id)
    after = _audited(row, content)
    _event(batch, scene, visit, application_id, "application.submitted", recorded_at, after)
    return Sent(row["id"], copy, content, received_at, recorded_at, proof, row["signature"])


def _audited(row: Row, content: Content) -> dict[str, object]:
    """What the audit log says of a submit, as `services.submissions` writes it."""
    return {
        "number": row["number"],
        "received_at": iso(row["received_at"]),
        "arrival": row["arrival"].value,
        "digest": row["digest"],
        "offerings": [choice.offering_id for choice in content.choices],
    }


def _choices(batch: Batch, submission_id: int, content: Content) -> None:
    for choice in content.choices:
        batch.add(
            SubmissionChoice, submission_id=submission_id, rank=choice.rank,
            offering_id=choice.offering_id, stream_id=choice.stream_id,
        )  # fmt: skip


def _number(rng: Random) -> str:
    """A receipt number in the form of `domain.submissions.new_number`, drawn from the seed."""
    groups = ("".join(rng.choices(ALPHABET, k=GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join([PREFIX, *groups])


def _hand_to_streams(
    batch: Batch,
    scene: Scene,
    visit: Visit,
    copy: WorkingCopy,
    application: Row,
    sent: tuple[Sent, ...],
    rng: Random,
) -> tuple[Arrived, ...]:
    arrived = []
    for chosen in copy.streams:
        given = copy.answers.get(chosen.id)
        if not given and not sent:
            continue
        row = _stream_application(batch, chosen, application, given, visit, rng)
        deadline = scene.deadline(chosen, visit.grants)
        versions = tuple(
            each
            for each in sent
            if deadline.judge(each.received_at).accepted and each.content.stream(chosen.id)
        )
        if versions:
            newest = versions[-1].content
            _, best = copy.best(chosen)
            row["submission_id"] = versions[-1].id
            row["first_received_at"] = versions[0].received_at
            row["best_rank"] = min(c.rank for c in newest.choices if c.stream_id == chosen.id)
            row["words"] = reading(newest, chosen.id).words
            arrived.append(Arrived(row, chosen, best.direction.slug, versions))
    return tuple(arrived)


def _stream_application(
    batch: Batch,
    chosen: Stream,
    application: Row,
    given: Mapping[int, str] | None,
    visit: Visit,
    rng: Random,
) -> Row:
    row = batch.add(
        StreamApplication,
        application_id=application["id"],
        stream_id=chosen.id,
        version=rng.randint(1, 3) if given else 0,
        saved_at=_between(rng, visit.started_at, application["saved_at"]),
    )
    for question_id, text in (given or {}).items():
        batch.add(Answer, stream_application_id=row["id"], question_id=question_id, text=text)
    return row


def _withdraw(batch: Batch, scene: Scene, visit: Visit, application: Row, rng: Random) -> None:
    assert visit.submitted_at is not None
    until = min(scene.calendar.seen_at, scene.calendar.release_at)
    application["state"] = ApplicationState.WITHDRAWN
    application["withdrawn_at"] = at = _between(rng, visit.submitted_at, until)
    _event(batch, scene, visit, application["id"], "application.withdrawn", at)


def _between(rng: Random, start: datetime, end: datetime) -> datetime:
    return start + (end - start) * rng.uniform(0.1, 0.9)


def _event(
    batch: Batch,
    scene: Scene,
    visit: Visit,
    application_id: int,
    action: str,
    at: datetime,
    after: dict[str, object] | None = None,
) -> None:
    batch.add(
        AuditEvent,
        at=at,
        actor_id=visit.user_id,
        action=action,
        subject_type="application",
        subject_id=application_id,
        round_id=scene.round.id,
        after=after or {},
    )
