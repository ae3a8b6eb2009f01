"""Whether a stored submission still is what its receipt says: recomputed from the record, not looked up."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal.domain.instants import iso
from portal.domain.submissions import digest, normal_number, read
from portal.extensions import db
from portal.models import Submission


@dataclass(frozen=True)
class CheckedReceipt:
    """`printed` stands on the receipt, `computed` is what the record gives now; `problems` is empty if all agrees."""

    number: str
    received_at: datetime
    recorded_at: datetime
    printed: str
    computed: str
    problems: tuple[str, ...]


def check_receipt(typed: str) -> CheckedReceipt | None:
    """Recompute the receipt of this number, in any way people type it; None where there is no such submission."""
    submission = db.session.scalar(
        sa.select(Submission)
        .where(Submission.number == normal_number(typed))
        .options(selectinload(Submission.choices))
    )
    if submission is None:
        return None
    computed = digest(submission.salt, submission.content)
    return CheckedReceipt(
        submission.number,
        submission.received_at,
        submission.recorded_at,
        submission.digest,
        computed,
        tuple(_problems(submission, computed)),
    )


def _problems(submission: Submission, computed: str) -> list[str]:
    if computed != submission.digest:
        return ["the content, its salt or its digest was changed after it was received"]
    content = read(submission.content)
    problems = []
    if content.number != submission.number:
        problems.append("the number inside the content is another")
    if content.received_at != iso(submission.received_at):
        problems.append("the instant inside the content is another")
    stored = [(choice.rank, choice.offering_id) for choice in submission.choices]
    if sorted(stored) != sorted((choice.rank, choice.offering_id) for choice in content.choices):
        problems.append("the listed choices are not those of the content")
    return problems
