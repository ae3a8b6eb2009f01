"""Mail is queued as rows in the transaction of the change that causes it; a worker delivers it afterwards."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.adapters import letters
from portal.models import OutboxMessage


def queue(
    session: Session,
    kind: str,
    *,
    at: datetime,
    recipient: str,
    user_id: int | None = None,
    once: str | None = None,
    **values: Any,
) -> OutboxMessage | None:
    """Write the letter `kind` to one recipient into the outbox of this transaction.

    `once` names a letter that must go a single time (such as "receipt:4711"); a second one answers None.
    """
    if once is not None and session.scalar(
        sa.select(OutboxMessage.id).where(OutboxMessage.dedupe_key == once)
    ):
        return None
    letter = letters.write(kind, **values)
    return put(session, kind, letter, at=at, recipient=recipient, user_id=user_id, once=once)


def put(
    session: Session,
    kind: str,
    letter: letters.Letter,
    *,
    at: datetime,
    recipient: str,
    user_id: int | None = None,
    once: str | None = None,
) -> OutboxMessage:
    """Put a finished letter into the outbox."""
    message = OutboxMessage(
        message_id=f"<{secrets.token_hex(16)}@portal>",
        dedupe_key=once,
        kind=kind,
        user_id=user_id,
        recipient=recipient,
        subject=letter.subject[:300],
        text=letter.text,
        created_at=at,
        next_try_at=at,
    )
    session.add(message)
    return message


def put_all(
    session: Session,
    kind: str,
    letter: letters.Letter,
    *,
    at: datetime,
    people: Iterable[tuple[int, str]],
) -> None:
    """Put one finished letter into the outbox for each of `people` (user id, address), in one statement."""
    rows = [
        {
            "message_id": f"<{secrets.token_hex(16)}@portal>",
            "kind": kind,
            "user_id": user_id,
            "recipient": address,
            "subject": letter.subject[:300],
            "text": letter.text,
            "created_at": at,
            "next_try_at": at,
        }
        for user_id, address in people
    ]
    if rows:
        session.execute(sa.insert(OutboxMessage), rows)


@dataclass(frozen=True)
class Addressed:
    """A finished letter to one person; `once` as in `queue`."""

    letter: letters.Letter
    user_id: int
    recipient: str
    once: str


def put_each(session: Session, kind: str, posted: Iterable[Addressed], *, at: datetime) -> None:
    """Put a letter of their own into the outbox for each of many people, in one statement."""
    rows = [
        {
            "message_id": f"<{secrets.token_hex(16)}@portal>",
            "dedupe_key": each.once,
            "kind": kind,
            "user_id": each.user_id,
            "recipient": each.recipient,
            "subject": each.letter.subject[:300],
            "text": each.letter.text,
            "created_at": at,
            "next_try_at": at,
        }
        for each in posted
    ]
    if rows:
        session.execute(sa.insert(OutboxMessage), rows)
