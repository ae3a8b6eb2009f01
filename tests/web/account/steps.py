"""What people do about accounts, as steps of a story."""

import re
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask_security import hash_password

from portal.extensions import db
from portal.models import OutboxMessage, User
from tests.support.house import HouseClient

PASSWORD = "seven green lanterns"


def registration(**changed: Any) -> dict[str, Any]:
    """The registration form as Mira Okonjo fills it in; None leaves a field out."""
    filled = {
        "name": "Mira Okonjo",
        "email": "mira@example.org",
        "password": PASSWORD,
        "time_zone": "Asia/Kolkata",
        "of_age": "y",
        "consent": "y",
    }
    return {name: value for name, value in {**filled, **changed}.items() if value is not None}


def register(client: HouseClient, **changed: Any) -> Any:
    return client.submit("/register", registration(**changed))


def sign_in(client: HouseClient, email: str, password: str = PASSWORD, **query: Any) -> Any:
    return client.submit("/login", {"email": email, "password": password}, **query)


def letters(kind: str | None = None) -> list[OutboxMessage]:
    rows = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))
    return [row for row in rows if kind is None or row.kind == kind]


def link_in(letter: OutboxMessage) -> str:
    """The path of the letter's link, at the configured address."""
    found = re.search(r"^(http://localhost/\S+)$", letter.text, re.MULTILINE)
    assert found, letter.text
    return urlsplit(found.group(1)).path


def with_password(user: User, password: str = PASSWORD) -> User:
    user.password = hash_password(password)
    db.session.commit()
    return user


def user_of(email: str) -> User:
    return db.session.scalars(sa.select(User).where(User.email == email)).one()
