"""Streams: making one, its words, places, deadline, mentors, directions and members. Its questions are in `questions`.

Admins edit every stream; leads and co-leads edit the words and questions of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.permissions import Viewer
from portal.domain.rounds import Phase, phase
from portal.domain.slugs import slug_of
from portal.domain.verdict import Refused
from portal.models import (
    Choice,
    Direction,
    Mentor,
    Offering,
    Round,
    Stream,
    StreamApplication,
    StreamMember,
    StreamMentor,
    SubmissionChoice,
    User,
)
from portal.services import audit
from portal.services.round_dates import NEEDS_A_REASON, move_stream
from portal.services.rounds import ADMINS_ONLY, GONE
from portal.services.versions import Stale, changes
from portal.services.work import locked, writing

NOT_YOURS = Refused(
    "This stream is not yours to edit.",
    "Its leads and co-leads edit it, and the programme's admins.",
    "Ask one of them.",
)


@dataclass(frozen=True)
class StreamText:
    """The words of a stream: its name, its text and the steps of its selection (both Markdown)."""

    name: str
    text: str = ""
    steps: str = ""


def create_stream(
    viewer: Viewer, round_id: int, words: StreamText, *, places: int, now: datetime
) -> int | Refused:
    """A new stream of a round, with nothing in it. Answers its id."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    with writing() as session:
        round_ = locked(session, Round, round_id)
        if round_ is None:
            return GONE
        if phase(round_, now) in (Phase.RELEASED, Phase.ARCHIVED):
            return Refused("This round is over.", "Its decisions are released.")
        taken = set(session.scalars(sa.select(Stream.slug).where(Stream.round_id == round_id)))
        slug = slug_of(words.name, {*taken, "new"})
        stream = Stream(round_id=round_id, slug=slug, places=places, **asdict(words))
        session.add(stream)
        session.flush()
        record(session, viewer, stream, "stream.created", now, after={"places": places})
        return stream.id


def edit_text(
    viewer: Viewer, stream_id: int, version: str, words: StreamText, *, now: datetime
) -> Refused | Stale | None:
    """Save the words of a stream, unless somebody saved since `version` was read. For its leads, and admins."""
    with writing() as session:
        stream = locked(session, Stream, stream_id)
        refusal = may_edit(viewer, stream)
        if refusal is not None or stream is None:
            return GONE if refusal is None else refusal
        before = asdict(text_of(stream))
        if str(stream.version) != version:
            return Stale(before, str(stream.version))
        was, becomes = changes(before, asdict(words))
        if becomes:
            _apply(session, viewer, stream, was, becomes, now)
        return None


def edit_limits(
    viewer: Viewer,
    stream_id: int,
    version: str,
    *,
    places: int,
    closes_at: datetime | None,
    reason: str,
    now: datetime,
) -> Refused | Stale | None:
    """Save a stream's places and own deadline (None: the round's holds). A moved deadline needs a reason.

    Once the round has opened a stream's deadline only moves later: people plan by it.
    """
    if not viewer.is_admin:
        return ADMINS_ONLY
    with writing() as session:
        stream = locked(session, Stream, stream_id)
        round_ = locked(session, Round, stream.round_id) if stream is not None else None
        if stream is None or round_ is None:
            return GONE
        if str(stream.version) != version:
            current = {"places": stream.places, "closes_at": stream.closes_at}
            return Stale(current, str(stream.version))
        moved = closes_at != stream.closes_at
        refusal = _refuse_deadline(round_, stream, closes_at, reason, now) if moved else None
        if refusal is not None:
            return refusal
        if places != stream.places:
            _apply(session, viewer, stream, {"places": stream.places}, {"places": places}, now)
        if moved:
            move_stream(session, viewer, stream, closes_at, reason, now)
        return None


