"""Forms that send a letter only to some answer all at the same moment, so that time does not tell whose address has an
account: no sooner than a while after the form arrived, whatever there was to do meanwhile."""

import time

from flask import Flask, Response, current_app, g, request

from portal.web.account.hashing import Busy

# Several times what the longest of them takes (a hash, a token, a letter, two commits) on a machine with little to do.
ANSWER_AFTER = 0.3  # seconds
FORMS = {"security.register", "security.forgot_password", "security.send_confirmation"}


def init_evenly(app: Flask) -> None:
    """Call it before what commits is registered: the last to be registered runs first after a request."""

    @app.before_request
    def note_beginning() -> None:
        if request.method == "POST" and request.endpoint in FORMS:
            g.answer_at = time.monotonic() + ANSWER_AFTER

    app.after_request(_wait)


def _wait(response: Response) -> Response:
    if "answer_at" in g and response.status_code < 400:
        wait(g.answer_at - time.monotonic())
    return response


def wait(seconds: float) -> None:
    """Where many wait already, nobody waits: threads are for work."""
    try:
        with current_app.extensions["security"].pwd_context.place():
            time.sleep(max(0.0, seconds))
    except Busy:
        return
