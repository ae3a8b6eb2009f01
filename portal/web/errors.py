"""Error pages: what happened, why, and what next. A refused rule answers 409 with its own sentences."""

from typing import Any

from flask import Flask, Response, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from portal.adapters.requests import request_id
from portal.domain.verdict import Refused
from portal.web.headers import is_htmx

# Values by which our forms steer themselves; all others come from fields that people fill.
_STEERING = {
    "version", "then", "do", "shown", "next", "seen", "came_from", "page", "turn", "writer",
    "passkey_answer", "passkey_ticket", "setup_ticket",
}  # fmt: skip
PAGES = {400, 403, 404, 405, 409, 413, 429, 500, 503}


class RefusedRequest(Exception):
    """A view met a refusal that has no form to stand in: shown as a page with status 409."""

    def __init__(self, refusal: Refused, href: str = "", label: str = "") -> None:
        self.refusal, self.href, self.label = refusal, href, label
        super().__init__(refusal.what)


def init_errors(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(RefusedRequest, _refused)
    app.register_error_handler(CSRFError, _csrf_error)


def _http_error(error: HTTPException) -> Any:
    code = error.code or 500
    if code < 400:
        return error
    if request.path.startswith("/api/"):
        answer = jsonify(error=error.name, status=code)
        answer.status_code = code
        return answer
    if isinstance(
        error, SecurityError
    ):  # a Host that is not ours: no page of ours can be built for it
        return Response("This address is not served here.\n", 400, mimetype="text/plain")
    page = code if code in PAGES else (500 if code >= 500 else 400)
    headers = [(k, v) for k, v in error.get_headers() if k.lower() in ("allow", "retry-after")]
    later = _minutes(getattr(error, "retry_after", None))
    shown = {"error": error, "retry_after": later, "request_id": request_id()}
    return render_template(f"errors/{page}.html", **shown), code, headers


def _minutes(seconds: Any) -> str | None:
    """How long to wait, in words; None where the error does not say."""
    if not isinstance(seconds, int):
        return None
    minutes = max(1, -(-seconds // 60))
    return "one minute" if minutes == 1 else f"{minutes} minutes"


def _refused(error: RefusedRequest) -> Any:
    return (
        render_template(
            "errors/409.html", refusal=error.refusal, href=error.href, label=error.label
        ),
        409,
    )


def _csrf_error(error: CSRFError) -> Any:
    """The form's ticket is missing or stale. What was typed is handed back on the page, never dropped."""
    g.form_refused = True  # for the audit log
    if is_htmx():
        return render_template("errors/_ended.html"), 400
    return render_template("errors/400.html", error=error, kept=written(), stale_form=True), 400


def typed() -> list[tuple[str, str]]:
    """The fields of the form that was sent, without its ticket and without passwords."""
    return [
        (name, text)
        for name, text in request.form.items(multi=True)
        if name != "csrf_token" and "password" not in name
    ]


def written() -> list[tuple[str, str]]:
    """What the person wrote, without the values by which a form steers itself (they mean nothing to a reader)."""
    return [(name, text) for name, text in typed() if text.strip() and name not in _STEERING]


def signed_out_form() -> Any:
    """A form came from somebody whose sign-in has ended: its text stands on the page, ready to be sent again."""
    if is_htmx():
        return render_template("errors/_ended.html"), 401
    return _kept_form("errors/401.html"), 401


def second_factor_form() -> Any:
    """The same for somebody who has not shown a second factor in this sign-in, on a page that waits for it."""
    if is_htmx():
        return render_template("errors/_factor.html"), 401
    return _kept_form("errors/factor.html"), 401


def _kept_form(template: str) -> str:
    return render_template(
        template,
        fields=typed(),
        kept=written(),
        action=request.full_path,
        chose_file=any(each.filename for each in request.files.values()),
    )
