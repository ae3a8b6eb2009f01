"""Authenticator apps: secrets, encrypted with a key made from the portal's own; codes; the picture that an app reads.

Flask-Security's factory does the work. Beside it: time comes from our clock, and the counter of the last code that was
taken is the caller's to keep, so that no code is taken twice.
"""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import qrcode
from flask_security.totp import Totp
from itsdangerous import BadData, URLSafeSerializer
from passlib.exc import TokenError
from qrcode.image.svg import SvgPathFillImage

from portal.domain.second_factor import SET_UP_LASTS

CLOCKS_APART = 30  # seconds by which a phone's clock may be off, either way


@dataclass(frozen=True)
class Picture:
    """What an app is given: an address, as a picture (a data: address of an SVG) and as text, and the key in it."""

    image: str
    uri: str
    key: str


class Authenticators(Totp):
    def counter_of(self, code: str, secret: str, last: int, now: datetime) -> int | None:
        """The half minute that this code belongs to; None for a wrong one, and for any up to `last`."""
        try:
            match = self._totp.verify(
                code, secret, time=now, window=CLOCKS_APART, last_counter=last
            )
        except (
            TokenError,
            ValueError,
            TypeError,
            KeyError,
        ):  # the last three: another key encrypted it
            return None
        return int(match.counter)

    def generate_qrcode(self, username: str, totp: str) -> str:
        """As one path on white: a tenth of the library's size, and readable in dark pages too."""
        code = qrcode.make(self.get_totp_uri(username, totp), image_factory=SvgPathFillImage)
        return "data:image/svg+xml;base64," + b64encode(code.to_string()).decode("ascii")


_authenticators: Authenticators | None = None
_tickets: URLSafeSerializer | None = None


def introduce(secret_key: str, issuer: str) -> None:
    """With which key secrets are encrypted, and the name that apps show. Called once, when the application is made."""
    global _authenticators, _tickets
    key = sha256(b"authenticator apps" + secret_key.encode()).hexdigest()
    _authenticators = Authenticators({"1": key}, issuer.replace(":", " "))
    _tickets = URLSafeSerializer(secret_key, salt="setting up an authenticator app")


def _factory() -> Authenticators:
    if _authenticators is None:
        raise RuntimeError("authenticators.introduce was not called")
    return _authenticators


def new_secret() -> str:
    """A new secret, encrypted."""
    return str(_factory().generate_totp_secret())


def ticket_for(secret: str, user_id: int, now: datetime) -> str:
    """The secret on its way through the page that sets an app up: for this account alone, and for an hour."""
    assert _tickets is not None
    return str(_tickets.dumps([secret, user_id, now.isoformat()]))


def secret_in(ticket: str, user_id: int, now: datetime) -> str | None:
    """The secret that a ticket of ours holds, while it lasts; None for anything else."""
    assert _tickets is not None
    try:
        secret, whose, made = _tickets.loads(ticket)
        lasts = now - datetime.fromisoformat(made) < SET_UP_LASTS
    except (BadData, ValueError, TypeError):
        return None
    return str(secret) if whose == user_id and lasts else None


def counter_of(code: str, secret: str, last: int, now: datetime) -> int | None:
    return _factory().counter_of(code, secret, last, now)


def picture(secret: str, address: str) -> Picture:
    factory = _factory()
    return Picture(
        image=factory.generate_qrcode(address, secret),
        uri=factory.get_totp_uri(address, secret),
        key=factory.get_totp_pretty_key(secret),
    )
