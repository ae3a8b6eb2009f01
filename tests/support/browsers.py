"""Browsers of the tests' people, signed in without a form."""

import secrets

from flask import Flask

from portal import clock
from portal.extensions import db
from portal.models import SignIn, User
from tests.support.house import HouseClient


def browser_for(app: Flask, user: User | None, *, second_factor: bool = True) -> HouseClient:
    """A browser of its own, signed in as the given user; None for nobody. The sign-in has shown a second factor."""
    from portal.web.account.security import SESSION_TOKEN, digest_of

    found = app.test_client()
    assert isinstance(found, HouseClient)
    if user is None:
        return found
    token = secrets.token_urlsafe(16)
    now = clock.now()
    db.session.add(
        SignIn(
            user_id=user.id,
            token_digest=digest_of(token),
            created_at=now,
            seen_at=now,
            second_factor_at=now if second_factor else None,
        )
    )
    db.session.commit()
    with found.session_transaction() as session:
        session["_user_id"] = user.fs_uniquifier
        session["_fresh"] = True
        session[SESSION_TOKEN] = token
    return found
