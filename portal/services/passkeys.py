"""What happens to passkeys: added, named, removed, used. Signatures are checked before a transaction begins."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.adapters import passkeys
from portal.adapters.passkeys import Purpose
from portal.domain.second_factor import PASSKEYS_MOST
from portal.domain.verdict import Refused
from portal.models import Passkey, User
from portal.queries.second_factor import factors_in, passkey_named
from portal.services import accounts, audit
from portal.services import second_factor as factors
from portal.services.second_factor import Browser
from portal.services.work import locked, writing

UNREADABLE = Refused(
    "The passkey could not be checked",
    "The browser's answer did not come back whole or in time, or this passkey is known already.",
    "Try again.",
)
ENOUGH = Refused(
    "You have as many passkeys as there is room for",
    f"An account holds up to {PASSKEYS_MOST}.",
    "Remove one that you no longer use.",
)


def add(
    user_id: int,
    *,
    name: str,
    answer: str,
    ticket: str,
    browser: Browser,
    now: datetime,
) -> list[str] | Refused:
    """Keep a passkey that the browser made. Answers the recovery codes made with an account's first factor."""
    challenge = passkeys.challenge_of(ticket, Purpose.ADD, user_id, now)
    made = passkeys.new_key(answer, challenge) if challenge else None
    if challenge is None or made is None:
        return UNREADABLE
    row = Passkey(
        user_id=user_id, name=name, user_handle=challenge.handle, credential_id=made.credential_id,
        public_key=made.public_key, sign_count=made.sign_count, transports=made.transports,
        challenge_at=challenge.made_at, added_at=now,
    )  # fmt: skip
    try:
        return _keep(row, browser, now)
    except IntegrityError:  # the same answer came twice, or another account has this passkey
        return UNREADABLE


def _keep(row: Passkey, browser: Browser, now: datetime) -> list[str] | Refused:
    with writing() as session:
        locked(session, User, row.user_id)
        had = factors_in(session, row.user_id)
        if had.passkeys >= PASSKEYS_MOST:
            return ENOUGH
        session.add(row)
        session.flush()
        if not factors.mark_shown(session, row.user_id, browser, at=now):
            session.rollback()
            return UNREADABLE
        factors.warn(
            session, row.user_id, "account.passkey_added",
            f"A passkey was added: {row.name}.", at=now, keep=browser.renewed,
        )  # fmt: skip
        return [] if had else factors.make_codes(session, row.user_id)


def rename(user_id: int, passkey_id: int, name: str, now: datetime) -> bool:
    """Give one's own passkey another name. False if there is no such passkey."""
    with writing() as session:
        row = locked(session, Passkey, passkey_id)
        if row is None or row.user_id != user_id:
            return False
        row.name = name
        user = session.get(User, user_id)
        assert user is not None
        accounts.note(session, "account.passkey_renamed", user, at=now)
        return True


def remove(user_id: int, passkey_id: int, keep: str | None, now: datetime) -> bool:
    """Take one's own passkey off. False if there is no such passkey."""
    with writing() as session:
        row = locked(session, Passkey, passkey_id)
        if row is None or row.user_id != user_id:
            return False
        session.delete(row)
        factors.after_removal(session, user_id)
        factors.warn(
            session, user_id, "account.passkey_removed",
            f"A passkey was removed: {row.name}.", at=now, keep=keep,
        )  # fmt: skip
        return True


def sign_in(answer: str, ticket: str, now: datetime) -> User | None:
    """The account that this answer signs in, which may do so; None otherwise, whatever the cause."""
    key = passkey_named(passkeys.credential_in(answer))
    challenge = passkeys.challenge_of(ticket, Purpose.SIGN_IN, None, now)
    if key is None or challenge is None or not key.user.active or key.user.confirmed_at is None:
        return None
    return key.user if _use(key, answer, challenge, None, now) else None


def show(user_id: int, answer: str, ticket: str, browser: Browser, now: datetime) -> bool:
    """Show one's own passkey as the second factor of a sign-in."""
    key = passkey_named(passkeys.credential_in(answer))
    challenge = passkeys.challenge_of(ticket, Purpose.SHOW, user_id, now)
    if key is None or challenge is None or key.user_id != user_id:
        return False
    return _use(key, answer, challenge, browser, now)


def _use(
    key: Passkey,
    answer: str,
    challenge: passkeys.Challenge,
    browser: Browser | None,
    now: datetime,
) -> bool:
    """Check the signature, and take the answer once: of two at the same time one comes through."""
    count = passkeys.new_count(answer, challenge, key.public_key, key.sign_count, key.user_handle)
    if count is None:
        return False
    key_id, user_id = key.id, key.user_id
    with writing() as session:
        used = session.execute(
            sa.update(Passkey)
            .where(Passkey.id == key_id, Passkey.challenge_at < challenge.made_at)
            .values(challenge_at=challenge.made_at, sign_count=count, used_at=now)
        )
        fresh = int(used.rowcount) == 1  # type: ignore[attr-defined]
        if not fresh or (browser and not factors.mark_shown(session, user_id, browser, at=now)):
            session.rollback()
            return False
        if browser is None:
            audit.record(
                session, "account.passkey_used", at=now, actor_id=user_id,
                subject=("user", user_id),
            )  # fmt: skip
        return True
