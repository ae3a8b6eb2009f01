"""A route without a policy keeps the app from starting, and the list of routes tells every rule's policy."""

import json

import pytest
from click.testing import CliRunner

from portal.app import create_app
from portal.cli import cli
from portal.web import ops
from portal.web.policies import UndeclaredPolicy, refuse_undeclared


@pytest.fixture
def bare(app, settings):
    """A second application of the same settings, that a test may spoil."""
    return create_app(settings)


def test_route_without_a_policy_stops_the_start(settings, monkeypatch):
    from flask import Blueprint

    careless = Blueprint("careless", __name__)
    careless.add_url_rule("/careless", "page", lambda: "hello")
    monkeypatch.setattr(ops, "BLUEPRINTS", (*ops.BLUEPRINTS, careless))

    with pytest.raises(UndeclaredPolicy, match=r"careless\.page"):
        create_app(settings)


def test_endpoint_without_a_function_stops_the_start_too(bare):
    bare.url_map.add(bare.url_rule_class("/ghost", endpoint="ghost", methods=["GET"]))

    with pytest.raises(UndeclaredPolicy, match="ghost"):
        refuse_undeclared(bare)


def test_route_added_after_the_start_is_not_served(bare):
    bare.add_url_rule("/late", "late", lambda: "hello")

    assert bare.test_client().get("/late").status_code == 404


def test_routes_command_lists_every_rule_with_its_policy(app, settings, monkeypatch, tmp_path):
    monkeypatch.setenv("PORTAL_MODE", "test")
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))

    result = CliRunner().invoke(cli, ["routes", "--json"])

    listed = json.loads(result.output)
    assert {row["path"] for row in listed} == {rule.rule for rule in app.url_map.iter_rules()}
    assert all(row["policy"] for row in listed)
