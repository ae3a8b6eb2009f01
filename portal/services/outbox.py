"""Mail is queued as rows in the transaction of the change that causes it; a worker delivers it afterwards."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.adapters import letters, tokens
from portal.domain.mail import OPTIONAL_KINDS
from portal.domain.privacy import leads_nowhere
from portal.models import OutboxMessage


def message_id(once: str | None = None) -> str:
    """The Message-ID of a letter: what `once` names always has the same one, so that mail programs see one message."""
    mark = sha256(once.encode()).hexdigest()[:40] if once else secrets.token_hex(20)
    return f"<{mark}@{letters.host()[:75]}>"


def stop_link(user_id: int | None, kind: str) -> str:
    """Where the recipient of a letter of this kind says that they want no more of them; "" for essential mail."""
    group = OPTIONAL_KINDS.get(kind)
    if group is None or user_id is None:
        return ""
    return letters.address("unsubscribe", tokens.unsubscribe_token(user_id, group))


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

    `once` names a letter that must go a single time (such as "receipt:4711"); a second one answers None. The text of
    mail that is not essential can name `stop_link`.
    """
    if once is not None and session.scalar(
        sa.select(OutboxMessage.id).where(OutboxMessage.dedupe_key == once)
    ):
        return None
    stop = stop_link(user_id, kind)
    letter = letters.write(kind, **values, **({"stop_link": stop} if stop else {}))
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
    message = OutboxMessage(**_row(kind, letter, user_id, recipient, once, at))
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
    html = letter.html
    rows = [
        _row(kind, letter, user_id, address, None, at, html)
        for user_id, address in people
        if not leads_nowhere(address)
    ]
    if rows:
        session.execute(sa.insert(OutboxMessage), rows)


@dataclass(frozen=True)
class Addressed:
    """A finished letter to one person; `once` as in `queue`. From `expires_at` on it would be untrue."""

    letter: letters.Letter
    user_id: int
    recipient: str
    once: str
    expires_at: datetime | None = None


def put_each(session: Session, kind: str, posted: Iterable[Addressed], *, at: datetime) -> None:
    """Put a letter of their own into the outbox for each of many people, in one statement."""
    rows = [
        {
            **_row(kind, each.letter, each.user_id, each.recipient, each.once, at),
            "expires_at": each.expires_at,
        }
        for each in posted
        if not leads_nowhere(each.recipient)
    ]
    if rows:
        session.execute(sa.insert(OutboxMessage), rows)


def call_off(
    session: Session, user_id: int, kinds: Iterable[str], *, at: datetime, once: str = ""
) -> None:
    """Let letters of these kinds that wait for this person be out of date now; `once` is how their keys begin."""
    session.execute(
        sa.update(OutboxMessage)
        .where(
            OutboxMessage.user_id == user_id,
            OutboxMessage.kind.in_(kinds),
            OutboxMessage.sent_at.is_(None),
            OutboxMessage.failed_at.is_(None),
            OutboxMessage.dedupe_key.startswith(once, autoescape=True) if once else sa.true(),
        )
        .values(expires_at=at)
        .execution_options(synchronize_session=False)
    )


def _row(
    kind: str,
    letter: letters.Letter,
    user_id: int | None,
    recipient: str,
    once: str | None,
    at: datetime,
    html: str | None = None,
) -> dict[str, Any]:
    return {
        "message_id": message_id(once),
        "dedupe_key": once,
        "kind": kind,
        "user_id": user_id,
        "recipient": recipient,
        "subject": letter.subject[:300],
        "text": letter.text,
        "html": letter.html if html is None else html,
        "unsubscribe_url": stop_link(user_id, kind),
        "created_at": at,
        "next_try_at": at,
    }
