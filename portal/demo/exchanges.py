"""What was said around a demo round: announcements, questions, late drafts, extensions, receipts by mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from portal.adapters import letters
from portal.adapters.letters import Letter
from portal.config import Settings
from portal.demo.applying import Applied
from portal.demo.batch import Batch
from portal.demo.calendar import DAY
from portal.demo.deciding import Decided
from portal.demo.drafting import as_values, dossier_of
from portal.demo.people import DemoPerson
from portal.demo.reviews import DemoAnnouncement, DemoQuestion, asked
from portal.demo.rounds import Scene
from portal.domain.applications import question_field, stream_section
from portal.domain.instants import iso
from portal.models import (
    Announcement,
    AuditEvent,
    Enquiry,
    Extension,
    LateDraft,
    OutboxMessage,
    Stream,
    Submission,
)
from portal.services.outbox import message_id
from portal.services.submissions import receipt_values


def announce(batch: Batch, scene: Scene, announcements: Sequence[DemoAnnouncement]) -> None:
    """Publish what was due by now."""
    for each in announcements:
        at = scene.calendar.closes_at - each.days_before_close * DAY + timedelta(hours=3)
        if at > scene.calendar.seen_at:
            continue
        row = batch.add(
            Announcement,
            round_id=scene.round.id,
            title=each.title,
            body=each.body,
            author_id=scene.admin_id,
            published_at=at,
        )
        _event(
            batch, scene, "announcement.published", at, scene.admin_id, ("announcement", row["id"]),
            after={"name": each.title, "published_at": iso(at)},
        )  # fmt: skip


class Enquiries:
    """Each question of the demo is asked once, by the first person who would ask it."""

    def __init__(self, batch: Batch, scene: Scene, questions: Sequence[DemoQuestion]) -> None:
        self.batch, self.scene = batch, scene
        self.left = list(questions)

    def ask(self, person: DemoPerson, user_id: int, started_at: datetime) -> None:
        question = asked(self.left, person, self.scene.number)
        if question is None:
            return
        self.left.remove(question)
        at = started_at + (self.scene.calendar.written_until - started_at) * 0.5
        answered_at = at + timedelta(hours=5 + 20 * person.care)
        is_answered = bool(question.answer) and answered_at < self.scene.calendar.seen_at
        row = self.batch.add(
            Enquiry,
            round_id=self.scene.round.id,
            user_id=user_id,
            text=question.body,
            asked_at=at,
            answer=question.answer if is_answered else "",
            answered_at=answered_at if is_answered else None,
            answered_by_id=self.scene.admin_id if is_answered else None,
        )
        subject = ("enquiry", row["id"])
        _event(self.batch, self.scene, "enquiry.asked", at, user_id, subject)
        if is_answered:
            _event(
                self.batch, self.scene, "enquiry.answered", answered_at, self.scene.admin_id, subject,
                after={"corrected": False},
            )  # fmt: skip


def grant(
    batch: Batch,
    scene: Scene,
    user_id: int,
    stream: Stream | None,
    closes_at: datetime,
    granted_at: datetime,
    reason: str,
) -> None:
    """One applicant's later deadline."""
    batch.add(
        Extension,
        round_id=scene.round.id,
        user_id=user_id,
        stream_id=stream.id if stream else None,
        closes_at=closes_at,
        reason=reason,
        granted_by_id=scene.admin_id,
        granted_at=granted_at,
    )
    _event(
        batch, scene, "extension.granted", granted_at, scene.admin_id, ("user", user_id), reason=reason,
        after={"closes_at": iso(closes_at), "stream": stream.name if stream else "all streams"},
    )  # fmt: skip


def arrive_late_for_stream(
    batch: Batch, scene: Scene, applied: Applied, stream: Stream, answers: Mapping[int, str]
) -> None:
    """Somebody saves their answers to a stream minutes after its own deadline, and asks for an extension."""
    content = {question_field(key): text for key, text in answers.items()}
    closed_at = scene.deadline(stream).closes_at
    _late_draft(batch, scene, applied, closed_at, stream_section(stream.slug), content, stream)


