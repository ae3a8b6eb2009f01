"""Receipts: what anyone may see of one, and whether a stored submission still is what its receipt says.

Checking recomputes everything from the record; nothing is taken from what was computed before.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.adapters.signing import verifies
from portal.adapters.storage import StorageError
from portal.domain.instants import iso
from portal.domain.submissions import Content, digest, normal_number, read, signed_text
from portal.extensions import db
from portal.models import SigningKey, Submission

Opener = Callable[[str], BinaryIO]
CONTENT_CHANGED = "the content, its salt or its digest was changed after it was received"


@dataclass(frozen=True)
class PublicReceipt:
    """What anyone may see of a submission: that it arrived, when, its digest, what proves both. No person, no choice.

    `signature`, `public_key` and `fingerprint` are empty for a record older than signatures.
    """

    number: str
    received_at: datetime
    recorded_at: datetime
    digest: str
    signature: str
    public_key: str
    fingerprint: str

    @property
    def signed_lines(self) -> list[str]:
        """The lines that the signature is over; each ends with a line feed."""
        return _signed(self).decode().splitlines()


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `problem` is empty if it is as it should be."""

    what: str
    problem: str = ""


@dataclass(frozen=True)
class CheckedReceipt:
    """`printed` stands on the receipt, `computed` is what the record gives now ("" where the content was erased)."""

    number: str
    received_at: datetime
    recorded_at: datetime
    printed: str
    computed: str
    checks: tuple[Check, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """What does not agree; empty if all does."""
        return tuple(check.problem for check in self.checks if check.problem)

    @property
    def is_erased(self) -> bool:
        return not self.computed


def public_receipt(typed: str) -> PublicReceipt | None:
    """The public part of a receipt; None for a number that was never given out. One statement."""
    row = db.session.execute(
        sa.select(
            Submission.number,
            Submission.received_at,
            Submission.recorded_at,
            Submission.digest,
            Submission.signature,
            sa.func.coalesce(SigningKey.public_key, ""),
            sa.func.coalesce(SigningKey.fingerprint, ""),
        )
        .outerjoin(SigningKey, SigningKey.id == Submission.signing_key_id)
        .where(Submission.number == normal_number(typed))
    ).first()
    return PublicReceipt(*row) if row else None


def public_keys() -> Sequence[SigningKey]:
    """Every key that ever signed a receipt, the newest first. One statement."""
    return db.session.scalars(
        sa.select(SigningKey).order_by(SigningKey.created_at.desc(), SigningKey.id.desc())
    ).all()


def public_key(fingerprint: str) -> SigningKey | None:
    return db.session.scalar(sa.select(SigningKey).where(SigningKey.fingerprint == fingerprint))


def check_receipt(typed: str, opened: Opener | None = None) -> CheckedReceipt | None:
    """Recompute the receipt of this number, in any way people type it; None where there is no such submission.

    `opened` answers the bytes of a stored file; without it the files are not read.
    """
    submission = db.session.scalar(
        sa.select(Submission)
        .where(Submission.number == normal_number(typed))
        .options(
            selectinload(Submission.choices),
            selectinload(Submission.files),
            joinedload(Submission.signing_key),
        )
    )
    if submission is None:
        return None
    erased = not (submission.content or submission.salt)
    computed = "" if erased else digest(submission.salt, submission.content)
    checks = [_signature(submission)]
    if computed and computed != submission.digest:
        checks.append(Check("content", CONTENT_CHANGED))
    elif computed:
        checks += _checks_of_content(submission, read(submission.content), opened)
    return CheckedReceipt(
        submission.number,
        submission.received_at,
        submission.recorded_at,
        submission.digest,
        computed,
        tuple(checks),
    )


def _signed(receipt: Submission | PublicReceipt) -> bytes:
    return signed_text(receipt.number, receipt.received_at, receipt.recorded_at, receipt.digest)


def _signature(submission: Submission) -> Check:
    """Records older than the first key carry no signature; any other must."""
    key = submission.signing_key
    if key is None:
        first = db.session.scalar(sa.select(sa.func.min(SigningKey.created_at)))
        if not submission.signature and (first is None or submission.recorded_at < first):
            return Check("no signature: the record is older than the first key")
        return Check("signature", "its signature or the key of it is gone")
    if not verifies(key.public_key, submission.signature, _signed(submission)):
        problem = "the signature does not belong to this number, these instants and this digest"
        return Check("signature", problem)
    return Check("signature")


def _checks_of_content(
    submission: Submission, content: Content, opened: Opener | None
) -> Iterator[Check]:
    yield Check("content")
    same = content.number == submission.number
    yield Check("number", "" if same else "the number inside the content is another")
    same = content.received_at == iso(submission.received_at)
    yield Check("instant", "" if same else "the instant inside the content is another")
    stored = [(choice.rank, choice.offering_id) for choice in submission.choices]
    same = sorted(stored) == sorted((c.rank, c.offering_id) for c in content.choices)
    yield Check("choices", "" if same else "the listed choices are not those of the content")
    files = {file.ref: file.key for file in submission.files}
    for nth, given in enumerate(content.files() if opened else (), 1):
        assert given.file is not None
        assert opened is not None
        problem = _other_bytes(opened, files.get(given.answer), given.file.sha256)
        yield Check(f"file {nth}", problem and f"file {nth} {problem}")


def _other_bytes(opened: Opener, key: str | None, claimed: str) -> str:
    if key is None:
        return "is named in the content and by no row"
    try:
        with opened(key) as stream:
            found = file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    except (OSError, StorageError):
        return "cannot be read from the storage"
    return "" if found == claimed else "has other bytes than those that were received"
