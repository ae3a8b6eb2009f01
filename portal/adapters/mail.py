"""Sending one message to one recipient over SMTP. Only the job worker calls this, never a page."""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import SplitResult, unquote, urlsplit

from portal.adapters.letters import BREAK
from portal.config import UNENCRYPTED_MAIL

TIMEOUT = 20  # seconds for each step of the conversation with the server
HEADER_LIMIT = 200
CLOSING = 421  # the server's code for "I go away now"
LOCAL = ("localhost", "127.0.0.1", "::1")


class Unreachable(Exception):
    """The server cannot be reached, or does not let us in: nothing is wrong with the message."""


class Undelivered(Exception):
    """This message was not taken. `permanent`: trying again would not help."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        self.reason, self.permanent = reason, permanent
        super().__init__(reason)


class Dropped(Undelivered):
    """The connection ended, or fell silent, while this message was handed over. It may have arrived or not.

    It counts as a try of this message: one that a server cannot bear must not hold up all that wait behind it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason, permanent=False)


@dataclass(frozen=True)
class Envelope:
    """What goes over the wire. `message_id` belongs to the row, so that a second sending can be recognised.

    `stop_url` is where to say "no more of these", for mail that is not essential.
    """

    row_id: int
    message_id: str
    recipient: str
    subject: str
    text: str
    created_at: datetime
    html: str = ""
    stop_url: str = ""


Send = Callable[[Envelope], None]


def compose(envelope: Envelope, *, sender: str, sender_name: str) -> EmailMessage:
    """The message. Raises `Undelivered` for an address that is none; no header can hold a second line."""
    message = EmailMessage()
    message["From"] = Address(_line(sender_name), addr_spec=sender)
    message["To"] = _address(envelope.recipient)
    message["Subject"] = _line(envelope.subject)
    message["Message-ID"] = envelope.message_id
    message["Date"] = format_datetime(envelope.created_at)
    message["Auto-Submitted"] = "auto-generated"
    if envelope.stop_url:
        message["List-Unsubscribe"] = f"<{_line(envelope.stop_url, len(envelope.stop_url))}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(envelope.text)
    if envelope.html:
        message.add_alternative(envelope.html, subtype="html")
    return message


def _line(words: str, limit: int = HEADER_LIMIT) -> str:
    shown = "".join(letter if letter.isprintable() or letter == BREAK else " " for letter in words)
    return " ".join(shown.split())[:limit]


def _address(recipient: str) -> Address:
    local, at, domain = recipient.rpartition("@")
    if (
        not (local and at and domain)
        or not recipient.isprintable()
        or set(recipient) & set(' ,;<>"')
    ):
        raise Undelivered("The address is not one.", permanent=True)
    try:
        return Address(username=local, domain=domain.encode("idna").decode("ascii"))
    except (UnicodeError, ValueError) as error:
        raise Undelivered("The address is not one.", permanent=True) from error


@contextmanager
def server(url: str, *, sender: str, sender_name: str) -> Iterator[Send]:
    """A connection to the server at `url` (smtp://user:password@host:port, smtps:// for TLS from the start).

    Raises `Unreachable`; sending raises `Undelivered`, or its kind `Dropped`, after which the connection is no use.
    """
    try:
        connection = _connect(url)
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(type(error).__name__) from error

    def send(envelope: Envelope) -> None:
        message = compose(envelope, sender=sender, sender_name=sender_name)
        try:
            connection.send_message(message, from_addr=sender, to_addrs=[envelope.recipient])
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            raise Undelivered(_reason(code, words), permanent=code >= 500) from error
        except (
            smtplib.SMTPSenderRefused
        ) as error:  # it takes nothing of ours: no fault of a message
            raise Unreachable(_reason(error.smtp_code, error.smtp_error)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Undelivered("The server does not take such addresses.", permanent=True) from error
        except smtplib.SMTPResponseException as error:
            if error.smtp_code == CLOSING:
                raise Dropped(_reason(error.smtp_code, error.smtp_error)) from error
            raise Undelivered(
                _reason(error.smtp_code, error.smtp_error), permanent=error.smtp_code >= 500
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Dropped(f"The connection broke off ({type(error).__name__}).") from error

    try:
        yield send
    finally:
        try:
            connection.quit()
        except (OSError, smtplib.SMTPException):
            connection.close()


def _connect(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    connection: smtplib.SMTP
    if parts.scheme == "smtps":
        connection = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=TIMEOUT, context=ssl.create_default_context()
        )
    else:
        connection = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT)
    try:
        _introduce(connection, parts)
    except BaseException:
        connection.close()
        raise
    return connection


def _introduce(connection: smtplib.SMTP, parts: SplitResult) -> None:
    """Encrypt, then sign in. To another machine nothing goes in the clear, unless the address ends in ?encrypt=no;
    a password not even then."""
    connection.ehlo()
    encrypted = parts.scheme == "smtps"
    if not encrypted and connection.has_extn("starttls"):
        connection.starttls(context=ssl.create_default_context())
        connection.ehlo()
        encrypted = True
    allowed = parts.query == UNENCRYPTED_MAIL and not parts.username
    if not (encrypted or allowed or parts.hostname in LOCAL):
        raise smtplib.SMTPException("no encryption")
    if parts.username:
        connection.login(unquote(parts.username), unquote(parts.password or ""))


def _reason(code: int, words: bytes | str) -> str:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {_line(said)}"