def arrive_late(batch: Batch, scene: Scene, applied: Applied) -> None:
    """Somebody submits minutes after the round's deadline, and asks for an extension."""
    closed_at = max(scene.deadline(stream).closes_at for stream in scene.round.streams)
    content = as_values(applied.copy)
    _late_draft(batch, scene, applied, closed_at, "submit", content, None)


def _late_draft(
    batch: Batch,
    scene: Scene,
    applied: Applied,
    closed_at: datetime,
    action: str,
    content: Mapping[str, object],
    stream: Stream | None,
) -> None:
    received_at = closed_at + timedelta(minutes=7, seconds=31)
    asked_at = received_at + timedelta(minutes=6)
    user_id = applied.visit.user_id
    row = batch.add(
        LateDraft,
        round_id=scene.round.id,
        user_id=user_id,
        stream_id=stream.id if stream else None,
        action=action,
        content=dict(content),
        received_at=received_at,
        closed_at=closed_at,
        extension_asked_at=asked_at,
        extension_reason="The power was out in our street all afternoon. I had everything else ready.",
    )
    subject = ("late_draft", row["id"])
    after = {"action": action, "closed_at": iso(closed_at), "received_at": iso(received_at)}
    _event(batch, scene, "application.refused_late", received_at, user_id, subject, after=after)
    _event(batch, scene, "extension.asked", asked_at, user_id, subject)


def first_closing(scene: Scene) -> Stream:
    """The stream whose deadline comes first."""
    return min(scene.round.streams, key=lambda stream: scene.deadline(stream).closes_at)


def send_receipts(batch: Batch, scene: Scene, applied: Applied, address: str) -> None:
    """The letters that this applicant's submits queued."""
    for sent in applied.sent:
        submission = Submission(
            number=sent.content.number,
            received_at=sent.received_at,
            recorded_at=sent.recorded_at,
            digest=sent.digest,
            signature=sent.signature,
        )
        dossier = dossier_of(scene, sent.copy, applied.visit.grants)
        values = receipt_values(dossier, submission, applied.visit.person.time_zone)
        letter = letters.write("receipt", contact=Settings.contact_address, **values)
        once, at = f"receipt:{sent.content.number}", sent.recorded_at
        _send(batch, "receipt", letter, once, at, applied.visit.user_id, address)


def send_decisions(
    batch: Batch, scene: Scene, user_id: int, person: DemoPerson, decided: Iterable[Decided]
) -> None:
    """The letter that the release queued for this applicant, if a stream decided about them."""
    streams = {stream.id: stream.name for stream in scene.round.streams}
    told = [
        {"stream": streams[each.stream_id], "outcome": each.outcome, "reason": each.reason}
        for each in decided
        if each.user_id == user_id
    ]
    if not told or scene.calendar.released_at is None:
        return
    letter = letters.write(
        "decision",
        name=person.name,
        round_name=scene.round.name,
        round_slug=scene.round.slug,
        decisions=told,
    )
    once = f"decision:{scene.round.id}:{user_id}"
    _send(batch, "decision", letter, once, scene.calendar.released_at, user_id, person.email)


def _send(
    batch: Batch, kind: str, letter: Letter, once: str, at: datetime, user_id: int, address: str
) -> None:
    """A letter in the outbox that left seconds after it was queued."""
    batch.add(
        OutboxMessage,
        message_id=message_id(once),
        dedupe_key=once,
        kind=kind,
        user_id=user_id,
        recipient=address,
        subject=letter.subject[:300],
        text=letter.text,
        html=letter.html,
        created_at=at,
        next_try_at=at,
        attempts=1,
        sent_at=at + timedelta(seconds=9),
    )


def _event(
    batch: Batch,
    scene: Scene,
    action: str,
    at: datetime,
    actor_id: int,
    subject: tuple[str, int],
    *,
    reason: str = "",
    after: Mapping[str, object] | None = None,
) -> None:
    batch.add(
        AuditEvent,
        at=at,
        actor_id=actor_id,
        action=action,
        subject_type=subject[0],
        subject_id=subject[1],
        round_id=scene.round.id,
        reason=reason,
        after=dict(after or {}),
    )
