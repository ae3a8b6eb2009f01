import logging

from flask import current_app, request

log = logging.getLogger(__name__)


def note(user, password: str, reset_token: str, error: Exception) -> None:
    # ruleid: secret-in-a-log
    log.info("signing in with %s", password)
    # ruleid: secret-in-a-log
    log.warning(f"reset asked for with {reset_token}")
    # ruleid: secret-in-a-log
    logging.error("account %s", user.email)
    # ruleid: secret-in-a-log
    current_app.logger.exception("refused: %s", request.form)
    # ruleid: secret-in-a-log
    current_app.logger.info("headers %s", request.headers)
    # ruleid: secret-in-a-log
    log.debug("typed %s", request.form["password"])

    # ok: secret-in-a-log
    log.info("account %s signed in", user.id)
    # ok: secret-in-a-log
    log.error("a file was not stored: %s", error)
    # ok: secret-in-a-log
    log.warning("the password of account %s is old", user.id)
