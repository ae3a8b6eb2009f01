"""A network that goes on after it was told to wait is refused at the door, for a fraction of what a page costs.

Each process remembers for some seconds which networks have used up their sign-ins, or come in crowds while there is no
room to hash; the counts themselves are the
database's. The first refusals are pages for people; who sends many a minute is no person who reads them.
"""

from time import monotonic

from flask import Flask, Response, current_app, g, request

from portal.domain.throttle import network_of

PAGES = 20  # refusals that are pages
SHUT = 10.0  # seconds until the database is asked again
FORGOTTEN = 60.0  # seconds without a refusal after which a network is one like any other
MOST = 1000  # networks remembered


class Door:
    def __init__(self) -> None:
        self._refused: dict[str, tuple[int, float, float]] = {}  # how often; shut until; wait until

    def refused(self, network: str, seconds: int) -> None:
        """A network has `seconds` to wait."""
        if len(self._refused) >= MOST:
            self._refused.clear()
        often, shut_until, _ = self._refused.get(network, (0, 0.0, 0.0))
        now = monotonic()
        often = 1 if now - shut_until > FORGOTTEN else often + 1
        self._refused[network] = (often, now + min(SHUT, seconds), now + seconds)

    def wait(self, network: str) -> int:
        """The seconds that are left where the door is shut to this network, else 0."""
        often, shut_until, wait_until = self._refused.get(network, (0, 0.0, 0.0))
        now = monotonic()
        return max(1, round(wait_until - now)) if often > PAGES and shut_until > now else 0


def init_door(app: Flask) -> None:
    app.extensions["door"] = Door()
    app.before_request_funcs.setdefault(None, []).insert(0, _refuse)


def door() -> Door:
    found: Door = current_app.extensions["door"]
    return found


def _refuse() -> Response | None:
    if request.method != "POST" or request.endpoint != "security.login":
        return None
    left = door().wait(network_of(request.remote_addr))
    if not left:
        return None
    g.at_the_door = True
    words = "Too many tries from your network. Wait a little, then go back and sign in again.\n"
    return Response(words, 429, {"Retry-After": str(left)}, mimetype="text/plain")
