"""Where tries are counted: failed sign-ins, wrong current passwords, letters by address, forms by network.

Counted in the database, before anything is hashed: all server processes share the counts, and a restart keeps them.
"""

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from typing import Any

from flask import Flask, current_app, request
from flask_login import current_user
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from portal import clock
from portal.domain.accounts import email_key
from portal.domain.throttle import (
    FACTORS_BY_ACCOUNT,
    FAILED_BY_ACCOUNT,
    FAILED_BY_NETWORK,
    FORMS_BY_NETWORK,
    LETTERS_BY_ADDRESS,
    Limit,
    network_of,
)
from portal.extensions import db
from portal.services import throttle as counts
from portal.services.throttle import Counted
from portal.web.account.door import door, init_door
from portal.web.account.hashing import COME_BACK_IN, Busy

View = Callable[..., Any]

LETTERS = ("register", "forgot_password", "send_confirmation", "change_email")


@dataclass
class Throttle:
    """`enabled` is off in tests, but for those of the limits themselves."""

    secret: bytes
    enabled: bool

    def counted(self, limit: Limit, *parts: str) -> Counted:
        """A limit with the key of what it counts, which only this portal can compute."""
        text = "\0".join(parts).encode("utf-8", "replace")
        return limit, hmac.new(self.secret, text, sha256).hexdigest()

    def left(self, *tries: Counted) -> int:
        """Seconds to wait; 0: none."""
        return counts.wait(tries, clock.now()) if self.enabled else 0

    def refuse_used_up(self, *tries: Counted) -> None:
        """As `take`, without counting: it only reads."""
        left = self.left(*tries)
        if left:
            raise TooManyRequests(retry_after=left)

    def take(self, *tries: Counted) -> None:
        """Count a try, or answer 429 and say when to try again."""
        left = counts.take(tries, clock.now()) if self.enabled else 0
        if left:
            raise TooManyRequests(retry_after=left)

    def give_back(self, *tries: Counted) -> None:
        """The try was no failure. The transaction that is open commits it."""
        if self.enabled:
            counts.give_back(db.session(), tries, clock.now())

    def forgive(self, *tries: Counted) -> None:
        """The same where no transaction is open."""
        if self.enabled:
            counts.forgive(tries, clock.now())


def init_throttle(app: Flask) -> None:
    app.extensions["throttle"] = Throttle(
        f"throttle {app.secret_key!r}".encode(), enabled=app.config["RATELIMIT_ENABLED"]
    )
    init_door(app)
    views = app.view_functions
    views["security.login"] = _only_failures(views["security.login"])
    for name in LETTERS:
        views[f"security.{name}"] = _all_letters(views[f"security.{name}"])


def throttle() -> Throttle:
    found: Throttle = current_app.extensions["throttle"]
    return found


@contextmanager
def counted(*tries: Counted) -> Iterator[None]:
    """Count a try that hashes a password inside the block. Where there is no room to hash, it was none.

    The order matters in a flood: the limits are read first, then the gate is looked at, and only then is written.
    """
    throttle().refuse_used_up(*tries)
    current_app.extensions["security"].pwd_context.refuse_if_full()
    throttle().take(*tries)
    try:
        yield
    except Busy:
        db.session.rollback()
        throttle().forgive(*tries)
        raise


def own_password_tries() -> tuple[Counted, ...]:
    """Whoever sits at a browser that somebody left signed in guesses no more often than anybody else."""
    return _failures(current_user.email_key)


def _failures(account: str) -> tuple[Counted, ...]:
    count, network = throttle().counted, network_of(request.remote_addr)
    return (
        count(FAILED_BY_ACCOUNT, "account", account, network),
        count(FAILED_BY_NETWORK, "network", network),
    )


class Try:
    """One try to show who one is by something that is no password: `kind` is what, `user_id` whose where it is known.

    Call `begin` before looking at what was sent, and `end` with whether it was right, when nothing is left to commit.
    """

    def __init__(self, kind: str, user_id: int | None = None) -> None:
        count, network = throttle().counted, network_of(request.remote_addr)
        self._counted = [count(FAILED_BY_NETWORK, "network", network)]
        if user_id is not None:
            account = f"{kind} {user_id}"
            self._counted[:0] = [
                count(FACTORS_BY_ACCOUNT, "factors", account),
                count(FAILED_BY_ACCOUNT, "account", account, network),
            ]

    def begin(self) -> None:
        """Answers 429 where too many were wrong."""
        throttle().take(*self._counted)

    def end(self, right: bool) -> bool:
        if right:
            throttle().forgive(*self._counted)
        return right


def _typed_address() -> str:
    return email_key(request.form.get("email", ""))[:254]


def _only_failures(view: View) -> View:
    """A sign-in that leads on was rightful; every other one counts."""

    @wraps(view)
    def limited(**values: Any) -> Any:
        if request.method != "POST":
            return view(**values)
        tries = _failures(_typed_address())
        left = throttle().left(tries[1])
        if left:
            door().refused(network_of(request.remote_addr), left)
        try:
            with counted(*tries):
                answer = view(**values)
        except Busy:
            door().refused(network_of(request.remote_addr), COME_BACK_IN)
            raise
        if isinstance(answer, Response) and answer.status_code == 302:
            throttle().give_back(*tries)
        return answer

    return limited


def _all_letters(view: View) -> View:
    @wraps(view)
    def limited(**values: Any) -> Any:
        if request.method != "POST":
            return view(**values)
        count = throttle().counted
        with counted(
            count(LETTERS_BY_ADDRESS, "letters", _typed_address()),
            count(FORMS_BY_NETWORK, "forms", network_of(request.remote_addr)),
        ):
            return view(**values)

    return limited
