"""An authenticator app and a security key, as the person who holds them uses them."""

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from portal.adapters import authenticators
from portal.extensions import db
from portal.models import Authenticator, User

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def code_of(secret: str, now: datetime) -> str:
    """The code that an app with this (encrypted) secret shows at this instant."""
    return str(authenticators._factory()._totp.from_source(secret).generate(time=now).token)


def wrong(code: str) -> str:
    """Six other digits."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def give_app(user: User, now: datetime) -> str:
    """Set an authenticator app up for this account; its secret."""
    secret = authenticators.new_secret()
    db.session.add(Authenticator(user_id=user.id, secret=secret, last_counter=0, added_at=now))
    db.session.commit()
    return secret


@dataclass
class SecurityKey:
    """A key that signs what a site at `origin` asks. `verifies`: it checks its owner, as ours must.

    `counts`: it counts what it signs; keys that several devices share do not.
    """

    origin: str = "http://localhost"
    site: str = "localhost"
    verifies: bool = True
    counts: bool = True
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: str = ""

    def __post_init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return sha256(self.site.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _answer(self, **response: bytes | list[str]) -> str:
        named = bytes_to_base64url(self.credential_id)
        written = {
            name: bytes_to_base64url(value) if isinstance(value, bytes) else value
            for name, value in response.items()
        }
        return json.dumps(
            {
                "id": named,
                "rawId": named,
                "type": "public-key",
                "response": written,
                "clientExtensionResults": {},
            }
        )

    def makes(self, options: dict[str, Any]) -> str:
        """The answer to a page that asks for a new passkey."""
        asked = options["publicKey"]
        self.handle = asked["user"]["id"]
        point = self._key.public_key().public_numbers()
        public = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        )
        data = self._data(ATTESTED) + bytes(16) + len(self.credential_id).to_bytes(2, "big")
        made = cbor2.dumps(
            {"fmt": "none", "attStmt": {}, "authData": data + self.credential_id + public}
        )
        return self._answer(
            clientDataJSON=self._client("webauthn.create", asked["challenge"]),
            attestationObject=made,
            transports=["usb"],
        )

    def signs(self, options: dict[str, Any]) -> str:
        """The answer to a page that asks for this passkey."""
        self.count += self.counts
        data = self._data(0)
        client = self._client("webauthn.get", options["publicKey"]["challenge"])
        signature = self._key.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=client,
            authenticatorData=data,
            signature=signature,
            userHandle=base64url_to_bytes(self.handle),
        )