def set_mentors(
    viewer: Viewer, stream_id: int, mentor_ids: Sequence[int], *, now: datetime
) -> Refused | None:
    """The mentors of a stream in order; the first is primary."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    with writing() as session:
        stream = locked(session, Stream, stream_id)
        if stream is None:
            return GONE
        wanted = list(dict.fromkeys(mentor_ids))
        rows = session.execute(sa.select(Mentor.id, Mentor.name).where(Mentor.id.in_(wanted)))
        known = dict(rows.all())
        if len(known) != len(wanted):
            return Refused("One of these mentors is not there any more.", "Choose again.")
        before = [link.mentor.name for link in stream.mentor_links]
        after = [known[mentor_id] for mentor_id in wanted]
        if before == after:
            return None
        stream.mentor_links.clear()
        session.flush()
        stream.mentor_links = [
            StreamMentor(mentor_id=mentor_id, is_primary=place == 0, position=place)
            for place, mentor_id in enumerate(wanted)
        ]
        was, becomes = {"mentors": before}, {"mentors": after}
        _apply(session, viewer, stream, was, becomes, now, "stream.mentors_set")
        return None


def set_offerings(
    viewer: Viewer, stream_id: int, direction_ids: Sequence[int], *, now: datetime
) -> Refused | None:
    """The directions a stream offers, in order. One that another stream of the round offers is refused by name.

    A direction that an applicant has chosen stays.
    """
    if not viewer.is_admin:
        return ADMINS_ONLY
    with writing() as session:
        stream = locked(session, Stream, stream_id)
        if stream is None:
            return GONE
        wanted = list(dict.fromkeys(direction_ids))
        mine = {offering.direction_id: offering for offering in stream.offerings}
        before = [offering.direction.title for offering in stream.offerings]
        refusal = _refuse_taken(session, stream, wanted)
        if refusal is None:
            leaving = [offering for key, offering in mine.items() if key not in wanted]
            refusal = _refuse_chosen(session, leaving)
        if refusal is not None:
            return refusal
        _offer(stream, wanted)
        session.flush()
        titles = sa.select(Direction.id, Direction.title).where(Direction.id.in_(wanted))
        named = dict(session.execute(titles).all())
        after = [named[key] for key in wanted]
        if before != after:
            was, becomes = {"directions": before}, {"directions": after}
            _apply(session, viewer, stream, was, becomes, now, "stream.offerings_set")
        return None


def remove_member(
    viewer: Viewer, stream_id: int, member_id: int, *, now: datetime
) -> Refused | None:
    """End a person's rights in a stream, at once. What they read and scored stays."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    with writing() as session:
        stream, member = locked(session, Stream, stream_id), session.get(StreamMember, member_id)
        if stream is None or member is None or member.stream_id != stream_id:
            return GONE
        user = session.get(User, member.user_id)
        was = {"member": user.name if user else "", "role": member.role}
        record(session, viewer, stream, "stream.member_removed", now, before=was)
        session.delete(member)
        return None


