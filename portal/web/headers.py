"""Security headers on every response, and who may keep a copy of it."""

import secrets

from flask import Flask, Response, g, request
from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)

from portal.domain.permissions import Policy

# Whoever has such an address has what it leads to: it goes into no referrer, no cache and no search engine.
SECRET_ADDRESSES = ("/reference/", "/unsubscribe/")


def init_headers(app: Flask, *, https: bool) -> None:
    app.jinja_env.globals["csp_nonce"] = csp_nonce

    @app.after_request
    def set_headers(response: Response) -> Response:
        own = response.headers.get("Content-Security-Policy")  # of a file: stricter than any page's
        _security(https).set_headers(response)
        if own is not None:
            response.headers["Content-Security-Policy"] = own
        if g.get("policy") in (Policy.PUBLIC, Policy.OPS):
            response.headers.setdefault("Cache-Control", "no-cache")
            response.vary.discard("Cookie")
        else:
            response.headers["Cache-Control"] = "no-store"
        if request.path.startswith(SECRET_ADDRESSES):
            response.headers["Cache-Control"] = "no-store"
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response


def csp_nonce() -> str:
    """One nonce a request, for the script elements that a template writes."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def _security(https: bool) -> Secure:
    script = ["'self'"] + ([f"'nonce-{g.csp_nonce}'"] if "csp_nonce" in g else [])
    policy = (
        ContentSecurityPolicy()
        .default_src("'self'")
        .script_src(*script)
        .style_src("'self'")
        .img_src("'self'", "data:")
        .object_src("'none'")
        .base_uri("'none'")
        .frame_ancestors("'none'")
        .form_action("'self'")
    )
    return Secure(
        csp=policy,
        coop=CrossOriginOpenerPolicy().same_origin(),
        permissions=PermissionsPolicy().geolocation().microphone().camera(),
        referrer=ReferrerPolicy().same_origin(),
        hsts=StrictTransportSecurity().max_age(31536000).include_subdomains() if https else None,
        xcto=XContentTypeOptions().nosniff(),
        xfo=XFrameOptions().deny(),
    )


def is_htmx() -> bool:
    """Whether htmx asks for a fragment rather than a browser for a page."""
    return request.headers.get("HX-Request") == "true"
