"""A fault of ours: the page gives a number and no detail, and the line of the log with that number gives the rest."""

import logging

import pytest
from flask import Flask

from portal.adapters.requests import request_id
from portal.domain.permissions import Policy
from portal.web.policies import policy

DETAIL = "hush: SELECT essay FROM section_answers"


@pytest.fixture
def broken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The page of questions fails. The numbers of the requests that met it."""
    numbers: list[str] = []

    @policy(Policy.PUBLIC)
    def fail(**_: object) -> None:
        numbers.append(request_id())
        raise RuntimeError(DETAIL)

    monkeypatch.setitem(app.view_functions, "public_faq.faq", fail)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    return numbers


def test_a_fault_is_told_by_its_number_and_nothing_else(client, broken, caplog):
    page = client.page("/faq", status=500)
    assert page.find("main").find("code").text == broken[0]
    for detail in ("hush", "RuntimeError", "SELECT", "Traceback", "line ", ".py"):
        assert detail not in str(page), detail
    (fault,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert fault.request_id == broken[0]
    assert DETAIL in caplog.text


def test_pages_that_are_no_fault_show_no_number(client):
    assert client.page("/nothing-here", status=404).find("code") is None
