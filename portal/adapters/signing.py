"""The programme's key for signing receipts: Ed25519, its private half a setting or a file, its public half for all.

The private half is `PORTAL_SIGNING_KEY` (PEM), else the file `signing.key` in the data folder. Whoever holds it can
make receipts: it never enters the database, a log or a page.
"""

import base64
import contextlib
import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from portal.config import Settings, SettingsError

FILE = "signing.key"
SETTING = "PORTAL_SIGNING_KEY"


@dataclass(frozen=True)
class Signer:
    """Signs with one private key. `public_key` is PEM; `fingerprint` the SHA-256 of its DER form, hexadecimal."""

    _key: Ed25519PrivateKey
    public_key: str
    fingerprint: str

    def __repr__(self) -> str:
        return f"Signer({self.fingerprint})"

    def sign(self, text: bytes) -> str:
        """The signature of these bytes, base64. Some 50 microseconds; the same bytes give the same signature."""
        return base64.b64encode(self._key.sign(text)).decode()


def verifies(public_key: str, signature: str, text: bytes) -> bool:
    """Whether `signature` (base64) was made over these bytes with the private half of this PEM key."""
    try:
        key = serialization.load_pem_public_key(public_key.encode())
        if not isinstance(key, Ed25519PublicKey):
            return False
        key.verify(base64.b64decode(signature, validate=True), text)
    except (ValueError, UnsupportedAlgorithm, InvalidSignature):
        return False
    return True


def fingerprint_of(public_key: str) -> str:
    """The SHA-256 of a PEM key's DER form, as `openssl pkey -pubin -outform DER | sha256sum` prints it."""
    key = serialization.load_pem_public_key(public_key.encode())
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return sha256(der).hexdigest()


def make_key(data_dir: Path) -> bool:
    """Make the file of the key unless it is there; whether it was made. Two that start at once get one key."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / FILE
    if path.exists():
        return False
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    part = data_dir / f"{FILE}.{secrets.token_hex(8)}"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            target.write(pem)
            target.flush()
            os.fsync(target.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(part, path)  # unlike a rename, it never puts another key in the place of one
            return True
        return False
    finally:
        part.unlink(missing_ok=True)


def load(settings: Settings) -> Signer:
    """The key to sign with. Outside production a missing one is made. Raises `SettingsError` without its value."""
    if settings.signing_key:
        # A file of settings keeps a value on one line, so \n may stand for the ends of lines.
        return _parsed(settings.signing_key.replace("\\n", "\n").encode(), SETTING)
    path = settings.data_dir / FILE
    if not settings.is_production:
        make_key(settings.data_dir)
    try:
        pem = path.read_bytes()
        if settings.is_production and path.stat().st_mode & 0o077:
            raise SettingsError(
                [f"{FILE} in the data folder must be readable by its owner alone (chmod 600)."]
            )
    except OSError as error:
        raise SettingsError(
            [
                f"{SETTING} is not set and the data folder holds no {FILE} that can be read: receipts "
                "could not be signed. `portal init` makes one; keep a copy of it."
            ]
        ) from error
    return _parsed(pem, f"{FILE} in the data folder")


def _parsed(pem: bytes, source: str) -> Signer:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(
            [
                f"{source} must be an Ed25519 private key in PEM without a password "
                "(make one with: openssl genpkey -algorithm ed25519)."
            ]
        )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Signer(key, public.decode(), fingerprint_of(public.decode()))


_signer: Signer | None = None


def introduce(signer: Signer) -> None:
    """With which key receipts are signed from now on. Called once, when the application is made."""
    global _signer
    _signer = signer


def signer() -> Signer:
    """The key in use. Raises RuntimeError before the application is made."""
    if _signer is None:
        raise RuntimeError("signing.introduce was not called")
    return _signer
