"""Rules about applications: their state, their ranked choices, and what each stream received of them."""

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.domain.applications import ApplicationState
from portal.models import (
    Answer,
    Application,
    Choice,
    LateDraft,
    Offering,
    Question,
    Stream,
    StreamApplication,
    Submission,
    SubmissionChoice,
)
from portal.queries.invariants.invariant import rule

_OUT = (ApplicationState.SUBMITTED, ApplicationState.WITHDRAWN)


def _without_submission() -> sa.Select[int]:
    return sa.select(Application.id).where(
        Application.state.in_(_OUT), Application.current_submission_id.is_(None)
    )


def _draft_with_submission() -> sa.Select[int]:
    return sa.select(Application.id).where(
        Application.state == ApplicationState.DRAFT, Application.current_submission_id.is_not(None)
    )


def _foreign_submission() -> sa.Select[int]:
    return (
        sa.select(Application.id)
        .join(Submission, Submission.id == Application.current_submission_id)
        .where(Submission.application_id != Application.id)
    )


def _outdated_submission() -> sa.Select[int]:
    current, newer = aliased(Submission), aliased(Submission)
    return (
        sa.select(Application.id)
        .join(current, current.id == Application.current_submission_id)
        .join(newer, newer.application_id == Application.id)
        .where(newer.received_at > current.received_at)
    )


def _withdrawal_without_instant() -> sa.Select[int]:
    withdrawn = Application.state == ApplicationState.WITHDRAWN
    return sa.select(Application.id).where(withdrawn != Application.withdrawn_at.is_not(None))


def _gap_in_choices() -> sa.Select[int]:
    return (
        sa.select(Choice.application_id)
        .group_by(Choice.application_id)
        .having(sa.func.max(Choice.rank) != sa.func.count())
    )


def _choice_of_another_round() -> sa.Select[int]:
    return (
        sa.select(Choice.id)
        .join(Application, Application.id == Choice.application_id)
        .join(Offering, Offering.id == Choice.offering_id)
        .where(Offering.round_id != Application.round_id)
    )


def _stream_of_another_round() -> sa.Select[int]:
    return (
        sa.select(StreamApplication.id)
        .join(Application, Application.id == StreamApplication.application_id)
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .where(Stream.round_id != Application.round_id)
    )


def _foreign_stream_submission() -> sa.Select[int]:
    return (
        sa.select(StreamApplication.id)
        .join(Submission, Submission.id == StreamApplication.submission_id)
        .where(Submission.application_id != StreamApplication.application_id)
    )


def _best_rank() -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.min(SubmissionChoice.rank))
        .where(
            SubmissionChoice.submission_id == StreamApplication.submission_id,
            SubmissionChoice.stream_id == StreamApplication.stream_id,
        )
        .scalar_subquery()
    )


def _stream_not_chosen() -> sa.Select[int]:
    return sa.select(StreamApplication.id).where(
        StreamApplication.submission_id.is_not(None), _best_rank().is_(None)
    )


def _other_best_rank() -> sa.Select[int]:
    return sa.select(StreamApplication.id).where(
        StreamApplication.best_rank.is_distinct_from(_best_rank())
    )


def _first_receipt() -> sa.Select[int]:
    return (
        sa.select(StreamApplication.id)
        .join(Submission, Submission.id == StreamApplication.submission_id)
        .where(
            sa.or_(
                StreamApplication.first_received_at.is_(None),
                StreamApplication.first_received_at > Submission.received_at,
            )
        )
    )


def _answer_to_another_stream() -> sa.Select[int]:
    return (
        sa.select(Answer.id)
        .join(StreamApplication, StreamApplication.id == Answer.stream_application_id)
        .join(Question, Question.id == Answer.question_id)
        .where(Question.stream_id != StreamApplication.stream_id)
    )


def _late_draft_in_time() -> sa.Select[int]:
    return sa.select(LateDraft.id).where(LateDraft.received_at < LateDraft.closed_at)


INVARIANTS = (
    rule(
        "submitted-has-submission",
        "application",
        "it counts as submitted, and nothing was",
        _without_submission,
    ),
    rule(
        "draft-has-no-submission",
        "application",
        "it counts as a draft, and was submitted",
        _draft_with_submission,
    ),
    rule(
        "submission-is-own",
        "application",
        "its submission belongs to another application",
        _foreign_submission,
    ),
    rule(
        "submission-is-newest",
        "application",
        "a later submission of it does not count",
        _outdated_submission,
    ),
    rule(
        "withdrawal-has-instant",
        "application",
        "its state and the instant of its withdrawal disagree",
        _withdrawal_without_instant,
    ),
    rule(
        "choices-count-from-one",
        "application",
        "the ranks of its choices are not 1, 2, 3 ...",
        _gap_in_choices,
    ),
    rule(
        "choice-in-round",
        "choice",
        "its direction is offered in another round",
        _choice_of_another_round,
    ),
    rule(
        "stream-in-round",
        "stream application",
        "its stream is one of another round",
        _stream_of_another_round,
    ),
    rule(
        "stream-reads-own-submission",
        "stream application",
        "its stream reads another application's submission",
        _foreign_stream_submission,
    ),
    rule(
        "stream-was-chosen",
        "stream application",
        "its stream reads a submission that does not choose it",
        _stream_not_chosen,
    ),
    rule(
        "best-rank-agrees",
        "stream application",
        "its best rank is not that of the submission",
        _other_best_rank,
    ),
    rule(
        "first-receipt-comes-first",
        "stream application",
        "it was first received after the submission that is read",
        _first_receipt,
    ),
    rule(
        "answer-to-own-question",
        "answer",
        "its question is asked by another stream",
        _answer_to_another_stream,
    ),
    rule(
        "late-draft-was-late",
        "late draft",
        "it arrived before the deadline that refused it",
        _late_draft_in_time,
    ),
)
