"""The session cookie, kept away from public pages: they neither set it nor vary with it."""

from flask import Flask, Response, g
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from portal.domain.permissions import Policy

WITHOUT_COOKIE = {Policy.PUBLIC, Policy.OPS}


class SessionsOfPrivatePages(SecureCookieSessionInterface):
    """Writes the cookie as Flask does, except on pages that are the same for everybody.

    A lasting session is written anew with each answer, and whatever has looked at it adds `Vary: Cookie`; both would
    keep caches from serving one copy of a public page to all.
    """

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if g.get("policy") not in WITHOUT_COOKIE:
            super().save_session(app, session, response)
