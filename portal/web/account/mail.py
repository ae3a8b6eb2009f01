"""The library's mail as letters of ours: rows in the outbox, in the transaction of the change that causes them."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_security.mail_util import MailUtil

from portal import clock
from portal.config import Settings
from portal.extensions import db
from portal.models import User
from portal.services import outbox

LINKS = {"confirmation_link", "reset_link", "recovery_link", "link"}
KINDS = {
    "security/email/welcome": "account_confirm",
    "security/email/confirmation_instructions": "account_confirm",
    "security/email/welcome_existing": "account_exists",
    "security/email/reset_instructions": "account_reset",
    "security/email/reset_notice": "account_password_changed",
    "security/email/change_notice": "account_password_changed",
    "security/email/change_email_instructions": "account_new_address",
}


class LettersByOutbox(MailUtil):
    """Mail goes to the address that is stored, never to the one typed, except to confirm a new address."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: Any,
        sender: Any,
        body: str | None,
        html: str | None,
        **kwargs: Any,
    ) -> None:
        user: User = kwargs["user"]
        db.session.flush()  # a new account has an id from here on
        outbox.queue(
            db.session(),
            KINDS[template],
            at=clock.now(),
            recipient=str(recipient),
            user_id=user.id,
            user=user,
            **{name: own_address(kwargs[name]) for name in LINKS if kwargs.get(name)},
        )


def own_address(link: str) -> str:
    """The link at the configured address, whatever Host the request named."""
    settings: Settings = current_app.extensions["settings"]
    return settings.base_url + urlsplit(link).path
