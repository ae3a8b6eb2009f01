"""What was refused at the door, in the audit log: bounded, so that a flood of tries is a line and not a flood."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.accounts import email_key
from portal.domain.throttle import Limit
from portal.models import User
from portal.services import audit, throttle
from portal.services.work import writing

WINDOW = timedelta(minutes=15)
OF_ONE = Limit(1, WINDOW)
IN_ALL = Limit(200, WINDOW)


@dataclass(frozen=True)
class Refusal:
    """What was refused to whom. `address` is what was typed to sign in: it is looked up and never stored.

    `key` names account, network and door together, `key_of_all` the kind alone: both are counted.
    """

    action: str
    actor_id: int | None
    address: str
    details: Mapping[str, Any]
    key: str
    key_of_all: str


def note(refusal: Refusal, *, now: datetime) -> None:
    """Record a refusal, unless the same one was recorded within the window or too many of its kind were."""
    if throttle.take(((OF_ONE, refusal.key), (IN_ALL, refusal.key_of_all)), now):
        return
    with writing(kept_by_the_door=True) as session:
        about = refusal.actor_id or _account(session, refusal.address)
        audit.record(
            session,
            refusal.action,
            at=now,
            actor_id=refusal.actor_id,
            subject=("user", about),
            after=refusal.details,
        )


def _account(session: Session, address: str) -> int | None:
    """The account that somebody tried to sign in to, if there is one."""
    if not address:
        return None
    return session.scalar(sa.select(User.id).where(User.email_key == email_key(address)))
