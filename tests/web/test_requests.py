"""Addresses and forms that no database can take lead nowhere, and cost nobody their text."""

import io
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from portal.adapters.requests import request_id
from portal.app import create_app
from portal.extensions import db
from portal.models import SectionAnswers
from portal.web.guard import received_at
from tests.conftest import NOW
from tests.web.applicant.conftest import fill, scene

__all__ = ["scene"]


@pytest.mark.parametrize(
    "path",
    [
        "/papers/%00",
        "/directions/a%00b",
        "/mentors/%00",
        "/receipts/%00",
        "/apply/%00",
        "/admin/rounds/%00",
    ],
)
def test_address_with_a_nul_leads_nowhere(make, browser, path):
    browser(make.admin()).page(path, status=404)


@pytest.mark.parametrize("path", ["/papers", "/directions", "/mentors", "/find"])
def test_query_with_a_nul_is_read_without_it(client, path):
    client.page(f"{path}?q=a%00b&topic=%00&year=%00&mentor=%00")


@pytest.mark.parametrize("path", ["/review/{}", "/admin/applications/{}", "/admin/people/{}"])
def test_number_larger_than_any_id_leads_nowhere(make, browser, path):
    person = make.member(make.stream(make.round()))
    person.is_admin = True
    db.session.commit()

    browser(person).page(path.format(2**63), status=404)
    browser(person).page(path.format(2**31 - 1), status=404)


def test_form_with_a_nul_is_saved_without_it(make, browser):
    round_ = make.round()
    make.stream(round_)
    applicant = browser(make.user())
    home = f"/apply/{round_.slug}"
    applicant.submit(f"{home}/start", page=home)

    applicant.submit(f"{home}/about", {"full_name": "Ana\x00 Applicant", "version": "0"})

    kept = db.session.scalars(sa.select(SectionAnswers)).one()
    assert kept.answers["full_name"] == "Ana Applicant"


class SlowBody(io.BytesIO):
    """A body that is still on its way when the deadline passes: `pass_deadline` happens while it is read."""

    pass_deadline: Callable[[], None]

    def read(self, size: int | None = -1) -> bytes:
        self.pass_deadline()
        return super().read(size)

    def readinto(self, buffer: bytearray) -> int:
        self.pass_deadline()
        return super().readinto(buffer)


def test_arrival_is_taken_before_a_slow_body_is_read(scene, browser, at):
    iris, path = browser(scene.applicant), f"{scene.home}/background"
    fill(iris, scene)
    token = iris.page(path).find("input", attrs={"name": "csrf_token"})["value"]
    fields = {"csrf_token": token, "version": "1", "position": "Sent in time"}
    body = SlowBody(urlencode(fields).encode())
    close = scene.round.closes_at = NOW + timedelta(hours=1)
    db.session.commit()

    with ExitStack() as held:
        held.enter_context(at(close - timedelta(microseconds=1)))

        def pass_deadline() -> None:
            held.enter_context(at(close + timedelta(hours=1)))

        body.pass_deadline = pass_deadline
        answer = iris.post(
            path,
            input_stream=body,
            content_type="application/x-www-form-urlencoded",
        )
        saved = db.session.scalars(sa.select(SectionAnswers.answers)).all()

    assert answer.status_code == 302
    assert "Sent in time" in str(saved)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("0.000 12.345", 12.345),  # begun 12.345 s ago, told just now
        ("-3.000 2.000", 5),  # told 3 s ago, then it waited for a thread
        ("0.000 0.000", 0),
        ("0.000 3600.000", 3600),
        ("0.000 3600.001", 0),
        ("2.000 1.000", 0),  # a clock that is ahead
        ("soon", 0),
        ("", 0),
    ],
)
def test_proxy_tells_when_a_request_reached_it(settings, tmp_path, told, seconds):
    clock, _, age = told.partition(" ")
    header = f"{NOW.timestamp() + float(clock):.3f} {age}" if age else told
    behind = replace(settings, proxies=1, arrival_header="X-Arrival", data_dir=tmp_path)
    with create_app(behind).test_request_context(headers={"X-Arrival": header}):
        assert received_at() == NOW - timedelta(seconds=seconds)


def test_arrival_is_not_believed_unless_a_proxy_sets_it(app):
    told = f"{NOW.timestamp():.3f} 60.000"
    with app.test_request_context(headers={"X-Arrival": told}):
        assert received_at() == NOW


def test_production_keeps_browsers_on_https_with_all_subdomains(settings, tmp_path):
    public = replace(settings, base_url="https://apply.example.org", data_dir=tmp_path)
    for path in ("/faq", "/nothing-here"):
        answer = create_app(public).test_client().get(path, base_url="https://apply.example.org")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_number_from_outside_is_believed_from_a_proxy_only(settings, tmp_path, proxies):
    app = create_app(replace(settings, proxies=proxies, data_dir=tmp_path))
    numbers = []
    app.before_request(lambda: numbers.append(request_id()))
    for _ in range(2):
        app.test_client().get("/healthz", headers={"X-Request-ID": "chosen-outside"})
    assert (numbers == ["chosen-outside"] * 2) == (proxies == 1)
    assert len(set(numbers)) == 2 - proxies
    assert all(numbers)
