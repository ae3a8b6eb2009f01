"""Applicants ask the programme a question; an admin answers, and the answer goes out by mail."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.permissions import Viewer
from portal.domain.rounds import Phase, phase
from portal.domain.verdict import Refused
from portal.models import Enquiry, Round, User
from portal.services import audit, outbox
from portal.services.rounds import ADMINS_ONLY, GONE
from portal.services.versions import Stale, fingerprint
from portal.services.work import locked, writing

LONGEST = 5_000  # characters
MOST_OPEN = 10  # questions of one person that wait for an answer


def ask(viewer: Viewer, round_id: int, text: str, *, now: datetime) -> int | Refused:
    """Keep a question to the programme about a round that is announced. Answers its id."""
    text = text.strip()
    refusal = _refuse_asking(viewer, text)
    if refusal is not None:
        return refusal
    with writing() as session:
        round_ = session.get(Round, round_id)
        asker = locked(session, User, viewer.user_id) if viewer.user_id else None
        if asker is None or asker.erased_at is not None:
            return Refused("Nothing was asked.", "This account was erased.")
        if round_ is None or phase(round_, now) in (Phase.DRAFT, Phase.ARCHIVED):
            return Refused("Questions about this round cannot be asked.", "It is not running.")
        mine = sa.select(Enquiry).where(
            Enquiry.round_id == round_id,
            Enquiry.user_id == viewer.user_id,
            Enquiry.answered_at.is_(None),
        )
        waiting = session.scalars(mine).all()
        for enquiry in waiting:
            if enquiry.text == text:
                return enquiry.id
        if len(waiting) >= MOST_OPEN:
            return Refused(
                f"{MOST_OPEN} of your questions wait for an answer.",
                "We answer those first.",
                "Ask again when they are answered.",
            )
        enquiry = Enquiry(round_id=round_id, user_id=viewer.user_id, text=text, asked_at=now)
        session.add(enquiry)
        session.flush()
        audit.record(
            session,
            "enquiry.asked",
            at=now,
            actor_id=viewer.user_id,
            subject=("enquiry", enquiry.id),
            round_id=round_id,
        )
        return enquiry.id


def answer(
    viewer: Viewer, enquiry_id: int, text: str, *, seen: str, now: datetime
) -> Refused | Stale | None:
    """Answer a question, or correct an answer, unless it was answered since `seen` (`mark_of`). Mailed to the asker."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    text = text.strip()
    if not text:
        return Refused("There is no answer yet.", "The text is empty.", "Write one.")
    with writing() as session:
        enquiry = locked(session, Enquiry, enquiry_id)
        if enquiry is None:
            return GONE
        if mark_of(enquiry) != seen:
            return Stale({"text": enquiry.answer}, mark_of(enquiry))
        if enquiry.answer == text:
            return None
        corrected = enquiry.answered_at is not None
        enquiry.answer, enquiry.answered_at = text, now
        enquiry.answered_by_id = viewer.user_id
        audit.record(
            session,
            "enquiry.answered",
            at=now,
            actor_id=viewer.user_id,
            subject=("enquiry", enquiry.id),
            round_id=enquiry.round_id,
            after={"corrected": corrected},
        )
        _tell(session, enquiry, corrected, now)
        return None


def mark_of(enquiry: Enquiry) -> str:
    """What a form about this question carries, to notice that somebody else answered it."""
    return fingerprint(enquiry.answer, enquiry.answered_at)


def _refuse_asking(viewer: Viewer, text: str) -> Refused | None:
    if not text:
        return Refused(
            "There is no question yet.", "The text is empty.", "Write what you want to know."
        )
    if len(text) > LONGEST:
        return Refused(
            "This question is too long.",
            f"It has {len(text):,} characters; we take up to {LONGEST:,}.",
            "Shorten it, or ask two questions.",
        )
    if viewer.user_id is None:
        return Refused(
            "You are not signed in.", "We would not know whom to answer.", "Sign in first."
        )
    return None


def _tell(session: Session, enquiry: Enquiry, corrected: bool, now: datetime) -> None:
    """Write the answer to the one who asked, unless their account is closed."""
    asker = session.get(User, enquiry.user_id)
    round_ = session.get(Round, enquiry.round_id)
    if asker is not None and asker.active and round_ is not None:
        outbox.queue(
            session,
            "enquiry_answered",
            at=now,
            recipient=asker.email,
            user_id=asker.id,
            once=f"enquiry:{enquiry.id}:{now.isoformat()}",
            round=round_,
            question=enquiry.text,
            answer=enquiry.answer,
            corrected=corrected,
        )