def remove_stream(viewer: Viewer, stream_id: int, *, now: datetime) -> Refused | None:
    """Delete a stream that no applicant has touched."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    with writing() as session:
        stream = locked(session, Stream, stream_id)
        if stream is None:
            return GONE
        touched = sa.select(StreamApplication.id).where(StreamApplication.stream_id == stream_id)
        refusal = _refuse_chosen(session, stream.offerings)
        if refusal is not None:
            return refusal
        if session.scalar(touched.limit(1)) is not None:
            return Refused(
                "This stream cannot be removed.", "Applicants have written to it already."
            )
        record(session, viewer, stream, "stream.removed", now, before={"name": stream.name})
        session.delete(stream)
        return None


def may_edit(viewer: Viewer, stream: Stream | None) -> Refused | None:
    """Why the viewer cannot edit the words and questions of a stream; None when they can."""
    if stream is None:
        return GONE
    if viewer.is_admin or stream.id in viewer.led_stream_ids:
        return None
    return NOT_YOURS


def text_of(stream: Stream) -> StreamText:
    return StreamText(stream.name, stream.text, stream.steps)


def record(
    session: Session,
    viewer: Viewer,
    stream: Stream,
    action: str,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    *,
    subject: tuple[str, int] | None = None,
) -> None:
    """One entry of the audit log about a stream, or about the `subject` in it."""
    audit.record(
        session,
        action,
        at=now,
        actor_id=viewer.user_id,
        subject=subject or ("stream", stream.id),
        round_id=stream.round_id,
        before=before,
        after={"name": stream.name, **(after or {})},
    )


# -- helpers --------------------------------------------------------------------------------------


def _apply(
    session: Session,
    viewer: Viewer,
    stream: Stream,
    was: dict[str, Any],
    becomes: dict[str, Any],
    now: datetime,
    action: str = "stream.edited",
) -> None:
    """Write what changed, count the version and record it. Lists are written by their callers."""
    for name, value in becomes.items():
        if not isinstance(value, list):
            setattr(stream, name, value)
    stream.version += 1
    record(session, viewer, stream, action, now, was, becomes)


def _offer(stream: Stream, wanted: Sequence[int]) -> None:
    """Make the offerings of a stream those of the directions `wanted`, in that order."""
    mine = {offering.direction_id: offering for offering in stream.offerings}
    for key, offering in mine.items():
        if key not in wanted:
            stream.offerings.remove(offering)
    for place, direction_id in enumerate(wanted):
        if direction_id in mine:
            mine[direction_id].position = place
        else:
            stream.offerings.append(
                Offering(
                    stream_id=stream.id,
                    round_id=stream.round_id,
                    direction_id=direction_id,
                    position=place,
                )
            )


def _refuse_deadline(
    round_: Round, stream: Stream, closes_at: datetime | None, reason: str, now: datetime
) -> Refused | None:
    stage = phase(round_, now)
    if not reason.strip():
        return NEEDS_A_REASON
    if stage in (Phase.RELEASED, Phase.ARCHIVED):
        return Refused("This round is over.", "Its decisions are released.")
    if stage in (Phase.DRAFT, Phase.SCHEDULED):
        if closes_at is not None and round_.opens_at is not None and closes_at <= round_.opens_at:
            return Refused(
                "The stream would close before the round opens.",
                "Nobody could apply to it.",
                "Choose a later instant, or leave it empty.",
            )
        return None
    before, after = stream.closes_at or round_.closes_at, closes_at or round_.closes_at
    if before is not None and after is not None and after < before:
        return Refused(
            "The deadline of this stream would move earlier.",
            "The round has opened, and people plan by it.",
            "Choose a later instant; “Close now” closes the round as a whole.",
        )
    return None


def _refuse_taken(session: Session, stream: Stream, direction_ids: Sequence[int]) -> Refused | None:
    taken = session.execute(
        sa.select(Direction.title, Stream.name)
        .join(Offering, Offering.direction_id == Direction.id)
        .join(Stream, Stream.id == Offering.stream_id)
        .where(
            Offering.round_id == stream.round_id,
            Offering.stream_id != stream.id,
            Offering.direction_id.in_(direction_ids),
        )
        .order_by(Direction.title)
    ).first()
    if taken is None:
        return None
    return Refused(
        f"“{taken[0]}” is offered by the stream {taken[1]} already.",
        "In one round a direction belongs to one stream, whose deadline and places hold for it.",
        f"Take it out of {taken[1]} first, or leave it there.",
    )


def _refuse_chosen(session: Session, offerings: Sequence[Offering]) -> Refused | None:
    ids = {offering.id: offering.direction.title for offering in offerings}
    if not ids:
        return None
    chosen = session.scalar(
        sa.select(Choice.offering_id).where(Choice.offering_id.in_(ids)).limit(1)
    ) or session.scalar(
        sa.select(SubmissionChoice.offering_id)
        .where(SubmissionChoice.offering_id.in_(ids))
        .limit(1)
    )
    if chosen is None:
        return None
    return Refused(
        f"“{ids[chosen]}” cannot be taken out.",
        "An applicant has chosen it.",
        "Say in the stream's text how you take it from here.",
    )
