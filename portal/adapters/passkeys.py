"""Passkeys (WebAuthn): what a browser is asked to sign, and whether what came back is the answer to it.

A challenge travels to the page and back as a signed ticket, so that nothing is stored for people who only look at the
sign-in page. It names its purpose and its account, and its instant: `models.Passkey.challenge_at` keeps the last one
that was used, so that no answer counts twice. Every passkey must have checked its owner (a finger, a face, a PIN):
that makes it two factors in one.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import webauthn
from itsdangerous import BadData, URLSafeSerializer
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.domain.second_factor import CHALLENGE_LASTS

LARGEST_ANSWER = 20_000  # characters; a browser's answer has some two thousand
LONGEST_ID = 1400  # characters of base64: 1,023 bytes are the most that the standard allows
PATIENCE = 300_000  # milliseconds that a browser waits for a finger

# What an answer that is none can raise on its way through the library.
_NO_ANSWER = (
    WebAuthnException,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    RecursionError,
)


class Purpose(StrEnum):
    ADD = "add"
    SIGN_IN = "sign in"
    SHOW = "show"


@dataclass(frozen=True)
class Site:
    """Where passkeys are for. `name` is the host that browsers bind them to, "" where they will not."""

    name: str
    origin: str
    title: str
    tickets: URLSafeSerializer


@dataclass(frozen=True)
class Challenge:
    value: bytes
    made_at: datetime
    handle: str  # what the device is to call the account, where a passkey is made


@dataclass(frozen=True)
class NewKey:
    credential_id: str
    public_key: bytes
    sign_count: int
    transports: list[str]


_site: Site | None = None


def introduce(secret_key: str, base_url: str, title: str) -> None:
    """Which site it is. Called once, when the application is made."""
    global _site
    parts = urlsplit(base_url)
    _site = Site(
        name=_bindable(parts.hostname or "", parts.scheme),
        origin=f"{parts.scheme}://{parts.netloc}",
        title=title,
        tickets=URLSafeSerializer(secret_key, salt="passkeys"),
    )


def _bindable(host: str, scheme: str) -> str:
    """Browsers bind passkeys to names over https, and to localhost; to no number."""
    try:
        ip_address(host)
    except ValueError:
        return host if scheme == "https" or host == "localhost" else ""
    return ""


def site() -> Site:
    if _site is None:
        raise RuntimeError("passkeys.introduce was not called")
    return _site


def new_handle() -> str:
    """By what devices know an account: nothing about the person."""
    return bytes_to_base64url(secrets.token_bytes(32))


def are_possible() -> bool:
    """Whether browsers take passkeys at the portal's address."""
    return bool(site().name)


def ask(purpose: Purpose, user_id: int | None, now: datetime, known: Sequence[str] = ()) -> Any:
    """What the page hands to the browser to sign: `publicKey` and the `ticket` that comes back with the answer.

    `known`: ids of the only passkeys that will do; none means any.
    """
    value = secrets.token_bytes(32)
    options = webauthn.generate_authentication_options(
        rp_id=site().name,
        challenge=value,
        timeout=PATIENCE,
        allow_credentials=_described(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _with_ticket(webauthn.options_to_json(options), (purpose, user_id, value, ""), now)


def ask_for_new(
    user_id: int, handle: str, address: str, name: str, known: Sequence[str], now: datetime
) -> Any:
    """The same, to make a passkey. `handle` names the account to the device; `known` are those it has already."""
    value = secrets.token_bytes(32)
    options = webauthn.generate_registration_options(
        rp_id=site().name,
        rp_name=site().title,
        user_id=base64url_to_bytes(handle),
        user_name=address,
        user_display_name=name or address,
        challenge=value,
        timeout=PATIENCE,
        exclude_credentials=_described(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    said = (Purpose.ADD, user_id, value, handle)
    return _with_ticket(webauthn.options_to_json(options), said, now)


def _described(known: Sequence[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in known]


def _with_ticket(options: str, about: tuple[Purpose, int | None, bytes, str], now: datetime) -> Any:
    purpose, user_id, value, handle = about
    said = [purpose.value, user_id or 0, bytes_to_base64url(value), now.isoformat(), handle]
    return {"publicKey": json.loads(options), "ticket": str(site().tickets.dumps(said))}


def challenge_of(
    ticket: str, purpose: Purpose, user_id: int | None, now: datetime
) -> Challenge | None:
    """The challenge that a ticket of ours names, while it lasts; None for anything else."""
    try:
        said, whose, value, made, handle = site().tickets.loads(ticket)
        made_at = datetime.fromisoformat(made)
    except (BadData, ValueError, TypeError):
        return None
    if said != purpose.value or whose != (user_id or 0) or now - made_at >= CHALLENGE_LASTS:
        return None
    return Challenge(base64url_to_bytes(value), made_at, handle)


def credential_in(answer: str) -> str:
    """Which passkey an answer says that it is from; "" where it says nothing."""
    try:
        named = json.loads(answer)["rawId"] if len(answer) <= LARGEST_ANSWER else ""
        return bytes_to_base64url(base64url_to_bytes(named)) if isinstance(named, str) else ""
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def new_key(answer: str, challenge: Challenge) -> NewKey | None:
    """The passkey that a browser made; None where the answer is not one to this challenge at this site."""
    if not credential_in(answer):
        return None
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge.value,
            expected_origin=site().origin,
            expected_rp_id=site().name,
            require_user_verification=True,
        )
        transports = json.loads(answer)["response"].get("transports") or []
    except _NO_ANSWER:
        return None
    key = NewKey(
        bytes_to_base64url(made.credential_id),
        made.credential_public_key,
        made.sign_count,
        [str(each)[:20] for each in transports][:8] if isinstance(transports, list) else [],
    )
    return key if len(key.credential_id) <= LONGEST_ID else None


def new_count(
    answer: str, challenge: Challenge, public_key: bytes, sign_count: int, handle: str
) -> int | None:
    """How often the device says that it has signed; None where the answer is not this passkey's to this challenge."""
    try:
        told = json.loads(answer)["response"].get("userHandle")
        if told and bytes_to_base64url(base64url_to_bytes(told)) != handle:
            return None
        return webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge.value,
            expected_origin=site().origin,
            expected_rp_id=site().name,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        ).new_sign_count
    except _NO_ANSWER:
        return None
