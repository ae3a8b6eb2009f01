"""Rules about rounds, streams and accounts: who mentors, until when, and what an audit log has to say of it."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.accounts import email_key
from portal.domain.applications import ApplicationState
from portal.models import (
    Application,
    AuditEvent,
    Decision,
    Extension,
    LateDraft,
    Round,
    Stream,
    StreamApplication,
    StreamMentor,
    User,
)
from portal.queries.invariants.invariant import Invariant, rule


def _primary_mentors() -> sa.Select[int]:
    primary = sa.func.sum(sa.case((StreamMentor.is_primary, 1), else_=0))
    return sa.select(StreamMentor.stream_id).group_by(StreamMentor.stream_id).having(primary != 1)


def _closes_before_opening() -> sa.Select[int]:
    return (
        sa.select(Stream.id)
        .join(Round, Round.id == Stream.round_id)
        .where(Stream.closes_at <= Round.opens_at)
    )


def _open_without_dates() -> sa.Select[int]:
    return sa.select(Round.id).where(Round.opens_at.is_not(None), Round.closes_at.is_(None))


def _released_before_closing() -> sa.Select[int]:
    return (
        sa.select(Round.id)
        .outerjoin(Stream, Stream.round_id == Round.id)
        .where(sa.or_(Round.released_at < Round.closes_at, Round.released_at < Stream.closes_at))
    )


def _left_in_silence() -> sa.Select[int]:
    return (
        sa.select(StreamApplication.id)
        .join(Application, Application.id == StreamApplication.application_id)
        .join(Round, Round.id == Application.round_id)
        .outerjoin(Decision, Decision.stream_application_id == StreamApplication.id)
        .where(
            Round.released_at.is_not(None),
            Application.state == ApplicationState.SUBMITTED,
            StreamApplication.submission_id.is_not(None),
            Decision.id.is_(None),
        )
    )


def _release_without_event() -> sa.Select[int]:
    event = sa.exists().where(
        AuditEvent.action == "round.released",
        AuditEvent.subject_type == "round",
        AuditEvent.subject_id == Round.id,
    )
    return sa.select(Round.id).where(Round.released_at.is_not(None), ~event)


def _extension_without_event() -> sa.Select[int]:
    event = sa.exists().where(
        AuditEvent.action == "extension.granted",
        AuditEvent.round_id == Extension.round_id,
        AuditEvent.subject_id == Extension.user_id,
    )
    return sa.select(Extension.id).where(~event)


def _extension_of_another_round() -> sa.Select[int]:
    return (
        sa.select(Extension.id)
        .join(Stream, Stream.id == Extension.stream_id)
        .where(Stream.round_id != Extension.round_id)
    )


def _late_draft_of_another_round() -> sa.Select[int]:
    return (
        sa.select(LateDraft.id)
        .join(Stream, Stream.id == LateDraft.stream_id)
        .where(Stream.round_id != LateDraft.round_id)
    )


def _unfolded_address(session: Session) -> Iterator[int]:
    rows = session.execute(sa.select(User.id, User.email, User.email_key, User.closed_at))
    for key, email, kept, closed_at in rows:
        if closed_at is None and email_key(email) != kept:
            yield key


INVARIANTS = (
    rule(
        "one-primary-mentor",
        "stream",
        "not exactly one of its mentors is the primary one",
        _primary_mentors,
    ),
    rule(
        "stream-closes-after-opening",
        "stream",
        "it closes before its round opens",
        _closes_before_opening,
    ),
    rule("opening-has-deadline", "round", "it opens without a deadline", _open_without_dates),
    rule(
        "released-after-closing",
        "round",
        "its decisions were released before its last deadline",
        _released_before_closing,
    ),
    rule(
        "no-application-in-silence",
        "stream application",
        "its round is released, and nothing was decided about it",
        _left_in_silence,
    ),
    rule(
        "release-is-audited", "round", "its release is not in the audit log", _release_without_event
    ),
    rule(
        "extension-is-audited",
        "extension",
        "the audit log does not say that it was granted",
        _extension_without_event,
    ),
    rule(
        "extension-in-round",
        "extension",
        "its stream is one of another round",
        _extension_of_another_round,
    ),
    rule(
        "late-draft-in-round",
        "late draft",
        "its stream is one of another round",
        _late_draft_of_another_round,
    ),
    Invariant(
        "address-is-folded", "user", "the address and its folded form disagree", _unfolded_address
    ),
)
