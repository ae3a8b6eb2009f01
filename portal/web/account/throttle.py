"""How often one may try: failed sign-ins by account and network, letters by address, forms by network.

Failed sign-ins are counted by account *and* network together, so that nobody can lock an owner out from elsewhere,
and by network alone, so that one network cannot try many accounts. Successes are not counted: two hundred people
behind one address can all sign in. The counts lie in memory, or in Redis where several processes serve.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from math import ceil
from time import time
from typing import Any

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from portal.domain.accounts import email_key

FAILED_BY_ACCOUNT = parse("10 per 15 minutes")
FAILED_BY_NETWORK = parse("100 per 15 minutes")
LETTERS_BY_ADDRESS = parse("5 per hour")
FORMS_BY_NETWORK = parse("120 per hour")

View = Callable[..., Any]


@dataclass
class Throttle:
    """`enabled` is off in tests, but for the test of the limits themselves."""

    limiter: FixedWindowRateLimiter
    enabled: bool

    def refuse_over(self, limit: RateLimitItem, *key: str) -> None:
        """Answer 429 if this key has used up its limit, and say when to try again."""
        if self.enabled and not self.limiter.test(limit, *key):
            left = self.limiter.get_window_stats(limit, *key).reset_time - time()
            raise TooManyRequests(retry_after=max(1, ceil(left)))

    def count(self, limit: RateLimitItem, *key: str) -> None:
        if self.enabled:
            self.limiter.hit(limit, *key)


def init_throttle(app: Flask) -> None:
    storage = storage_from_string(app.config["RATELIMIT_STORAGE_URI"])
    app.extensions["throttle"] = Throttle(
        FixedWindowRateLimiter(storage), enabled=app.config["RATELIMIT_ENABLED"]
    )
    views = app.view_functions
    views["security.login"] = _count_failures(views["security.login"])
    for name in ("register", "forgot_password", "send_confirmation", "change_email"):
        views[f"security.{name}"] = _count_letters(views[f"security.{name}"])


def throttle() -> Throttle:
    found: Throttle = current_app.extensions["throttle"]
    return found


def _network() -> str:
    return request.remote_addr or "unknown"


def _typed_address() -> str:
    return email_key(request.form.get("email", ""))[:254]


def _count_failures(view: View) -> View:
    @wraps(view)
    def limited(**values: Any) -> Any:
        if request.method != "POST":
            return view(**values)
        by_account = (FAILED_BY_ACCOUNT, "account", _typed_address(), _network())
        by_network = (FAILED_BY_NETWORK, "network", _network())
        throttle().refuse_over(*by_account)
        throttle().refuse_over(*by_network)
        answer = view(**values)
        if not (isinstance(answer, Response) and answer.status_code == 302):
            throttle().count(*by_account)
            throttle().count(*by_network)
        return answer

    return limited


def _count_letters(view: View) -> View:
    @wraps(view)
    def limited(**values: Any) -> Any:
        if request.method == "POST":
            by_address = (LETTERS_BY_ADDRESS, "letters", _typed_address())
            by_network = (FORMS_BY_NETWORK, "forms", _network())
            for limit in (by_address, by_network):
                throttle().refuse_over(*limit)
                throttle().count(*limit)
        return view(**values)

    return limited
