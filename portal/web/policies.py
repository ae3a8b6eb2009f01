"""Every endpoint declares its policy; the app refuses to start while one does not."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from flask import Flask
from werkzeug.routing import Rule

from portal.domain.permissions import Policy

View = TypeVar("View", bound=Callable[..., Any])

# Endpoints that libraries bring, by name: nothing that is not listed here is served.
BROUGHT_BY_LIBRARIES = {
    "static": Policy.PUBLIC,
    "bootstrap.static": Policy.PUBLIC,
    "security.login": Policy.ACCOUNT,
    "security.logout": Policy.ACCOUNT,
    "security.register": Policy.ACCOUNT,
    "security.send_confirmation": Policy.ACCOUNT,
    "security.confirm_email": Policy.ACCOUNT,
    "security.forgot_password": Policy.ACCOUNT,
    "security.reset_password": Policy.ACCOUNT,
    "security.change_password": Policy.OWN,
    "security.change_email": Policy.OWN,
    "security.change_email_confirm": Policy.ACCOUNT,
}


class UndeclaredPolicy(RuntimeError):
    """Endpoints without a policy. The message names each of them."""

    def __init__(self, endpoints: list[str]) -> None:
        super().__init__("no policy declared for: " + ", ".join(endpoints))


def policy(chosen: Policy) -> Callable[[View], View]:
    """Declare who may use a view. Put it directly above the function, below the route."""

    def declare(view: View) -> View:
        view.__portal_policy__ = chosen  # type: ignore[attr-defined]
        return view

    return declare


def policy_of(app: Flask, endpoint: str) -> Policy | None:
    """The declared policy of an endpoint, None where there is none."""
    view = app.view_functions.get(endpoint)
    declared: Policy | None = getattr(view, "__portal_policy__", None)
    return declared or BROUGHT_BY_LIBRARIES.get(endpoint)


def refuse_undeclared(app: Flask) -> None:
    """Raise `UndeclaredPolicy` if any rule of the app has no policy."""
    missing = {rule.endpoint for rule in app.url_map.iter_rules()}
    missing = {endpoint for endpoint in missing if policy_of(app, endpoint) is None}
    if missing:
        raise UndeclaredPolicy(sorted(missing))


def table(app: Flask) -> Iterator[dict[str, Any]]:
    """Each rule with its methods, endpoint and policy, in the order of paths."""

    def path(rule: Rule) -> str:
        return rule.rule

    for rule in sorted(app.url_map.iter_rules(), key=path):
        declared = policy_of(app, rule.endpoint)
        yield {
            "path": rule.rule,
            "methods": sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}),
            "endpoint": rule.endpoint,
            "policy": declared.value if declared else None,
        }
